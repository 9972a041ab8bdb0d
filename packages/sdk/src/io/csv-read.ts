import { DataValidationError } from '@tern/core'
import type { ColumnType, Row } from './columns.ts'
import type { Table, TableFile, TableSlice } from './table.ts'

// Types of columns are guessed from so many rows.
const guessedFrom = 1000

/** The rows of a CSV file whose first line names its columns. It is read from its beginning, as far as it is asked for. */
export async function openCsv(file: TableFile): Promise<Table> {
  const { names, sample } = await beginningOf(file)
  const guessed = new Map(names.map((name, index) => [name, guess(sample.map((row) => row[index] ?? ''))]))
  return {
    columns: names.map((name) => ({ name, type: guessed.get(name) ?? 'string' })),
    async countRows() {
      let count = -1
      for await (const _ of records(file)) count++
      return Math.max(0, count)
    },
    read: (slice) => readRows(file, slice, guessed),
  }
}

async function beginningOf(file: TableFile): Promise<{ names: readonly string[]; sample: string[][] }> {
  const lines: string[][] = []
  for await (const record of records(file)) {
    lines.push(record)
    if (lines.length > guessedFrom) break
  }
  const [names, ...sample] = lines
  if (names === undefined) {
    throw new DataValidationError(`${file.uri} is empty`, { hint: 'The first line of a CSV file names its columns.' })
  }
  return { names, sample }
}

async function* readRows(
  file: TableFile,
  { columns, start, end, size, wanted }: TableSlice,
  guessed: ReadonlyMap<string, ColumnType>,
): AsyncIterable<Row[]> {
  const chosen = [...guessed.keys()].map((name, index) => ({
    name,
    index,
    type: wanted.get(name) ?? guessed.get(name),
  }))
  const read = chosen.filter(({ name }) => columns === undefined || columns.includes(name))
  let at = -1
  let batch: Row[] = []
  for await (const record of records(file)) {
    const row = at++
    if (row < start) continue
    if (row >= end) break
    batch.push(
      Object.fromEntries(read.map(({ name, index, type }) => [name, toValue(record[index] ?? '', type, name, row)])),
    )
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}

function guess(texts: readonly string[]): ColumnType {
  const given = texts.filter((text) => text !== '')
  if (given.length === 0) return 'string'
  if (given.every((text) => /^-?\d{1,15}$/.test(text))) return 'int64'
  if (given.every(isNumber)) return 'double'
  return given.every((text) => /^(true|false)$/i.test(text)) ? 'boolean' : 'string'
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
}

function toValue(text: string, type: ColumnType | undefined, column: string, row: number): unknown {
  if (text === '') return null
  const value = parsed(text, type)
  if (value !== undefined) return value
  throw new DataValidationError(`row ${row}: column ${column}: expected ${type}, got ${JSON.stringify(text)}`)
}

function parsed(text: string, type: ColumnType | undefined): unknown {
  switch (type) {
    case 'int64':
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined
    case 'bigint':
      return /^[+-]?\d+$/.test(text) ? BigInt(text) : undefined
    case 'double':
      return isNumber(text) ? Number(text) : undefined
    case 'boolean':
      return { true: true, false: false }[text.toLowerCase()]
    case 'timestamp': {
      const date = new Date(text)
      return Number.isNaN(date.getTime()) ? undefined : date
    }
    default:
      return text
  }
}

/** The records of a CSV file (RFC 4180), with LF or CRLF between them. */
async function* records(file: TableFile): AsyncIterable<string[]> {
  const decoder = new TextDecoder()
  const parser = new RecordParser()
  for await (const chunk of file.stream()) yield* parser.push(decoder.decode(chunk, { stream: true }))
  yield* parser.end()
}

class RecordParser {
  private record: string[] = []
  private field = ''
  private isQuoted = false
  /** After a quote inside quotes: the next character says whether it was the end. */
  private wasQuote = false
  private hasContent = false

  private add(char: string): void {
    if (char === '"' && this.field === '') this.isQuoted = true
    else if (char === ',') this.endField()
    else if (char !== '\r') this.field += char
    if (char !== '\r') this.hasContent = true
  }

  *push(text: string): Iterable<string[]> {
    for (const char of text) {
      if (this.wasQuote) {
        this.wasQuote = false
        if (char === '"') {
          this.field += '"'
          continue
        }
        this.isQuoted = false
      }
      if (this.isQuoted) {
        if (char === '"') this.wasQuote = true
        else this.field += char
      } else if (char === '\n') {
        if (this.hasContent || this.field !== '') yield this.take()
      } else {
        this.add(char)
      }
    }
  }

  *end(): Iterable<string[]> {
    if (this.hasContent || this.field !== '') yield this.take()
  }

  private endField(): void {
    this.record.push(this.field)
    this.field = ''
  }

  private take(): string[] {
    this.endField()
    const { record } = this
    this.record = []
    this.hasContent = false
    return record
  }
}
