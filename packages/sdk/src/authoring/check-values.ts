import { closest, InvalidArgumentError } from '@tern/core'

/** @throws InvalidArgumentError naming the key that is not among `allowed` */
export function checkKeys(given: object, allowed: ReadonlySet<string>, what: string): void {
  for (const key of Object.keys(given)) {
    if (allowed.has(key)) continue
    const meant = closest(key, [...allowed])
    const question = meant === undefined ? '' : `; did you mean ${meant}?`
    const message = `${what}: unknown option ${JSON.stringify(key)}${question}`
    throw invalid(key, message, allowed.size === 0 ? undefined : `It takes ${[...allowed].join(', ')}.`)
  }
}

/** @throws InvalidArgumentError when a given value is no text, or too long */
export function checkText(value: unknown, what: string, maxChars?: number): void {
  if (value === undefined) return
  if (typeof value !== 'string') throw invalid(what, `${what} must be a text`)
  if (maxChars !== undefined && value.length > maxChars) {
    throw invalid(what, `${what} has ${value.length} characters, at most ${maxChars} are allowed`)
  }
}

/** @throws InvalidArgumentError when a given value is anything but true or false */
export function checkBoolean(value: unknown, field: string): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalid(field, `${field} must be true or false`)
}

/** @throws InvalidArgumentError when a given value is no whole number of `least` or more */
export function checkWhole(value: unknown, field: string, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return
  throw invalid(field, `${field} ${JSON.stringify(value)} must be a whole number of ${least} or more`)
}

/** @throws InvalidArgumentError when a given value is no object of texts */
export function checkTexts(value: unknown, field: string): void {
  if (value === undefined) return
  if (!isRecord(value)) throw invalid(field, `${field} must be an object of texts`)
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(field, `${field}.${name} must be a text, got ${typeof text}`)
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function invalid(field: string, message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field, hint })
}

/** Whatever the check throws says what it is about. */
export function prefixed(what: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError(`${what}: ${error.message}`, { field: error.field, hint: error.hint, cause: error })
  }
}
