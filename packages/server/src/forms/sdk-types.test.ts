import { readFileSync } from 'node:fs'
import { fromBinary, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { toBinaryDeterministic } from '@tern/core'
import { type Literal, LiteralSchema, type LiteralType, LiteralTypeSchema, VariableMapSchema } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { fromLaunchForm, fromValues, toLaunchForm } from './launch-form.ts'

/** A type of an input as an SDK declares it, and a value of it as the SDK sends it. */
interface SdkCase {
  readonly name: string
  readonly type: JsonValue
  /** Serialized, in base64. */
  readonly literal: string
}

function readCases(file: string): ReadonlyArray<SdkCase> {
  return JSON.parse(readFileSync(new URL(`test-data/${file}`, import.meta.url), 'utf8')) as ReadonlyArray<SdkCase>
}

const cases = readCases('python-types.json')
// Of zod schemas: what `codecFor` of the SDK makes of them and of a value of each.
const typescriptCases = readCases('typescript-types.json')
const all = [
  ...cases.map((one) => ({ ...one, name: `Python's ${one.name}` })),
  ...typescriptCases.map((one) => ({ ...one, name: `TypeScript's ${one.name}` })),
]

function variablesOf(type: LiteralType) {
  const value = { $typeName: 'flyteidl2.core.Variable' as const, type, description: '' }
  return {
    $typeName: VariableMapSchema.typeName,
    variables: [{ $typeName: 'flyteidl2.core.VariableEntry' as const, key: 'x', value }],
  }
}

// Maps, such as a schema's properties, have no order on the wire.
const serialized = (literal: Literal) => toBinaryDeterministic(LiteralSchema, literal)

function formOf(type: LiteralType, literal: Uint8Array): JsonObject {
  const variable = variablesOf(type).variables[0]!.value
  return toLaunchForm([{ name: 'x', variable, literal: fromBinary(LiteralSchema, literal) }])
}

describe.each(all)('$name', ({ type: typeJson, literal: base64 }) => {
  const type = fromJson(LiteralTypeSchema, typeJson)
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))

  test('comes back from its form', () => {
    const [read] = fromLaunchForm(formOf(type, bytes))
    expect(serialized(read!.value!)).toEqual(serialized(fromBinary(LiteralSchema, bytes)))
  })
})

// What Python pickles is a value without its union.
const pickled: ReadonlySet<string> = new Set(["Python's bytes", "Python's literal"])

test.each(all.filter(({ name }) => !pickled.has(name)))(
  '$name is what its value in the form says',
  ({ type: typeJson, literal: base64 }) => {
    const type = fromJson(LiteralTypeSchema, typeJson)
    const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
    const field = (formOf(type, bytes)['properties'] as JsonObject)['x'] as JsonObject
    const [read] = fromValues({ x: field['default']! }, variablesOf(type))
    expect(serialized(read!.value!)).toEqual(serialized(fromBinary(LiteralSchema, bytes)))
  },
)

describe('forms of dataclasses and models', () => {
  const caseOf = (name: string) => cases.find((one) => one.name === name)!
  function fieldOf(name: string): JsonObject {
    const { type, literal } = caseOf(name)
    const form = formOf(fromJson(LiteralTypeSchema, type), new Uint8Array(Buffer.from(literal, 'base64')))
    return (form['properties'] as JsonObject)['x'] as JsonObject
  }

  test('a dataclass is shown by its own schema, and by nothing else', () => {
    const { metadata } = caseOf('dataclass').type as { readonly metadata: JsonObject }
    const { title, additionalProperties: _, ...rest } = metadata
    const { default: value, ...schema } = fieldOf('dataclass')
    expect(schema).toEqual({ ...rest, dataclass: title })
    expect(value).toMatchObject({ name: 's', kind: 'closed', points: [{ x: 1, y: 0, label: null }, { label: 'p' }] })
  })

  test('what is changed in one is told apart by its schema', () => {
    const { type } = caseOf('dataclass')
    const variables = variablesOf(fromJson(LiteralTypeSchema, type))
    const shape = { name: 's', points: [{ x: 1 }], weights: { a: 2 } }
    const literal = fromValues({ x: shape }, variables)[0]!.value!
    const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
    // Both numbers are floats, 0xcb, though they are whole.
    const bytes = scalar?.case === 'binary' ? Buffer.from(scalar.value.value).toString('hex') : ''
    expect(bytes).toContain('a178cb3ff0000000000000')
    expect(bytes).toContain('a161cb4000000000000000')
  })

  test.each<[string, string, JsonValue, string]>([
    ['dataclass', 'a property of another type', { name: 1, points: [], weights: {} }, 'values.x.name: expected string'],
    [
      'dataclass',
      'a property deep inside',
      { name: 's', points: [{ x: 1 }, { x: 'one' }], weights: {} },
      'values.x.points[1].x: expected number, got string "one"',
    ],
    [
      'dataclass',
      'one that is missing',
      { name: 's', points: [{}], weights: {} },
      'values.x.points[0]: Point lacks "x"',
    ],
    [
      'dataclass',
      'none of the choices',
      { name: 's', points: [], weights: {}, kind: 'ajar' },
      'values.x.kind: expected',
    ],
    [
      'model',
      'something behind a reference',
      { lines: [{ sku: 'a', count: 1.5 }] },
      'values.x.lines[0].count: expected',
    ],
    [
      'model that contains itself',
      'something far down',
      { value: 1, children: [{ value: 1, children: [{ value: true }] }] },
      'values.x.children[0].children[0].value: expected integer, got boolean true',
    ],
    ['optional dataclass', 'something in a union', { x: 'one' }, 'values.x.x: expected number'],
    ['dataclass in a list', 'something in a list', [{ x: 1 }, 3], 'values.x[1]: expected Point, got number 3'],
  ])('a %s with %s is refused by name', (name, _what, value, message) => {
    const variables = variablesOf(fromJson(LiteralTypeSchema, caseOf(name).type))
    expect(() => fromValues({ x: value }, variables)).toThrow(message)
  })
})
