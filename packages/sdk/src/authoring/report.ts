import { FailedPreconditionError } from '@tern/core'
import { currentScope } from './context.ts'

/** One of the pages of a report. What is added is shown in that order. */
export class ReportTab {
  readonly name: string
  private readonly parts: string[] = []

  constructor(name: string) {
    this.name = name
  }

  /** Adds a paragraph. Whatever is in it is shown as it is. */
  text(text: string): this {
    return this.html(`<p>${escaped(text)}</p>`)
  }

  /** Adds a table, with the keys of the first row as its columns. Whatever is in it is shown as it is. */
  table(rows: readonly Readonly<Record<string, unknown>>[]): this {
    const columns = Object.keys(rows[0] ?? {})
    const line = (tag: string, cells: readonly unknown[]) =>
      `<tr>${cells.map((cell) => `<${tag}>${escaped(textOf(cell))}</${tag}>`).join('')}</tr>`
    const body = rows.map((row) =>
      line(
        'td',
        columns.map((column) => row[column]),
      ),
    )
    return this.html(`<table><thead>${line('th', columns)}</thead><tbody>${body.join('')}</tbody></table>`)
  }

  /** Adds markup, which nobody checks: what comes from elsewhere belongs into `text` or `table`. */
  html(markup: string): this {
    this.parts.push(markup)
    return this
  }

  /** Takes away what was added so far. */
  clear(): this {
    this.parts.length = 0
    return this
  }

  /** What was added so far, as markup. */
  get content(): string {
    return this.parts.join('\n')
  }
}

/** What an attempt leaves to be looked at. Its first tab is called `main`. */
export class Report extends ReportTab {
  private readonly tabs = new Map<string, ReportTab>([['main', this]])
  private readonly store: (html: string) => Promise<void>
  private stored = ''

  /** @param store keeps the page, in the place of what it kept before */
  constructor(store: (html: string) => Promise<void>) {
    super('main')
    this.store = store
  }

  /** The tab of that name, which is made if there is none. */
  tab(name: string): ReportTab {
    const tab = this.tabs.get(name) ?? new ReportTab(name)
    this.tabs.set(name, tab)
    return tab
  }

  /** Stores it as it is now, so that it can be looked at while the task runs. At the end of an attempt that happens by itself. */
  async flush(): Promise<void> {
    const tabs = [...this.tabs.values()].filter(({ content }) => content !== '')
    const html = tabs.length === 0 ? '' : toPage(tabs)
    if (html === this.stored) return
    await this.store(html === '' ? toPage([]) : html)
    this.stored = html
  }
}

/**
 * The report of the task that is running here, however deep below it. Where the task is called as a plain function, nobody
 * keeps it.
 *
 * @throws FailedPreconditionError when the task is declared without `report: true`
 */
export function report(): Report {
  const scope = currentScope()
  if (scope?.parent === undefined) return new Report(async () => {})
  const { parent, context } = scope
  if (parent.report !== undefined) return parent.report
  throw new FailedPreconditionError(`task ${context.action.task} has no report`, {
    hint: 'Declare it with `report: true`.',
  })
}

function toPage(tabs: readonly ReportTab[]): string {
  const sections = tabs.map(({ name, content }) => `<section><h2>${escaped(name)}</h2>\n${content}\n</section>`)
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Report</title><style>${style}</style></head>
<body>
${(tabs.length === 1 ? [tabs[0]!.content] : sections).join('\n')}
</body>
</html>
`
}

const style =
  'body{font-family:system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}'

function textOf(cell: unknown): string {
  if (cell === undefined || cell === null) return ''
  return typeof cell === 'object' && !(cell instanceof Date) ? JSON.stringify(cell) : String(cell as string)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!)
}
