import { describeValue } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import { readingWith, type Stored } from '../io/storing.ts'
import type { Variable } from '../types/task-interface.ts'
import { convert, mismatch, type ValueTaker } from './taker.ts'

type Described = Pick<Variable, 'schema' | 'codec' | 'transforms' | 'fallback' | 'holdsFiles'>

/** @throws BindError when the schema refuses the value, or answers later */
export function literalOf(variable: Described, given: unknown, taker: ValueTaker): Literal {
  const result = variable.schema['~standard'].validate(given)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw mismatch(taker, variable.codec.type, 'a value that its schema checks asynchronously', 'Pass it as an input.')
  }
  if (result.issues !== undefined) {
    const reasons = result.issues.map(({ message, path = [] }) => {
      const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
      return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
    })
    throw mismatch(taker, variable.codec.type, `${describeValue(given)}: ${reasons.join('; ')}`)
  }
  if (variable.holdsFiles && isUnsaved(given)) {
    const hint = 'Put it into storage first, and refer to it: File.remote(uri); or make it an input of the workflow.'
    throw mismatch(taker, variable.codec.type, 'a file or folder that is not in storage', hint)
  }
  const value = variable.transforms ? (given === undefined ? variable.fallback?.value : given) : result.value
  return convert(() => variable.codec.toLiteral(value), variable.codec.type, value, taker)
}

/** Whether something in a value is not in storage yet, where a graph could refer to it. */
function isUnsaved(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  // What is in storage becomes another object with another way to read it.
  if (readingWith in value) return (value as Stored)[readingWith](undefined as never) === value
  return Object.values(value).some(isUnsaved)
}
