import { formatBytes } from './format-bytes.ts'
import type { TableData } from './data-table.tsx'

/** What can be seen of a file without saving it. */
export type Preview =
  | { readonly kind: 'table'; readonly data: TableData }
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'image'; readonly blob: Blob }
  | { readonly kind: 'list'; readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }> }
  | { readonly kind: 'nothing'; readonly why: string }

const mostText = 64 * 1024
const mostImage = 8 * 1024 * 1024
const mostTable = 64 * 1024 * 1024
const shownRows = 1_000

const images: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
}

/** Reads as much of a file as it takes to show what is in it. */
export async function loadPreview(url: string, uri: string, format: string, signal: AbortSignal): Promise<Preview> {
  const kind = (format || (/\.(\w+)$/.exec(uri)?.[1] ?? '')).toLowerCase()
  if (kind === 'parquet') return loadParquet(url, signal)
  const image = images[kind]
  if (image !== undefined) return loadImage(url, image, signal)
  const response = await fetch(url, { signal, headers: { range: `bytes=0-${mostText - 1}` } })
  if (response.status === 416) return { kind: 'text', text: '', isCut: false }
  if (!response.ok) return { kind: 'nothing', why: await whyNot(response) }
  if (response.headers.get('content-type') === 'application/x-ndjson')
    return { kind: 'list', files: toFiles(await response.text()) }
  const bytes = new Uint8Array(await response.arrayBuffer())
  const isCut = response.status === 206 && sizeOf(response) > bytes.length
  const text = new TextDecoder().decode(bytes, { stream: isCut })
  if (text.includes('\0') || text.includes('\ufffd'))
    return { kind: 'nothing', why: 'The file is no text; download it to look at it.' }
  if (kind === 'csv') return { kind: 'table', data: parseCsv(text, isCut) }
  return { kind: 'text', text, isCut }
}

function sizeOf(response: Response): number {
  return Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0)
}

async function whyNot(response: Response): Promise<string> {
  const text = await response.text()
  try {
    return (JSON.parse(text) as { message: string }).message
  } catch {
    return `the server answered ${response.status}`
  }
}

function toFiles(text: string): { path: string; size: number }[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as { path: string; size: number }]))
}

async function loadImage(url: string, type: string, signal: AbortSignal): Promise<Preview> {
  const response = await fetch(url, { signal })
  if (!response.ok) return { kind: 'nothing', why: await whyNot(response) }
  if (Number(response.headers.get('content-length')) > mostImage)
    return { kind: 'nothing', why: 'The image is too large to be shown here.' }
  return { kind: 'image', blob: new Blob([await response.arrayBuffer()], { type }) }
}

async function loadParquet(url: string, signal: AbortSignal): Promise<Preview> {
  const [{ parquetMetadataAsync, parquetReadObjects }, response] = await Promise.all([
    import('hyparquet'),
    fetch(url, { signal }),
  ])
  if (!response.ok) return { kind: 'nothing', why: await whyNot(response) }
  if (response.headers.get('content-type') === 'application/x-ndjson')
    return { kind: 'list', files: toFiles(await response.text()) }
  const size = Number(response.headers.get('content-length'))
  if (size > mostTable)
    return { kind: 'nothing', why: `The table has ${formatBytes(size)}, too much to be shown here.` }
  const file = await response.arrayBuffer()
  const metadata = await parquetMetadataAsync(file)
  const records = await parquetReadObjects({ file, metadata, rowEnd: shownRows })
  const columns = Object.keys(records[0] ?? {})
  const names = columns.length > 0 ? columns : metadata.schema.slice(1).map(({ name }) => name)
  return {
    kind: 'table',
    data: {
      columns: names,
      rows: records.map((record) => names.map((name) => record[name])),
      total: Number(metadata.num_rows),
    },
  }
}

/** @param isCut whether the last line may be half a line */
export function parseCsv(text: string, isCut: boolean): TableData {
  const lines: string[][] = []
  let line: string[] = []
  let field = ''
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') {
      if (isQuoted && text[at + 1] === '"') field += text.charAt(at++)
      else isQuoted = !isQuoted
    } else if (isQuoted || !/[,\r\n]/.test(character)) {
      field += character
    } else if (character !== '\r') {
      line.push(field)
      field = ''
      if (character === '\n') {
        lines.push(line)
        line = []
      }
    }
  }
  if (!isCut && (field !== '' || line.length > 0)) lines.push([...line, field])
  const [columns = [], ...rows] = lines
  return { columns, rows: rows.slice(0, shownRows), total: rows.length }
}
