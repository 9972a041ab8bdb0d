import { InvalidArgumentError } from 'commander'

/** Reads a port; 0 asks for a free one. */
export function parsePort(text: string): number {
  const port = wholeNumber(text)
  if (port === undefined || port > 65_535) throw new InvalidArgumentError('It must be a port, 0 to 65535.')
  return port
}

/** Reads a whole number from 1 on. */
export function parseCount(text: string): number {
  const count = wholeNumber(text)
  if (count === undefined || count < 1) throw new InvalidArgumentError('It must be a whole number, at least 1.')
  return count
}

/** Reads a number of retries; 0 is none. */
export function parseRetries(text: string): number {
  const count = wholeNumber(text)
  if (count === undefined || count > 100) throw new InvalidArgumentError('It must be a whole number, 0 to 100.')
  return count
}

/** Reads `KEY=VALUE`, and adds it to those before. */
export function parseKeyValue(text: string, previous: unknown): Readonly<Record<string, string>> {
  const separator = text.indexOf('=')
  if (separator < 1) throw new InvalidArgumentError('It must be KEY=VALUE.')
  const before = (previous ?? {}) as Record<string, string>
  return { ...before, [text.slice(0, separator)]: text.slice(separator + 1) }
}

/** Reads yes or no, as environment variables say it. */
export function parseBoolean(text: string): boolean {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off|)$/i.test(text)) return false
  throw new InvalidArgumentError('It must be true or false.')
}

function wholeNumber(text: string): number | undefined {
  const number = Number(text)
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined
}

/** Reads `NAME=VALUE`, and adds it after those before, which may have the same name. */
export function parsePair(text: string, previous: unknown): readonly (readonly [string, string])[] {
  const separator = text.indexOf('=')
  if (separator < 1) throw new InvalidArgumentError('It must be NAME=VALUE.')
  const before = (previous ?? []) as readonly (readonly [string, string])[]
  return [...before, [text.slice(0, separator), text.slice(separator + 1)]]
}

/** Adds a text to those before. */
export function collectText(text: string, previous: unknown): readonly string[] {
  return [...((previous as readonly string[] | undefined) ?? []), text]
}

/** Reads a time with its zone, as UTC epoch milliseconds. */
export function parseInstant(text: string): number {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/i.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('It must be a time with its zone, such as 2026-01-31T12:00:00Z.')
  }
  return time
}

/** Reads the number of a version; 0 is that of what nobody has made yet. */
export function parseVersion(text: string): number {
  const version = wholeNumber(text)
  if (version === undefined) throw new InvalidArgumentError('It must be a whole number.')
  return version
}
