import { DataValidationError, fromLiteral, toLiteral } from '@tern/core'
import type { Literal, LiteralType } from '@tern/idl/core'

// Core's conversions by wire type. Its errors begin with the path of the value; here the path travels apart from the
// message until it is known of which task, and which input, the value is.

export function makeLiteral(value: unknown, type: LiteralType): Literal {
  return pathApart(() => toLiteral(value, type, ''))
}

export function readLiteral(literal: Literal, type: LiteralType): unknown {
  return pathApart(() => fromLiteral(literal, type, ''))
}

function pathApart<T>(body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    const { path, message, hint, cause } = error
    const reason = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message
    throw new DataValidationError(reason, { path, hint, cause })
  }
}
