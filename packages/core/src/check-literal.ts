import type { Literal, LiteralType } from '@tern/idl/core'
import { fromLiteral } from './from-literal.ts'

/**
 * Checks that a literal fits a type, as the server does for inputs. What is kept in storage (`offloaded_metadata`) passes,
 * since its type can only be told where it is fetched.
 *
 * @param path how the error calls the value, e.g. `inputs.x`
 * @throws DataValidationError naming the path, the value and the type it should have
 */
export function checkLiteral(literal: Literal, type: LiteralType, path = 'value'): void {
  if (isOffloaded(literal)) return
  fromLiteral(literal, type, path)
}

function isOffloaded(literal: Literal): boolean {
  return literal.value.case === 'offloadedMetadata'
}
