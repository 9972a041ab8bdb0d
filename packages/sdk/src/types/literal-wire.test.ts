import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { DataValidationError, inputsHash, toInputs } from '@tern/core'
import { InputsSchema } from '@tern/idl/task'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readValues, writeValues } from './literal-wire.ts'
import type { Schemas } from './standard-schema.ts'
import { bindInterface } from './task-interface.ts'

const scalars = { b: z.boolean(), f: z.number(), i: z.int(), s: z.string() }

/** The same through the general code of core: messages, then bytes. */
function throughMessages(schemas: Schemas, values: Record<string, unknown>) {
  const { typed } = bindInterface('t.f', { inputs: schemas })
  const inputs = toInputs(values, typed.inputs)
  return { bytes: toBinary(InputsSchema, inputs), hash: inputsHash(inputs.literals) }
}

function write(schemas: Schemas, values: Record<string, unknown>, ignored: string[] = []) {
  const { inputs } = bindInterface('t.f', { inputs: schemas })
  return writeValues(
    inputs,
    inputs.map(({ name }) => values[name]),
    { hashWithout: ignored },
  )
}

function read(schemas: Schemas, bytes: Uint8Array): Record<string, unknown> {
  const { inputs } = bindInterface('t.f', { inputs: schemas })
  const values = readValues(inputs, bytes)
  return Object.fromEntries(inputs.map(({ name }, i) => [name, values[i]]))
}

const anyScalars = fc.record({
  b: fc.boolean(),
  f: fc.double(),
  i: fc.maxSafeInteger(),
  s: fc.string({ unit: 'grapheme' }),
})

describe('scalars, written without messages', () => {
  test('have the bytes and the hash that messages give', () => {
    fc.assert(
      fc.property(anyScalars, (values) => {
        const { bytes, hash } = write(scalars, values)
        expect({ bytes: Buffer.from(bytes).toString('hex'), hash }).toEqual({
          bytes: Buffer.from(throughMessages(scalars, values).bytes).toString('hex'),
          hash: throughMessages(scalars, values).hash,
        })
      }),
    )
  })

  test('read back as they were', () => {
    fc.assert(
      fc.property(anyScalars, (values) => {
        expect(read(scalars, write(scalars, values).bytes)).toEqual(values)
      }),
    )
  })

  test('agree with the vector of the protocol', () => {
    expect(write({ x: z.int() }, { x: 3 }).hash).toBe('KEIwDYbtpDdIagAWFbRccD+Dtrek8VoZiFNuVXfwSdo=')
  })
})

test('structured values hash as core hashes them, whatever the order of their keys', () => {
  const schemas = { o: z.object({ b: z.number(), a: z.array(z.string()) }), l: z.array(z.int()), n: z.int().nullable() }
  const values = { o: { b: 2, a: ['x'] }, l: [1, 2], n: null }
  expect(write(schemas, values).hash).toBe(throughMessages(schemas, values).hash)
  expect(write(schemas, { ...values, o: { a: ['x'], b: 2 } }).hash).toBe(write(schemas, values).hash)
})

test('ignored inputs do not count in the hash', () => {
  const schemas = { x: z.int(), label: z.string() }
  const a = write(schemas, { x: 1, label: 'a' }, ['label'])
  const b = write(schemas, { x: 1, label: 'b' }, ['label'])
  expect(a.hash).toBe(b.hash)
  expect(a.bytes).not.toEqual(b.bytes)
})

test('without inputs the hash is empty', () => {
  expect(write({}, {})).toEqual({ bytes: new Uint8Array(), hash: '' })
})

test('inputs are read by name, in any order, and what is missing is undefined', () => {
  const inputs = toInputs(
    { a: 1, b: 'x' },
    bindInterface('t.f', { inputs: { a: z.int(), b: z.string() } }).typed.inputs,
  )
  inputs.literals.reverse()
  const schemas = { a: z.int(), b: z.string(), c: z.int() }
  expect(read(schemas, toBinary(InputsSchema, inputs))).toEqual({ a: 1, b: 'x', c: undefined })
})

test('a whole float is read where an integer is declared, and an integer where a float is', () => {
  expect(read({ x: z.int() }, write({ x: z.number() }, { x: 4 }).bytes)).toEqual({ x: 4 })
  expect(read({ x: z.number() }, write({ x: z.int() }, { x: 4 }).bytes)).toEqual({ x: 4 })
})

test('a value of another type is refused with both types', () => {
  const { bytes } = write({ x: z.string() }, { x: 'a' })
  expect(() => read({ x: z.int() }, bytes)).toThrow(DataValidationError)
  expect(() => read({ x: z.int() }, bytes)).toThrow('input x of task t.f: expected integer, got string "a"')
})

test('X-11: inside of a value the error says where', () => {
  const { bytes } = write({ x: z.array(z.string()) }, { x: ['a'] })
  expect(() => read({ x: z.array(z.int()) }, bytes)).toThrow(
    'input x of task t.f: [0]: expected integer, got string "a"',
  )
  expect(() => read({ x: z.int().nullable() }, write({ x: z.string() }, { x: 'a' }).bytes)).toThrow(
    'input x of task t.f: expected integer | none, got string "a"',
  )
})

test('an input that is not declared is refused by name', () => {
  expect(() => read({}, write({ x: z.int() }, { x: 1 }).bytes)).toThrow('the task does not declare x')
})

test('an integer beyond the safe range is refused, not rounded', () => {
  const { bytes } = write({ x: z.bigint() }, { x: 2n ** 60n })
  expect(read({ x: z.bigint() }, bytes)).toEqual({ x: 2n ** 60n })
  expect(() => bindInterface('t.f', { inputs: { x: z.int() } }) && read({ x: z.int() }, bytes)).not.toThrow()
  expect(z.int().safeParse(read({ x: z.int() }, bytes)['x']).success).toBe(false)
})

test('fields of newer versions are passed over', () => {
  const { bytes } = write({ x: z.int() }, { x: 1 })
  const message = fromBinary(InputsSchema, bytes)
  message.context.push({ $typeName: 'flyteidl2.core.KeyValuePair', key: 'k', value: 'v' })
  expect(read({ x: z.int() }, toBinary(InputsSchema, message))).toEqual({ x: 1 })
})
