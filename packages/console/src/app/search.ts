/** What a page keeps in its URL: plain text by name. What has its usual value is left out. */
export type Search = Readonly<Record<string, string | undefined>>

export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

export function stringifySearch(search: Search): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== '') parameters.set(name, value)
  // Commas and slashes are allowed in a query, and read better.
  const text = parameters.toString().replaceAll('%2C', ',').replaceAll('%2F', '/')
  return text === '' ? '' : `?${text}`
}

/** Takes those parameters that a page knows. */
export function pickSearch<Name extends string>(...names: ReadonlyArray<Name>) {
  return (search: Record<string, unknown>): { [Each in Name]?: string } => {
    const picked: { [Each in Name]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' && value !== '') picked[name] = value
    }
    return picked
  }
}
