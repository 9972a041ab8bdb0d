import { InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { DataFrame } from '../io/data-frame.ts'
import { Dir } from '../io/dir.ts'
import { File } from '../io/file.ts'
import { readValues, writeValues } from './literal-wire.ts'
import { registerTransformer } from './register-transformer.ts'
import type { Schema } from './standard-schema.ts'
import { bindInterface } from './task-interface.ts'

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}
const money = z.instanceof(Money)
registerTransformer({
  class: Money,
  wire: z.int(),
  toWire: ({ cents }) => cents,
  fromWire: (cents) => new Money(cents),
})

const color = z.enum({ RED: 'red', BLUE: 'blue' })
const point = z.object({ x: z.number() })
type Tree = { at: Date | number; children: Tree[] }
const tree: z.ZodType<Tree> = z.object({ at: z.union([z.date(), z.number()]), children: z.array(z.lazy(() => tree)) })

function interfaceOf(schema: Schema) {
  return bindInterface('t.f', { inputs: { v: schema } }).inputs
}

const inObject = (schema: z.ZodType) => z.object({ v: schema })

describe('X-22: what could be read as something else is refused', () => {
  test.each<[string, z.ZodType, string]>([
    ['an int and a bigint', z.union([z.int(), z.bigint()]), 'number and bigint'],
    ['the other way round', z.bigint().or(z.int()), 'bigint and number'],
    ['a text and what travels as one', z.union([z.string(), z.instanceof(URL)]), 'string and URL'],
    ['a number and what travels as one', z.union([money, z.int()]), 'Money and number'],
    ['enums with the same names', z.union([color, z.enum({ RED: 'rot' })]), 'enum and enum'],
    ['a set and a list', z.union([z.set(z.int()), z.array(z.int())]), 'set and array'],
    ['lists of them', z.union([z.array(z.int()), z.array(z.bigint())]), 'array and array'],
    ['maps of them', z.union([z.record(z.string(), z.int()), z.record(z.string(), z.bigint())]), 'record and record'],
    ['with nothing beside them', z.union([z.int(), z.bigint()]).nullable(), 'number and bigint'],
    ['in an object: a date and a text', inObject(z.union([z.date(), z.string()])), 'date and string'],
    ['in an object: renamed and other texts', inObject(z.union([color, z.string()])), 'enum and string'],
    ['in an object: a file and a folder', inObject(z.union([File.schema(), Dir.schema()])), 'File and Dir'],
    ['in an object: a date and anything', inObject(z.array(z.union([z.date(), z.json()]))), 'date and'],
    [
      'objects with a property that is read in two ways',
      z.union([z.object({ at: z.date() }), z.object({ at: z.string(), by: z.string().optional() })]),
      '{ at } and { at, by }',
    ],
    ['tuples', z.union([z.tuple([z.string(), z.date()]), z.tuple([z.string(), z.string()])]), 'tuple and tuple'],
    ['a map and an object, in an object', inObject(z.union([z.map(z.string(), z.int()), point])), 'map and { x }'],
  ])('%s', (_, schema, names) => {
    expect(() => interfaceOf(schema)).toThrow(InvalidArgumentError)
    expect(() => interfaceOf(schema)).toThrow(`task t.f: input v: the union of ${names}`)
  })

  test('the error says what to do', () => {
    expect(() => interfaceOf(z.union([z.int(), z.bigint()]))).toThrow(
      expect.objectContaining({ field: 'inputs.v', hint: expect.stringContaining('z.discriminatedUnion') }),
    )
  })
})

const date = new Date('2026-01-31T12:00:00Z')

describe('what is told apart comes back as it was sent', () => {
  test.each<[string, z.ZodType, unknown[]]>([
    ['a date and a text', z.union([z.date(), z.string()]), [date, date.toISOString()]],
    ['an int and a float', z.union([z.int(), z.number()]), [3, 3.5]],
    ['two texts', z.union([z.email(), z.string()]), ['a@b.cd', 'text']],
    ['an enum and a text', z.union([color, z.string()]), ['red', 'RED', 'text']],
    ['a class and a text', z.union([money, z.string()]), [new Money(3), '3']],
    ['bytes and a text', z.union([z.instanceof(Uint8Array), z.string()]), [new Uint8Array([1]), '1']],
    ['lists of dates and of texts', z.union([z.array(z.date()), z.array(z.string())]), [[date], ['x'], []]],
    ['a file and a folder', z.union([File.schema(), Dir.schema()]), []],
    ['a file and a table, in an object', inObject(z.union([File.schema(), DataFrame.schema()])), []],
    ['a date and a number, in an object', inObject(z.union([z.date(), z.number()])), [{ v: date }, { v: 1.5 }]],
    [
      'a date and a word, in an object',
      inObject(z.union([z.date(), z.literal('never')])),
      [{ v: date }, { v: 'never' }],
    ],
    ['numbers of all kinds, in an object', inObject(z.union([z.int(), z.number()])), [{ v: 1 }, { v: 2.5 }]],
    [
      'objects by a constant',
      z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('a'), at: z.date() }),
        z.object({ kind: z.literal('b'), at: z.string() }),
      ]),
      [
        { kind: 'a', at: date },
        { kind: 'b', at: '2026' },
      ],
    ],
    [
      'objects by the type of a property',
      z.union([z.object({ id: z.string(), at: z.date() }), z.object({ id: z.int(), at: z.string() })]),
      [
        { id: 'a', at: date },
        { id: 1, at: '2026' },
      ],
    ],
    [
      'a strict object and one with more',
      z.union([z.strictObject({ at: z.string() }), z.object({ at: z.date(), by: z.string() })]),
      [{ at: 'noon' }, { at: date, by: 'Ada' }],
    ],
    [
      'tuples by a part',
      z.union([z.tuple([z.literal('a'), z.date()]), z.tuple([z.literal('b'), z.string()])]),
      [
        ['a', date],
        ['b', 'x'],
      ],
    ],
    ['tuples of other lengths', z.union([z.tuple([z.date()]), z.tuple([z.string(), z.int()])]), [[date], ['x', 1]]],
    ['what contains itself', tree, [{ at: date, children: [{ at: 1, children: [] }] }]],
    [
      'optional and nullable ones',
      inObject(z.union([z.date().nullable(), z.number().optional()])),
      [{ v: null }, { v: 2.5 }],
    ],
  ])('%s', (_, schema, values) => {
    const variables = interfaceOf(schema)
    for (const value of values) {
      expect(readValues(variables, writeValues(variables, [value]).bytes)[0]).toEqual(value)
    }
  })
})
