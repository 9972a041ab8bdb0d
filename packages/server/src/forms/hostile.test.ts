import { create, fromBinary, fromJson, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { encodeMsgpack, InvalidArgumentError, isTernError, literalTypes } from '@tern/core'
import { LiteralSchema, LiteralTypeSchema, VariableSchema } from '@tern/idl/core'
import { TaskSpecToLaunchFormJsonResponseSchema } from '@tern/idl/workflow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromLaunchForm, fromValues, toLaunchForm } from './launch-form.ts'

const t = literalTypes

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError)
    return (error as Error).message
  }
  throw new Error('it was accepted')
}

const typeNames = ['string', 'integer', 'number', 'boolean', 'null', 'array', 'object', 'other']
const formats = ['datetime', 'duration', 'binary', 'error', 'blob', 'structured-dataset', 'union', 'float']

/** JSON that looks like schemas often enough to get far. */
const schema: fc.Arbitrary<JsonValue> = fc.letrec<{ any: JsonValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<JsonValue>,
    fc.record(
      {
        type: fc.oneof(fc.constantFrom(...typeNames), fc.jsonValue({ maxDepth: 0 })),
        format: fc.constantFrom(...formats),
        default: fc.jsonValue({ maxDepth: 2 }),
        enum: fc.oneof(fc.array(fc.string(), { maxLength: 2 }), fc.jsonValue({ maxDepth: 1 })),
        items: tie('any'),
        additionalProperties: tie('any'),
        properties: fc.oneof(
          fc.dictionary(fc.constantFrom('a', 'uri', 'format', 'dimensionality'), tie('any'), { maxKeys: 3 }),
          tie('any'),
        ),
        oneOf: fc.oneof(fc.array(tie('any'), { maxLength: 3 }), tie('any')),
        anyOf: fc.array(tie('any'), { maxLength: 2 }),
        allOf: fc.array(tie('any'), { maxLength: 1 }),
        required: fc.oneof(fc.array(fc.constantFrom('a', 'uri'), { maxLength: 2 }), tie('any')),
        const: fc.jsonValue({ maxDepth: 0 }),
        dataclass: fc.jsonValue({ maxDepth: 0 }),
        columns: fc.oneof(fc.array(tie('any'), { maxLength: 2 }), tie('any')),
        $ref: fc.constantFrom('#', '#/properties/x', '#/$defs/A', '#/properties/x/oneOf/0', 'elsewhere'),
        $defs: fc.record({ A: tie('any') }),
        structure: fc.jsonValue({ maxDepth: 0 }),
        'x-variant': fc.jsonValue({ maxDepth: 0 }),
        'x-literal': fc.oneof(fc.base64String(), fc.jsonValue({ maxDepth: 0 })),
        'x-literal-type': fc.oneof(
          fc.constantFrom({ simple: 'STRUCT' }, { unionType: {} }, { collectionType: {} }, { blob: {} }),
          fc.jsonValue({ maxDepth: 2 }),
        ),
      },
      { requiredKeys: [], noNullPrototype: true },
    ) as fc.Arbitrary<JsonValue>,
  ),
})).any

