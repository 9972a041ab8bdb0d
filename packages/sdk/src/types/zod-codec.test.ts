import { describeType, InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readValues, writeValues } from './literal-wire.ts'
import { registerTransformer } from './register-transformer.ts'
import type { Schema } from './standard-schema.ts'
import { bindInterface, type Variable } from './task-interface.ts'

function bind(schema: Schema): Variable {
  return bindInterface('t.f', { inputs: { v: schema } }).inputs[0] as Variable
}

/** Writes a value and reads it again, as between two processes. */
function roundTrip(schema: Schema, value: unknown): unknown {
  const variables = [bind(schema)]
  return readValues(variables, writeValues(variables, [value]).bytes)[0]
}

function typeOf(schema: Schema): string {
  return describeType(bind(schema).codec.type)
}

class Money {
  readonly cents: number
  constructor(cents: number) {
    this.cents = cents
  }
}

type Tree = { value: number; children: Tree[] }
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ value: z.number(), children: z.array(tree) }))

const date = new Date('2026-01-31T12:00:00.123Z')

const rows: readonly [name: string, schema: Schema, type: string, value: unknown][] = [
  ['int', z.int(), 'integer', -7],
  ['int by check', z.number().int().min(0), 'integer', 7],
  ['int32', z.int32(), 'integer', 7],
  ['number', z.number(), 'float', 1.5],
  ['bigint', z.bigint(), 'integer', 2n ** 62n],
  ['string', z.string(), 'string', 'ü'],
  ['email', z.email(), 'string', 'a@b.cd'],
  ['boolean', z.boolean(), 'boolean', false],
  ['date', z.date(), 'datetime', date],
  ['null', z.null(), 'none', null],
  ['void', z.void(), 'none', undefined],
  ['enum', z.enum(['a', 'b']), '"a" | "b"', 'b'],
  ['enum with names', z.enum({ RED: 'red', BLUE: 'blue' }), '"RED" | "BLUE"', 'blue'],
  ['numeric enum', z.enum({ Up: 1, Down: 2 } as const), '"Up" | "Down"', 2],
  ['literal', z.literal('a'), '"a"', 'a'],
  ['literals', z.literal(['a', 'b']), '"a" | "b"', 'a'],
  ['number literal', z.literal(3), 'integer', 3],
  ['array', z.array(z.int()), 'list<integer>', [1, 2]],
  ['nested array', z.array(z.array(z.string())), 'list<list<string>>', [['a'], []]],
  ['record', z.record(z.string(), z.number()), 'map<string, float>', { a: 1, b: 2.5 }],
  ['object', z.object({ a: z.int(), d: z.date() }), 'V', { a: 1, d: date }],
  ['titled object', z.object({ a: z.int() }).meta({ title: 'Row' }), 'Row', { a: 1 }],
  ['object of objects', z.object({ o: z.object({ n: z.bigint() }) }), 'V', { o: { n: 5n } }],
  ['object with enum', z.object({ c: z.enum({ RED: 'red' }) }), 'V', { c: 'red' }],
  ['object with optional', z.object({ a: z.string().optional() }), 'V', {}],
  ['object with union', z.object({ u: z.union([z.date(), z.int()]) }), 'V', { u: date }],
  ['union of a date and a text', z.union([z.date(), z.string()]), 'datetime | string', '2026-01-31'],
  ['set', z.set(z.date()), 'list<datetime>', new Set([date])],
  ['set in an object', z.object({ s: z.set(z.string()) }), 'V', { s: new Set(['a']) }],
  ['map', z.map(z.int(), z.date()), 'struct', new Map([[-1, date]])],
  ['map of texts', z.map(z.string(), z.int()), 'struct', new Map([['a', 1]])],
  ['map by bigints', z.object({ m: z.map(z.bigint(), z.boolean()) }), 'V', { m: new Map([[2n ** 60n, true]]) }],
  ['bytes', z.instanceof(Uint8Array), 'bytes', new Uint8Array([0, 255])],
  ['bytes in an object', z.object({ b: z.instanceof(Uint8Array) }), 'V', { b: new Uint8Array([7]) }],
  ['URL', z.instanceof(URL), 'string', new URL('https://a.example/b?c')],
  ['URLs in an object', z.object({ u: z.array(z.instanceof(URL)) }), 'V', { u: [new URL('https://a.example/')] }],
  ['list of objects', z.array(z.object({ d: z.date() })), 'list<V>', [{ d: date }]],
  ['intersection', z.object({ a: z.int() }).and(z.object({ d: z.date() })), 'V', { a: 1, d: date }],
  ['tuple', z.tuple([z.int(), z.date()]), 'tuple of 2', [1, date]],
  ['optional', z.int().optional(), 'integer | none', undefined],
  ['nullable', z.int().nullable(), 'integer | none', null],
  ['nullable with a value', z.int().nullable(), 'integer | none', 3],
  ['nullish', z.string().nullish(), 'string | none', null],
  ['union', z.union([z.int(), z.string()]), 'integer | string', 'a'],
  ['union in union', z.union([z.union([z.int(), z.string()]), z.null()]), 'integer | string | none', null],
  ['union of literals', z.union([z.literal('a'), z.literal('b')]), '"a" | "b"', 'b'],
  ['any', z.any(), 'struct', { a: [1, 'x', null] }],
  ['unknown', z.unknown(), 'struct', 'text'],
  ['default', z.int().default(3), 'integer', 4],
  ['readonly', z.array(z.int()).readonly(), 'list<integer>', [1]],
  ['brand', z.int().brand('Id'), 'integer', 1],
  ['coerced', z.coerce.number(), 'float', 2],
  ['recursive', tree, 'V', { value: 1, children: [{ value: 2, children: [] }] }],
  ['json', z.json(), 'struct', { a: [1, null, true] }],
]

