import { DataValidationError, inputsHash } from '@tern/core'
import { fromBinary } from '@bufbuild/protobuf'
import { InputsSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readValues, writeValues } from './literal-wire.ts'
import { registerTransformer } from './register-transformer.ts'
import { bindInterface } from './task-interface.ts'
import { checkGivenInputs } from './validation.ts'

class Temperature {
  readonly celsius: number
  constructor(celsius: number) {
    this.celsius = celsius
  }
}

registerTransformer({
  class: Temperature,
  wire: z.number(),
  toWire: ({ celsius }) => celsius,
  fromWire: (celsius) => new Temperature(celsius),
  preview: ({ celsius }) => `${celsius} °C`,
})

const variablesOf = (schema: z.ZodType) => bindInterface('t.f', { inputs: { v: schema } }).inputs

test('X-1, X-3: of a class, it is for all schemas of its instances, whatever they are described with', () => {
  for (const schema of [
    z.instanceof(Temperature),
    z.instanceof(Temperature).describe('outside'),
    z.instanceof(Temperature).refine(({ celsius }) => celsius > -274),
  ]) {
    const variables = variablesOf(schema)
    const { bytes } = writeValues(variables, [new Temperature(20)])
    expect(readValues(variables, bytes)[0]).toEqual(new Temperature(20))
  }
})

test('a preview is with the literal, also inside of lists, and counts in no hash', () => {
  const variables = variablesOf(z.array(z.instanceof(Temperature)))
  const { bytes, hash } = writeValues(variables, [[new Temperature(20)]], { hashWithout: [] })
  const { literals } = fromBinary(InputsSchema, bytes)
  const list = literals[0]?.value?.value
  expect(list?.case === 'collection' && list.value.literals[0]?.metadata).toEqual({ preview: '20 °C' })
  expect(inputsHash(literals)).toBe(hash)
  const plain = writeValues(variablesOf(z.array(z.number())), [[20]], { hashWithout: [] })
  expect(plain.hash).toBe(hash)
})

test('a preview is cut where it is too long', () => {
  registerTransformer({
    class: URLSearchParams,
    wire: z.string(),
    toWire: String,
    fromWire: (text) => new URLSearchParams(text),
    preview: () => 'x'.repeat(2000),
  })
  const { bytes } = writeValues(variablesOf(z.instanceof(URLSearchParams)), [new URLSearchParams('a=b')])
  expect(fromBinary(InputsSchema, bytes).literals[0]?.value?.metadata['preview']).toHaveLength(1000)
})

test('X-4: of a kind of schema, it is asked about each', () => {
  registerTransformer<Blob, Uint8Array<ArrayBuffer>>({
    schema: (schema) => (schema as z.ZodType)._zod.def.type === 'file',
    wire: z.instanceof(Uint8Array) as z.ZodType<Uint8Array<ArrayBuffer>>,
    toWire: () => new Uint8Array([1]),
    fromWire: (bytes) => new File([bytes], 'file'),
  })
  expect(variablesOf(z.object({ attachment: z.file() }))).toHaveLength(1)
})

test('an error of a transformer says where', async () => {
  class Broken {}
  registerTransformer({
    class: Broken,
    wire: z.string(),
    toWire: () => {
      throw new Error('cannot')
    },
    fromWire: () => new Broken(),
  })
  const task = bindInterface('t.f', { inputs: { v: z.instanceof(Broken) } })
  const values = await checkGivenInputs(task, { v: new Broken() })
  expect(() => writeValues(task.inputs, values)).toThrow(DataValidationError)
  expect(() => writeValues(task.inputs, values)).toThrow('input v of task t.f: its transformer failed: cannot')
})
