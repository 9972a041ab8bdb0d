import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { KeyValuePairSchema } from '@tern/idl/core'
import { InputsSchema } from '@tern/idl/task'
import { WireReader } from './wire.ts'

// The context of inputs is what flows from an action to those below it. It is no input: no name or cache key depends on it.

/** Texts by name that flow from an action to those below it. */
export type CustomContext = Readonly<Record<string, string>>

export const noContext: CustomContext = Object.freeze({})

/** For the runtime of one action alone: it names the input that the time of a trigger is put into. */
const kickoffKey = '_u_kickoff_time_input_arg'

// Field 2 of flyteidl2.task.Inputs, with a length.
const contextTag = 0x12

/** @param inputs a serialised flyteidl2.task.Inputs without context */
export function withContext(inputs: Uint8Array<ArrayBuffer>, context: CustomContext): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(context).map(([key, value]) => ({ key, value }))
  if (pairs.length === 0) return inputs
  // The fields of two messages, one after the other, are those of one.
  return new Uint8Array(Buffer.concat([inputs, toBinary(InputsSchema, create(InputsSchema, { context: pairs }))]))
}

/** @param inputs a serialised flyteidl2.task.Inputs */
export function contextOf(inputs: Uint8Array): CustomContext {
  let context: Record<string, string> | undefined
  const reader = new WireReader(inputs)
  while (!reader.atEnd) {
    const tag = reader.varint()
    if (tag !== contextTag) {
      reader.skip(tag)
      continue
    }
    const { key, value } = fromBinary(KeyValuePairSchema, reader.bytes())
    if (key !== kickoffKey) context = { ...context, [key]: value }
  }
  return context === undefined ? noContext : Object.freeze(context)
}
