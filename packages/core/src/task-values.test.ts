import { fromBinary } from '@bufbuild/protobuf'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { literalTypes, typedInterface } from './literal-types.ts'
import {
  checkInputs,
  encodeInputs,
  encodeOutputs,
  fromInputs,
  fromOutputs,
  toInputs,
  toOutputs,
} from './task-values.ts'
import { toLiteral } from './to-literal.ts'

const t = literalTypes
const task = typedInterface({
  inputs: { x: t.integer(), name: t.string(), note: t.optional(t.string()) },
  outputs: { o0: t.integer() },
})

describe('inputs', () => {
  test('are in the order of the interface, whatever the order of the values', () => {
    const inputs = toInputs({ x: 3, name: 'a' }, task.inputs)
    expect(inputs.literals.map(({ name }) => name)).toEqual(['name', 'note', 'x'])
  })

  test('survive the wire', () => {
    const bytes = encodeInputs(toInputs({ x: 3, name: 'a', note: 'n' }, task.inputs))
    expect(fromInputs(fromBinary(InputsSchema, bytes), task.inputs)).toEqual({ x: 3, name: 'a', note: 'n' })
  })

  test('that are left out take their default, or nothing where the type allows it', () => {
    const defaults = new Map([['name', toLiteral('default', t.string())]])
    expect(fromInputs(toInputs({ x: 3 }, task.inputs, { defaults }))).toEqual({ x: 3, name: 'default', note: null })
  })

  test('given as undefined are left out', () => {
    expect(() => toInputs({ x: 3, name: undefined }, task.inputs)).toThrow('inputs.name: missing, expected string')
    expect(toInputs({ x: 3, name: 'a', other: undefined }, task.inputs).literals).toHaveLength(3)
  })

  test('of JSON are read as JSON', () => {
    expect(fromInputs(toInputs({ x: '9007199254740993', name: 'a' }, task.inputs, { source: 'json' }))).toMatchObject({
      x: 9007199254740993n,
    })
  })

  test('that the task does not have are refused, with those it has', () => {
    expect(() => toInputs({ x: 3, name: 'a', y: 4 }, task.inputs)).toThrow(
      expect.objectContaining({
        message: 'inputs.y: the task has no such input',
        hint: 'Its inputs are: name, note, x.',
      }),
    )
    expect(() => toInputs({ y: 4 }, undefined)).toThrow(expect.objectContaining({ hint: 'It has no inputs.' }))
  })

  test('are not looked for in what objects inherit', () => {
    const odd = typedInterface({ inputs: { toString: t.string() } })
    expect(() => toInputs({}, odd.inputs)).toThrow('inputs.toString: missing')
  })
})

describe('outputs', () => {
  test('survive the wire', () => {
    const bytes = encodeOutputs(toOutputs({ o0: 7 }, task.outputs))
    expect(fromOutputs(fromBinary(OutputsSchema, bytes), task.outputs)).toEqual({ o0: 7 })
  })

  test('of the wrong type name both types', () => {
    expect(() => toOutputs({ o0: 'seven' }, task.outputs)).toThrow('outputs.o0: expected integer, got string "seven"')
    expect(() => toOutputs({ o0: undefined }, task.outputs)).toThrow('outputs.o0: expected integer, got undefined')
  })

  test('T-19: that are missing or too many are refused', () => {
    expect(() => toOutputs({}, task.outputs)).toThrow('outputs.o0: missing, expected integer')
    expect(() => toOutputs({ o0: 1, o1: 2 }, task.outputs)).toThrow('outputs.o1: the task has no such output')
  })

  test('X-25, X-27: are read without an interface as they say themselves', () => {
    expect(fromOutputs(toOutputs({ o0: 7 }, task.outputs))).toEqual({ o0: 7 })
  })
})

describe('inputs from the wire', () => {
  const good = () => toInputs({ x: 3, name: 'a' }, task.inputs).literals

  test('that fit pass', () => {
    expect(() => checkInputs(good(), task.inputs)).not.toThrow()
    expect(() =>
      checkInputs(
        good().filter(({ name }) => name !== 'note'),
        task.inputs,
      ),
    ).not.toThrow()
  })

  test.each([
    ['missing', (inputs: ReturnType<typeof good>) => inputs.slice(0, 2), 'inputs.x: missing, expected integer'],
    [
      'unknown',
      (inputs: ReturnType<typeof good>) => [...inputs, { ...inputs[0]!, name: 'y' }],
      'inputs.y: the task has no such input',
    ],
    ['twice', (inputs: ReturnType<typeof good>) => [...inputs, inputs[0]!], 'inputs.name: given twice'],
    [
      'of a wrong type',
      (inputs: ReturnType<typeof good>) => inputs.map((one) => ({ ...one, value: toLiteral('a', t.string()) })),
      'inputs.x: expected integer, got string "a"',
    ],
  ])('that are %s are refused', (_name, change, message) => {
    expect(() => checkInputs(change(good()), task.inputs)).toThrow(message)
  })
})
