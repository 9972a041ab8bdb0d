import { create, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { fromLiteral, literalToJson, literalTypes, toLiteral } from '@tern/core'
import { type Literal, LiteralSchema, type LiteralType, LiteralTypeSchema, VariableSchema } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { fromLaunchForm, fromValues, toLaunchForm } from './launch-form.ts'

const t = literalTypes

const point = t.struct({
  title: 'Point',
  type: 'object',
  properties: { x: { type: 'number' } },
  required: ['x'],
  additionalProperties: false,
})
const plainStruct = fromJson(LiteralTypeSchema, { simple: 'STRUCT' })

function fieldOf(type: LiteralType, literal?: Literal): JsonObject {
  const form = toLaunchForm([{ name: 'x', variable: create(VariableSchema, { type }), literal }])
  return (form['properties'] as JsonObject)['x'] as JsonObject
}

function variables(type: LiteralType) {
  return {
    $typeName: 'flyteidl2.core.VariableMap' as const,
    variables: [
      { $typeName: 'flyteidl2.core.VariableEntry' as const, key: 'x', value: create(VariableSchema, { type }) },
    ],
  }
}

const convert = (type: LiteralType, value: JsonValue) => fromValues({ x: value }, variables(type))[0]!.value!
const readField = (schema: JsonValue) => fromLaunchForm({ properties: { x: schema } })[0]?.value

describe('the field of a type', () => {
  test.each<[string, LiteralType, JsonObject]>([
    ['nothing', t.none(), { type: 'null' }],
    ['text', t.string(), { type: 'string' }],
    ['integers', t.integer(), { type: 'integer' }],
    ['booleans', t.boolean(), { type: 'boolean' }],
    ['floats', t.float(), { type: 'number', format: 'float' }],
    ['times', t.datetime(), { type: 'string', format: 'datetime' }],
    ['durations', t.duration(), { type: 'string', format: 'duration' }],
    ['bytes', t.binary(), { type: 'string', format: 'binary' }],
    ['errors', fromJson(LiteralTypeSchema, { simple: 'ERROR' }), { type: 'string', format: 'error' }],
    ['lists', t.list(t.integer()), { type: 'array', items: { type: 'integer' } }],
    ['maps', t.map(t.boolean()), { type: 'object', additionalProperties: { type: 'boolean' } }],
    ['enums', t.enumOf(['a', 'b']), { type: 'string', enum: ['a', 'b'] }],
    ['structs of which nothing is known', plainStruct, { type: 'object', additionalProperties: true }],
    ['structs', point, { type: 'object', dataclass: 'Point', properties: { x: { type: 'number' } }, required: ['x'] }],
    [
      'files',
      t.file('csv'),
      {
        type: 'object',
        format: 'blob',
        properties: {
          uri: { type: 'string', default: '' },
          format: { type: 'string', default: 'csv' },
          dimensionality: { type: 'string', enum: ['SINGLE', 'MULTIPART'], default: 'SINGLE' },
        },
      },
    ],
    [
      'tables',
      t.structuredDataset({ columns: [{ name: 'id', type: t.integer() }] }),
      {
        type: 'object',
        format: 'structured-dataset',
        properties: { uri: { type: 'string' }, format: { type: 'string' } },
        columns: [{ name: 'id', schema: { type: 'integer' } }],
      },
    ],
    [
      'unions',
      t.union([t.string(), t.list(t.integer()), t.none()]),
      {
        format: 'union',
        oneOf: [
          { type: 'string', title: 'string', structure: 'str' },
          { type: 'array', items: { type: 'integer' }, title: 'array', structure: 'Typed List' },
          { type: 'null', title: 'none', structure: 'none' },
        ],
      },
    ],
  ])('of %s', (_name, type, schema) => {
    expect(fieldOf(type)).toEqual(schema)
  })

  test('the variant of a union is called by the title of its struct', () => {
    const [first] = fieldOf(t.union([point, t.string()]))['oneOf'] as JsonObject[]
    expect(first).toMatchObject({ title: 'Point', dataclass: 'Point', structure: 'Pydantic Transformer' })
  })

  test('a type of schemas is refused', () => {
    const schema = fromJson(LiteralTypeSchema, { schema: {} })
    expect(() => fieldOf(schema)).toThrow('variables.x: the type schema is deprecated')
    expect(() => convert(schema, {})).toThrow('values.x: the type schema is deprecated')
  })

  test('fields and required ones are in the order of the interface', () => {
    const names = ['z', 'm', 'a', 'b', 'y']
    const form = toLaunchForm(names.map((name) => ({ name, variable: create(VariableSchema, { type: t.string() }) })))
    expect(Object.keys(form['properties']!)).toEqual(names)
    expect(form).toMatchObject({ type: 'object', title: 'Launch Form', required: names })
  })

  test('what may be nothing is not required, and descriptions say more than the name', () => {
    const field = (name: string, type: LiteralType, description: string) => ({
      name,
      variable: create(VariableSchema, { type, description }),
    })
    const form = toLaunchForm([
      field('a', t.optional(t.string()), 'what it is for'),
      field('b', t.string(), 'b'),
      field('c', t.none(), ''),
    ])
    expect(form['required']).toEqual(['b'])
    expect(form['properties']).toMatchObject({ a: { description: 'what it is for' } })
    expect((form['properties'] as JsonObject)['b']).not.toHaveProperty('description')
  })
})

describe('the value of a field', () => {
  test.each<[string, LiteralType, unknown, JsonValue]>([
    ['a time', t.datetime(), new Date('2026-01-31T12:00:00Z'), '2026-01-31T12:00:00Z'],
    ['a duration', t.duration(), '1h', '1h0m0s'],
    ['a short duration', t.duration(), '1500us', '1.5ms'],
    ['a large integer', t.integer(), 2n ** 60n, '1152921504606846976'],
    ['a number that is none', t.float(), Number.NaN, 'NaN'],
    ['bytes', t.binary(), new Uint8Array([1]), 'AQ=='],
    ['nothing', t.optional(t.string()), null, { type: 'null' }],
    ['a union', t.optional(t.string()), 'a', 'a'],
    ['a struct', point, { x: 1 }, { x: 1 }],
    ['an empty list', t.list(t.string()), [], []],
    ['a directory', t.list(t.directory()), [{ uri: '/d' }], [{ uri: '/d', format: '', dimensionality: 'MULTIPART' }]],
    ['a table', t.structuredDataset(), { uri: '/t', format: 'csv' }, { uri: '/t', format: 'csv' }],
  ])('%s', (_name, type, value, expected) => {
    expect(fieldOf(type, toLiteral(value, type))['default']).toEqual(expected)
  })

  test('a file fills the fields of its parts', () => {
    const field = fieldOf(t.file('csv'), toLiteral({ uri: '/f' }, t.file('csv')))
    expect(field['properties']).toMatchObject({ uri: { default: '/f' }, format: { default: 'csv' } })
    expect(field).not.toHaveProperty('default')
  })

  test.each<[string, JsonObject, string]>([
    ['in storage', { offloadedMetadata: { uri: '/o' } }, 'kept in storage'],
    ['an error', { scalar: { error: { message: 'm' } } }, 'error'],
    ['a schema', { scalar: { schema: { uri: '/s' } } }, 'schema'],
    ['empty', {}, 'the literal is empty'],
    ['an empty union', { scalar: { union: {} } }, 'the literal is empty'],
  ])('a value that is %s is not shown', (_name, json, message) => {
    expect(() => fieldOf(t.string(), fromJson(LiteralSchema, json))).toThrow(message)
  })
})

describe('a value as a literal', () => {
  test.each<[string, LiteralType, JsonValue, JsonValue]>([
    ['a fraction is cut to an integer', t.integer(), -3.9, -3],
    ['an integer beyond 2^53 is text', t.integer(), '9223372036854775807', '9223372036854775807'],
    ['digits are seconds', t.duration(), '90', '1m30s'],
    ['a number is seconds', t.duration(), 90.9, '1m30s'],
    ["Go's durations", t.duration(), '-1h30m0.5s', '-1h30m0.5s'],
    ['times with an offset', t.datetime(), '2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00Z'],
    ['bytes without padding', t.binary(), '_w', '/w=='],
    [
      'a number for the kind of a blob',
      t.directory(),
      { uri: '/d', format: '', dimensionality: 1 },
      { kind: 'directory', uri: '/d', format: '' },
    ],
    ['null', t.optional(t.integer()), null, null],
    ['the marker of nothing', t.optional(t.integer()), { type: 'null' }, null],
  ])('%s', (_name, type, value, expected) => {
    expect(literalToJson(convert(type, value))).toEqual(expected)
  })

  test('structs of which nothing is known are JSON structs, others are msgpack', () => {
    const kindOf = ({ value }: Literal) => (value.case === 'scalar' ? value.value.value.case : value.case)
    expect(kindOf(convert(plainStruct, { a: 1 }))).toBe('generic')
    expect(kindOf(convert(t.dict(), { a: 1 }))).toBe('binary')
    expect(kindOf(convert(point, { x: 1 }))).toBe('binary')
  })

  test.each<[string, LiteralType, JsonValue, string]>([
    ['text', t.string(), 3, 'values.x: expected string, got number 3'],
    ['a boolean', t.boolean(), 'true', 'values.x: expected boolean'],
    ['an integer that lost digits', t.integer(), 2 ** 60, 'values.x: expected integer'],
    ['an integer of 65 bits', t.integer(), '9223372036854775808', 'values.x: expected integer'],
    ['a time', t.datetime(), 'yesterday', 'values.x: expected datetime'],
    ['a time in no calendar', t.datetime(), '2026-02-30T00:00:00Z', 'values.x: expected datetime'],
    ['a duration', t.duration(), 'long', 'values.x: expected duration'],
    ['bytes', t.binary(), 'not base64!', 'values.x: expected bytes'],
    ['nothing', t.string(), null, 'values.x: expected string, got null'],
    ['an enum', t.enumOf(['a']), 'b', 'values.x: expected "a", got string "b"'],
    ['a list', t.list(t.integer()), [1, 'x'], 'values.x[1]: expected integer'],
    ['a map', t.map(t.integer()), { 'a b': true }, 'values.x["a b"]: expected integer'],
    ['a file', t.file(), { uri: '/f', format: '' }, 'values.x.dimensionality: expected SINGLE or MULTIPART'],
    ['a table', t.structuredDataset(), { uri: '/f' }, 'values.x.format: value is required'],
    ['a union', t.union([t.integer(), t.boolean()]), 'x', 'values.x: expected integer | boolean, got string "x"'],
    ['an optional one', t.optional(t.list(t.integer())), [[]], 'values.x[0]: expected integer'],
    ['an error', fromJson(LiteralTypeSchema, { simple: 'ERROR' }), 'e', 'values.x: values of the type error'],
  ])('what is no value of %s is refused by name', (_name, type, value, message) => {
    expect(() => convert(type, value)).toThrow(message)
  })

  test('what is missing is nothing, if it may be', () => {
    expect(() => fromValues({}, variables(t.string()))).toThrow('values.x: value is required')
    expect(fromLiteral(fromValues({}, variables(t.optional(t.string())))[0]!.value!)).toBeNull()
    expect(fromValues({ other: 1 }, undefined)).toEqual([])
    expect(() => fromValues(undefined, undefined)).toThrow('values: value is required')
  })
})

describe('a value of a union is of the variant it fits best', () => {
  const chosen = (type: LiteralType, value: JsonValue): string | undefined => {
    const literal = convert(type, value)
    const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
    return scalar?.case === 'union' ? scalar.value.type?.structure?.tag : undefined
  }
  const wide = t.union([
    t.string(),
    t.float(),
    t.datetime(),
    t.duration(),
    t.integer(),
    t.enumOf(['red']),
    t.binary(),
    t.map(t.float()),
    t.list(t.float()),
    t.boolean(),
    t.none(),
  ])

  test.each<[JsonValue, string]>([
    [1, 'int'],
    [1.5, 'float'],
    ['red', 'DefaultEnumTransformer'],
    ['blue', 'str'],
    ['2026-01-31T12:00:00Z', 'str'],
    [true, 'bool'],
    [null, 'none'],
    [{ type: 'null' }, 'none'],
    [{ a: 1 }, 'Typed Dict'],
    [[1], 'Typed List'],
  ])('%j', (value, tag) => {
    expect(chosen(wide, value)).toBe(tag)
  })

  test('the same within lists, maps and structs', () => {
    const a = t.struct({ title: 'A', type: 'object', properties: { n: { type: 'number' } }, required: ['n'] }, 'A')
    const b = t.struct({ title: 'B', type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }, 'B')
    const c = t.struct({ title: 'C', type: 'object', properties: { n: { const: 'c' } }, required: ['n'] }, 'C')
    const type = t.union([a, b, c])
    expect([{ n: 1 }, { n: 1.5 }, { n: 'c' }].map((value) => chosen(type, value))).toEqual(['B', 'A', 'C'])
    expect(() => chosen(type, { n: 'd' })).toThrow('values.x: expected A | B | C')
    const lists = t.union([t.list(t.float()), t.list(t.integer())])
    const items = convert(t.list(lists), [[1], [1.5]])
    expect(fromLiteral(items)).toEqual([[1], [1.5]])
  })

  test('unless the form says which was chosen', () => {
    const field = fieldOf(t.union([t.string(), t.datetime()]))
    const read = (variant: JsonValue, value: JsonValue) => readField({ ...field, default: value, 'x-variant': variant })
    expect(fromLiteral(read(1, '2026-01-31T12:00:00Z')!)).toEqual(new Date('2026-01-31T12:00:00Z'))
    expect(fromLiteral(read(0, '2026-01-31T12:00:00Z')!)).toBe('2026-01-31T12:00:00Z')
    expect(fromLiteral(read(1, 'noon')!)).toBe('noon')
    expect(fromLiteral(read(7, 'noon')!)).toBe('noon')
  })
})

describe('a form that somebody wrote', () => {
  test.each<[string, JsonObject, unknown]>([
    ['a default', { type: 'integer', default: 3 }, 3],
    ['times by another name', { type: 'string', format: 'date-time', default: '2026-01-31' }, new Date('2026-01-31')],
    ['durations as integers', { type: 'integer', format: 'duration', default: 5 }, { milliseconds: 5000 }],
    ['formats it makes up', { type: 'string', format: 'email', default: 'a@b' }, 'a@b'],
    ['lists of anything', { type: 'array', default: ['a'] }, ['a']],
    ['maps', { type: 'object', additionalProperties: { type: 'integer' }, default: { a: 1 } }, { a: 1 }],
    ['objects', { type: 'object', default: { a: [1] } }, { a: [1] }],
    [
      'objects by their properties',
      {
        type: 'object',
        properties: { a: { type: 'integer', default: 1 }, b: { type: 'object', properties: { c: { default: 'd' } } } },
      },
      { a: 1, b: { c: 'd' } },
    ],
    [
      'files by their parts',
      {
        type: 'object',
        format: 'blob',
        properties: {
          uri: { default: '/f' },
          format: { default: 'csv' },
          dimensionality: { default: 'MULTIPART' },
        },
      },
      { kind: 'directory', uri: '/f', format: 'csv' },
    ],
    ['nothing where that may be', { oneOf: [{ type: 'integer' }, { type: 'null' }] }, null],
  ])('with %s', (_name, schema, expected) => {
    expect(fromLiteral(readField(schema)!)).toEqual(expected)
  })

  test.each<[string, JsonObject]>([
    ['no default', { type: 'integer' }],
    ['a file without a place', fieldOf(t.file())],
    ['a table without a place', fieldOf(t.structuredDataset({ format: 'csv' }))],
    [
      'an object that is not filled',
      { type: 'object', properties: { a: { default: 1 }, b: { type: 'string' } }, required: ['b'] },
    ],
  ])('leaves out a field with %s', (_name, schema) => {
    expect(readField(schema)).toBeUndefined()
  })

  test('definitions of the form are found', () => {
    const form = {
      $defs: {
        Id: { type: 'integer' },
        Item: { type: 'object', dataclass: 'Item', properties: { id: { $ref: '#/$defs/Id' }, w: { type: 'number' } } },
      },
      properties: { x: { $ref: '#/$defs/Item', default: { id: 1, w: 2 } } },
    }
    const literal = fromLaunchForm(form)[0]!.value!
    expect(fromLiteral(literal)).toEqual({ id: 1, w: 2 })
    const bad = { ...form, properties: { x: { ...form.properties.x, default: { id: 'one' } } } }
    expect(() => fromLaunchForm(bad)).toThrow('json.properties.x.default.id: expected integer')
  })

  test.each<[string, JsonObject | undefined, string]>([
    ['is not there', undefined, 'json: value is required'],
    ['has no properties', {}, 'json.properties: value is required'],
    ['has a field that is no schema', { properties: { x: 3 } }, 'json.properties.x: a JSON schema is required'],
    ['has a field without a type', { properties: { x: {} } }, 'json.properties.x.type: value is required'],
    ['has a list for a type', { properties: { x: { type: ['string'] } } }, 'json.properties.x.type: must be the name'],
    ['has an enum of numbers', { properties: { x: { type: 'string', enum: [1] } } }, 'json.properties.x.enum: must be'],
    ['has a union of nothing', { properties: { x: { format: 'union' } } }, 'json.properties.x.oneOf: must be a list'],
    ['refers to nothing', { properties: { x: { $ref: '#/nowhere' } } }, 'json.properties.x.$ref: "#/nowhere"'],
    [
      'has a default of another type',
      { properties: { x: { type: 'integer', default: 'x' } } },
      'json.properties.x.default',
    ],
    [
      'has a broken type',
      { properties: { x: { 'x-literal-type': 3 } } },
      'json.properties.x["x-literal-type"]: must be',
    ],
    [
      'has a broken literal',
      { properties: { x: { type: 'string', default: 'a', 'x-literal': 'zzzz' } } },
      'json.properties.x["x-literal"]: must be',
    ],
  ])('and %s is refused', (_name, form, message) => {
    expect(() => fromLaunchForm(form)).toThrow(message)
  })
})
