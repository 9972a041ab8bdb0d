import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type Literal, LiteralSchema, LiteralTypeSchema } from '@tern/idl/core'
import { InputsSchema } from '@tern/idl/task'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collectionLiteral, mapLiteral, noneLiteral, primitiveLiteral, scalarLiteral } from '../literal-messages.ts'
import { literalTypes } from '../literal-types.ts'
import {
  contentOf,
  noneBytes,
  readNamed,
  withoutUnion,
  writeEntries,
  writeItems,
  writeNamed,
  writeUnion,
} from './literal-bytes.ts'

const literals: fc.Arbitrary<Literal> = fc.letrec<{ literal: Literal }>((tie) => ({
  literal: fc.oneof(
    { depthSize: 'small' },
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => primitiveLiteral({ case: 'integer', value })),
    fc.string().map((value) => primitiveLiteral({ case: 'stringValue', value })),
    fc.constant(noneLiteral()),
    fc.array(tie('literal')).map((items) => collectionLiteral(items)),
    fc.dictionary(fc.string(), tie('literal')).map((entries) => mapLiteral({ ...entries })),
  ),
})).literal

const encoded = (literal: Literal): Uint8Array => toBinary(LiteralSchema, literal)
const decoded = (bytes: Uint8Array): Literal => fromBinary(LiteralSchema, bytes)

describe('what is written is what the messages are', () => {
  test('lists', () => {
    fc.assert(
      fc.property(fc.array(literals), (items) => {
        const bytes = writeItems(items.map(encoded))
        expect(decoded(bytes)).toEqual(decoded(encoded(collectionLiteral(items))))
        const content = contentOf(bytes)
        expect(content.kind === 'items' && content.items.map(decoded)).toEqual(
          items.map((item) => decoded(encoded(item))),
        )
      }),
    )
  })

  test('maps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), literals), { selector: ([key]) => key }), (entries) => {
        const bytes = writeEntries(entries.map(([key, value]) => [key, encoded(value)] as const))
        const content = contentOf(bytes)
        if (content.kind !== 'entries') throw new Error(content.kind)
        expect([...content.entries.keys()]).toEqual(entries.map(([key]) => key))
        expect([...content.entries.values()].map(decoded)).toEqual(entries.map(([, value]) => decoded(encoded(value))))
      }),
    )
  })

  test('inputs', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), literals), { selector: ([name]) => name }),
        (values) => {
          const bytes = writeNamed(values.map(([name, value]) => [name, encoded(value)] as const))
          const inputs = fromBinary(InputsSchema, bytes)
          expect(inputs.literals.map(({ name }) => name)).toEqual(values.map(([name]) => name))
          expect(toBinary(InputsSchema, inputs)).toEqual(bytes)
          expect([...readNamed(bytes).keys()]).toEqual(values.map(([name]) => name))
        },
      ),
    )
  })
})

test('unions are unwrapped, one in the other', () => {
  const type = toBinary(LiteralTypeSchema, literalTypes.integer())
  const five = encoded(primitiveLiteral({ case: 'integer', value: 5n }))
  const union = writeUnion(writeUnion(five, type), type)
  expect(withoutUnion(union)).toEqual(five)
  expect(decoded(writeUnion(five, type)).value.value).toMatchObject({
    value: { case: 'union', value: { type: { type: { case: 'simple' } } } },
  })
  expect(contentOf(union)).toEqual({ kind: 'scalar' })
})

test('nothing, and what lies in storage, are told apart', () => {
  expect(contentOf(noneBytes)).toEqual({ kind: 'none' })
  expect(decoded(noneBytes)).toEqual(decoded(encoded(noneLiteral())))
  const value = {
    case: 'offloadedMetadata',
    value: { $typeName: 'flyteidl2.core.LiteralOffloadedMetadata', uri: 's3://x', sizeBytes: 1n },
  } as const
  expect(contentOf(encoded({ ...scalarLiteral({ case: undefined }), value }))).toEqual({
    kind: 'offloaded',
    uri: 's3://x',
  })
})