describe('X-15, J-6: zod schemas', () => {
  test.each(rows)('%s', (_name, schema, type, value) => {
    expect(typeOf(schema)).toBe(type)
    expect(roundTrip(schema, value)).toEqual(value)
  })

  test('X-13: objects carry a JSON schema as pydantic writes it', () => {
    const schema = z.object({
      id: z.int(),
      at: z.date(),
      owner: z.object({ name: z.string().describe('who') }),
      tags: z.array(z.string()).default([]),
      color: z.enum({ RED: 'red' }),
    })
    expect(bind(schema).codec.type.metadata).toEqual({
      title: 'V',
      type: 'object',
      properties: {
        id: { type: 'integer' },
        at: { type: 'string', format: 'date-time' },
        owner: {
          title: 'Owner',
          type: 'object',
          properties: { name: { type: 'string', description: 'who' } },
          required: ['name'],
        },
        tags: { type: 'array', items: { type: 'string' }, default: [] },
        color: { type: 'string', enum: ['RED'] },
      },
      required: ['id', 'at', 'owner', 'color'],
    })
  })

  test('of a discriminated union the variant is found that the value belongs to', () => {
    const shape = z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('circle'), since: z.date() }),
      z.object({ kind: z.literal('square'), since: z.string() }),
    ])
    expect(roundTrip(shape, { kind: 'circle', since: date })).toEqual({ kind: 'circle', since: date })
    expect(roundTrip(shape, { kind: 'square', since: 'x' })).toEqual({ kind: 'square', since: 'x' })
  })

  test('what a writer gives travels, and the reader transforms it', () => {
    const schema = z.string().transform((text) => text.length)
    expect(typeOf(schema)).toBe('string')
    expect(bind(schema).transforms).toBe(true)
    expect(typeOf(z.preprocess((value) => Number(value), z.int()))).toBe('integer')
  })

  test.each([
    ['instanceof', z.instanceof(Money)],
    ['symbol', z.symbol()],
    ['mixed literals', z.literal(['a', 1])],
    ['tuple with a rest', z.tuple([z.int()], z.string())],
  ])('%s has no wire form, and the error says where and what', (_name, schema) => {
    expect(() => bind(schema)).toThrow(InvalidArgumentError)
    expect(() => bind(schema)).toThrow(/^task t\.f: input v: .*has no wire form$/)
  })
})

