/** A piece of a report that is markup, in which whatever came from elsewhere is escaped. `html` makes it, and so does `chart`. */
export class Markup {
  readonly text: string

  /** @param text is taken as it is */
  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/**
 * Markup from a template: values are escaped, but for those that are markup themselves, and for lists, whose items are treated
 * alike. Nothing, and `false`, leave no trace.
 *
 *     report().add(html`<p>The best is <b>${name}</b></p>`)
 */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  return new Markup(parts.map((part, index) => part + (index < values.length ? toText(values[index]) : '')).join(''))
}

function toText(value: unknown): string {
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(toText).join('')
  if (value === undefined || value === null || value === false) return ''
  return escaped(String(value as string))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it is written in markup, in an attribute too. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
