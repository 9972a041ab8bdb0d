import { DataValidationError, describeType, describeValue } from '@tern/core'
import type { Literal, LiteralType } from '@tern/idl/core'
import type { Binding, Value } from '@tern/idl/graph'
import { BindError, type GraphErrorOptions } from './errors.ts'
import type { Schema } from '../types/standard-schema.ts'
import type { BuiltNode, GraphScope } from './graph-scope.ts'

/** Who takes a value that is there already. */
export interface ValueTaker {
  /** What messages call it: `input x of task a.b`. */
  readonly where: string
  readonly name: string
  readonly place: GraphErrorOptions
}

/** Who takes a value: an input of a node, or an output of a graph or a branch. */
export interface Taker extends ValueTaker {
  readonly scope: GraphScope
  /** That becomes dependent on what it refers to; absent for outputs. */
  readonly node?: BuiltNode | undefined
  /** What describes the value, where that is known. */
  readonly schema?: Schema | undefined
}

export function toBinding(name: string, value: Value): Binding {
  return { $typeName: 'tern.workflow.v1.Binding', name, value }
}

export function convert(body: () => Literal, type: LiteralType, value: unknown, taker: ValueTaker): Literal {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    throw mismatch(taker, type, `${describeValue(value)}: ${error.message}`, error.hint)
  }
}

export function mismatch(taker: ValueTaker, type: LiteralType, actual: string, hint?: string): BindError {
  const expected = describeType(type)
  return new BindError(`${taker.where}: expected ${expected}, got ${actual}`, {
    ...taker.place,
    input: taker.name,
    expected,
    actual,
    hint,
  })
}