describe('registered transformers', () => {
  const money = z.instanceof(Money)
  registerTransformer({
    schema: money,
    wire: z.int(),
    toWire: (value) => value.cents,
    fromWire: (cents) => new Money(cents),
  })

  test('TS-13: give a schema a wire form', () => {
    expect(typeOf(money)).toBe('integer')
    expect(roundTrip(money, new Money(5))).toEqual(new Money(5))
  })

  test('also inside lists and objects', () => {
    const schema = z.object({ prices: z.array(money) })
    expect(roundTrip(schema, { prices: [new Money(1)] })).toEqual({ prices: [new Money(1)] })
    expect(roundTrip(z.array(money), [new Money(2)])).toEqual([new Money(2)])
  })

  test('can be asked about any schema', () => {
    const urls = z.custom<URL>((value) => value instanceof URL).meta({ title: 'url' })
    registerTransformer<URL, string>({
      schema: (schema) => schema === urls,
      wire: z.string(),
      toWire: (url) => url.href,
      fromWire: (text) => new URL(text),
    })
    expect(roundTrip(urls, new URL('https://example.com/a'))).toEqual(new URL('https://example.com/a'))
  })
})

describe('X-31, J-5: schemas of other libraries', () => {
  function schemaOf(jsonSchema: Record<string, unknown> | undefined, vendor = 'other'): Schema {
    return {
      '~standard': {
        version: 1,
        vendor,
        validate: (value) => ({ value }),
        ...(jsonSchema === undefined ? {} : { jsonSchema: { input: () => jsonSchema } }),
      },
    }
  }

  test.each<[string, Record<string, unknown>, string, unknown]>([
    ['integer', { type: 'integer' }, 'integer', 3],
    ['list', { type: 'array', items: { type: 'string' } }, 'list<string>', ['a']],
    ['map', { type: 'object', additionalProperties: { type: 'number' } }, 'map<string, float>', { a: 1 }],
    ['object', { title: 'Point', type: 'object', properties: { x: { type: 'number' } } }, 'Point', { x: 1 }],
    ['enum', { enum: ['a', 'b'] }, '"a" | "b"', 'a'],
    ['nullable', { type: ['integer', 'null'] }, 'integer | none', null],
    ['union', { anyOf: [{ type: 'integer' }, { type: 'string' }] }, 'integer | string', 'x'],
    ['anything', {}, 'struct', { a: 1 }],
  ])('%s', (_name, json, type, value) => {
    expect(typeOf(schemaOf(json))).toBe(type)
    expect(roundTrip(schemaOf(json), value)).toEqual(value)
  })

  test('X-5: without a JSON schema the error says what to do', () => {
    expect(() => bind(schemaOf(undefined))).toThrow(/a schema of other that does not offer its JSON schema/)
  })

  test('zod 3 is recognised', () => {
    expect(() => bind(schemaOf(undefined, 'zod'))).toThrow(/zod 3/)
  })
})

test('a nullable field is written as alternatives, which readers in Python understand', () => {
  const note = z.string().max(5).nullable().describe('why')
  const list = z.array(z.object({ n: z.int().nullable() }))
  const { metadata } = bind(z.object({ note, list })).codec.type
  expect(metadata?.['properties']).toMatchObject({
    note: { anyOf: [{ type: 'string', maxLength: 5 }, { type: 'null' }], description: 'why' },
    list: { type: 'array', items: { properties: { n: { anyOf: [{ type: 'integer' }, { type: 'null' }] } } } },
  })
})