/** Whether the message begins with the place of what is wrong. */
const namesField = /^(json|values|variables)[.[\w$"\]:-]|^the value cannot be matched/

describe('whatever is sent', () => {
  test('a form gives literals, or says what is wrong with which field', () => {
    fc.assert(
      fc.property(schema, (x) => {
        try {
          for (const { value } of fromLaunchForm({ properties: { x } })) expect(value?.value.case).toBeDefined()
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidArgumentError)
          expect((error as Error).message).toMatch(namesField)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('values of structs of any schema give literals, or say what is wrong', () => {
    const isObject = (value: JsonValue): value is JsonObject =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
    fc.assert(
      fc.property(schema.filter(isObject), fc.jsonValue() as fc.Arbitrary<JsonValue>, (metadata, x) => {
        const type = create(LiteralTypeSchema, { type: { case: 'simple', value: 9 }, metadata })
        const variable = create(VariableSchema, { type })
        try {
          const [named] = fromValues(
            { x },
            {
              $typeName: 'flyteidl2.core.VariableMap',
              variables: [{ $typeName: 'flyteidl2.core.VariableEntry', key: 'x', value: variable }],
            },
          )
          const form = toLaunchForm([{ name: 'x', variable, literal: named!.value }])
          expect(fromLaunchForm(form)[0]?.value).toEqual(named!.value)
        } catch (error) {
          if (!isTernError(error)) throw error
          expect(error.message).toMatch(namesField)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('schemas that lead nowhere', () => {
  test('a field that refers to itself', () => {
    expect(refusal(() => fromLaunchForm({ properties: { x: { $ref: '#/properties/x' } } }))).toContain('does not lead')
  })

  test('a list of itself', () => {
    const list = { type: 'array', items: { $ref: '#/properties/x' }, default: [[[]]] }
    expect(refusal(() => fromLaunchForm({ properties: { x: list } }))).toContain('leads to itself')
  })

  test('a union of itself, over and over', () => {
    const again = { $ref: '#/properties/x' }
    const union = { oneOf: [again, again, again], default: 1 }
    expect(refusal(() => fromLaunchForm({ properties: { x: union } }))).toContain('leads to itself')
  })

  test('alternatives that double at every step are each tried once', () => {
    const $defs: JsonObject = { D0: { type: 'string' } }
    for (let i = 1; i < 100; i++) {
      const next = { $ref: `#/$defs/D${i - 1}` }
      $defs[`D${i}`] = { type: 'object', properties: { a: { anyOf: [next, { allOf: [next] }, next] } } }
    }
    const type = t.struct({ title: 'Deep', $defs, $ref: '#/$defs/D99' })
    let value: JsonValue = 1
    for (let i = 0; i < 40; i++) value = { a: value }
    const variables = {
      $typeName: 'flyteidl2.core.VariableMap' as const,
      variables: [
        { $typeName: 'flyteidl2.core.VariableEntry' as const, key: 'x', value: create(VariableSchema, { type }) },
      ],
    }
    expect(refusal(() => fromValues({ x: value }, variables))).toContain('values.x.a: expected object')
  })

  test('many values of many types are not all tried', () => {
    const options = Array.from({ length: 1100 }, (_, index) => t.enumOf([`v${index}`]))
    const type = create(LiteralTypeSchema, { type: { case: 'unionType', value: { variants: options } } })
    const variables = {
      $typeName: 'flyteidl2.core.VariableMap' as const,
      variables: [
        {
          $typeName: 'flyteidl2.core.VariableEntry' as const,
          key: 'x',
          value: create(VariableSchema, { type: t.list(type) }),
        },
      ],
    }
    const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`)
    expect(fromValues({ x: values(100) }, variables)).toHaveLength(1)
    expect(refusal(() => fromValues({ x: values(1000) }, variables))).toContain('too many ways to read it')
  })

  test('a schema of a struct that is only its own alternative takes anything', () => {
    const type = t.struct({ title: 'Odd', anyOf: [{ $ref: '#' }, { $ref: '#' }] })
    const variable = create(VariableSchema, { type })
    const variables = {
      $typeName: 'flyteidl2.core.VariableMap' as const,
      variables: [{ $typeName: 'flyteidl2.core.VariableEntry' as const, key: 'x', value: variable }],
    }
    expect(fromValues({ x: [1] }, variables)).toHaveLength(1)
  })
})

test('a type that is nested too deep for the wire is refused', () => {
  const fieldOf = (levels: number) => {
    let type = t.integer()
    for (let level = 0; level < levels; level++) type = t.union([t.list(type), t.string()])
    return toLaunchForm([{ name: 'x', variable: create(VariableSchema, { type }), literal: undefined }])
  }
  const form = fieldOf(12)
  const message = create(TaskSpecToLaunchFormJsonResponseSchema, { json: form })
  const schema = TaskSpecToLaunchFormJsonResponseSchema
  expect(fromBinary(schema, toBinary(schema, message)).json).toEqual(form)
  expect(refusal(() => fieldOf(20))).toContain('variables.x: the ')
})

test('a value that is nested too deep for the wire is refused', () => {
  let value: unknown = 1
  for (let i = 0; i < 400; i++) value = [value]
  const literal = fromJson(LiteralSchema, {
    scalar: { binary: { tag: 'msgpack', value: Buffer.from(encodeMsgpack(value)).toString('base64') } },
  })
  const variable = create(VariableSchema, { type: t.dict() })
  expect(refusal(() => toLaunchForm([{ name: 'x', variable, literal }]))).toContain('nested deeper than 30 levels')
})
