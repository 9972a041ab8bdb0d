import type { LiteralType } from '@tern/idl/core'
import { describeType } from './describe-type.ts'
import { describeValue } from './describe-value.ts'
import { DataValidationError } from './errors.ts'

/**
 * A value does not fit, somewhere inside of what is being converted. The path is put together while it unwinds, so that
 * values that fit pay nothing for it.
 */
export class Mismatch extends Error {
  readonly hint: string | undefined
  path = ''

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** That a value is not of a type. */
export function mismatch(value: unknown, type: LiteralType | string, note = ''): Mismatch {
  const expected = typeof type === 'string' ? type : describeType(type)
  return new Mismatch(`expected ${expected}, got ${describeValue(value)}${note === '' ? '' : ` (${note})`}`)
}

/** Adds where in a list (a number) or record (a text) the error happened. */
export function within(key: string | number, error: unknown): unknown {
  if (error instanceof Mismatch) error.path = `${pathStep(key)}${error.path}`
  return error
}

/** Turns a mismatch into the error that callers see; other errors pass. */
export function atPath(path: string, error: unknown): unknown {
  if (!(error instanceof Mismatch)) return error
  const where = `${path}${error.path}`
  return new DataValidationError(`${where}: ${error.message}`, { path: where, hint: error.hint })
}

function pathStep(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
