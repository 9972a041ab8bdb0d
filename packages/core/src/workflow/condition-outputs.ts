import { fromBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import type { Node } from '@tern/idl/graph'
import { ValueError } from './execution-failures.ts'
import { type LiteralBytes, readNamed } from './literal-bytes.ts'

/** Whether a condition was given the value true. */
export function isYes(outputs: Uint8Array): boolean {
  const { value } = fromBinary(LiteralSchema, onlyOf(outputs))
  const scalar = value.case === 'scalar' ? value.value.value : undefined
  return scalar?.case === 'primitive' && scalar.value.value.case === 'boolean' && scalar.value.value.value
}

/** The value that a condition was given. Throws ValueError if there is none. */
export function onlyOf(outputs: Uint8Array): LiteralBytes {
  for (const [, literal] of readNamed(outputs)) return literal
  throw new ValueError('the condition was given no value')
}

/** What the value of a signal node is called. */
export function signalOutputOf({ outputs }: Pick<Node, 'outputs'>): string {
  return outputs?.variables[0]?.key ?? 'o0'
}
