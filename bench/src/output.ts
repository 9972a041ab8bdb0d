import type { Options } from './options.ts'
import { type Table, toMarkdown, toText } from './speed/tables.ts'

/** Where results go: what was asked for to standard output, and all else beside it. */
export class Output {
  readonly #format: Options['format']

  constructor(format: Options['format']) {
    this.#format = format
  }

  /** Something that was measured, when it was. */
  result(report: Readonly<Record<string, unknown>>): void {
    const line = `RESULT_JSON:${JSON.stringify(report)}`
    if (this.#format === 'text') console.log(line)
    else console.error(line)
  }

  progress(text: string): void {
    console.error(text)
  }

  /** All that was measured, and where. */
  end(machine: string, tables: ReadonlyArray<Table>, report: Readonly<Record<string, unknown>>): void {
    if (this.#format === 'json') return console.log(JSON.stringify({ machine, ...report }, null, 2))
    if (tables.length > 0) console.log(`\n${machine}`)
    const toPrinted = this.#format === 'markdown' ? toMarkdown : toText
    for (const table of tables.filter((rows) => rows.length > 1)) console.log(`\n${toPrinted(table)}`)
  }
}
