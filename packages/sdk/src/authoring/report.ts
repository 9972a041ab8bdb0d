import { FailedPreconditionError, InvalidArgumentError } from '@tern/core'
import { type ImageOptions, imageMarkup } from '../reports/image.ts'
import { escaped, html, Markup } from '../reports/markup.ts'
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

  /** Adds a heading. Whatever is in it is shown as it is. */
  heading(text: string): this {
    return this.add(html`<h3>${text}</h3>`)
  }

  /** Adds text of which every space and line is kept: code, logs, and other values as JSON. */
  code(value: unknown): this {
    return this.add(html`<pre>${typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)}</pre>`)
  }

  /**
   * Adds a picture: PNG, JPEG, GIF, WebP, AVIF or SVG.
   *
   * @throws InvalidArgumentError when the bytes are none of these, or more than 10 MiB
   */
  image(bytes: Uint8Array, options: ImageOptions): this {
    return this.add(imageMarkup(bytes, options))
  }

  /** Adds what `html` or `chart` has made. */
  add(markup: Markup): this {
    if (!(markup instanceof Markup)) {
      throw new InvalidArgumentError('report().add() takes what html`…` and chart() make', {
        field: 'markup',
        hint: 'Use text() for text, and html() for markup that you know to be harmless.',
      })
    }
    return this.html(markup.text)
  }

  /** Adds markup, which nobody checks: what comes from elsewhere belongs into `text`, `table` or a template with `html`. */
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
  const [only] = tabs
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Report</title><style>${style}</style></head>
<body>
${tabs.length === 1 && only !== undefined ? only.content : tabbed(tabs)}
</body>
</html>
`
}

// Pages that turn without a script: each has a button, and is shown while its button is the one that is pressed.
function tabbed(tabs: readonly ReportTab[]): string {
  const buttons = tabs.map(
    ({ name }, i) =>
      `<input type="radio" name="tab" id="tab${i}"${i === 0 ? ' checked' : ''}><label for="tab${i}">${escaped(name)}</label>`,
  )
  const pages = tabs.map(({ content }, i) => `<section id="page${i}">\n${content}\n</section>`)
  const shown = tabs.map((_, i) => `#tab${i}:checked~#page${i}`).join()
  return `<div class="tabs">${buttons.join('')}\n${pages.join('\n')}\n</div><style>${shown}{display:block}</style>`
}

const style = [
  ':root{color-scheme:light dark}',
  'body{font-family:system-ui,sans-serif;margin:2rem;line-height:1.5}',
  'table{border-collapse:collapse}td,th{border:1px solid #8888;padding:.3rem .6rem;text-align:left}',
  'pre{overflow:auto;padding:.8rem;background:#8882}img{max-width:100%}',
  '.tabs>input{position:absolute;opacity:0}.tabs>section{display:none;border-top:1px solid #8888;padding-top:1rem}',
  '.tabs>label{display:inline-block;padding:.4rem .9rem;cursor:pointer}',
  '.tabs>input:checked+label{font-weight:600;border-bottom:3px solid}',
  '.tabs>input:focus-visible+label{outline:2px solid}',
  '@media print{.tabs>section{display:block}}',
].join('')

function textOf(cell: unknown): string {
  if (cell === undefined || cell === null) return ''
  return typeof cell === 'object' && !(cell instanceof Date) ? JSON.stringify(cell) : String(cell as string)
}
