import { create, toBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteWriter } from './byte-writer.ts'
import { literalTypes } from './literal-types.ts'
import { writePrimitiveLiteral } from './primitive-bytes.ts'
import { toLiteral } from './to-literal.ts'

const { integer, float, string, boolean, datetime } = literalTypes

test('the bytes are those of protobuf', () => {
  const literal = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => toLiteral(value, integer())),
    fc.integer().map((value) => toLiteral(value, integer())),
    fc.double().map((value) => toLiteral(value, float())),
    fc.boolean().map((value) => toLiteral(value, boolean())),
    fc.string({ unit: 'grapheme', size: 'large' }).map((value) => toLiteral(value, string())),
  )
  fc.assert(
    fc.property(literal, (generated) => {
      const out = new ByteWriter(1)
      expect(writePrimitiveLiteral(out, generated)).toBe(true)
      expect(out.bytes()).toEqual(toBinary(LiteralSchema, generated))
    }),
    { numRuns: 500 },
  )
})

test('the lengths around 127 and 16383 are right', () => {
  for (const length of [110, 119, 120, 121, 122, 123, 124, 127, 128, 16_370, 16_383, 16_384]) {
    const out = new ByteWriter()
    const literal = toLiteral('x'.repeat(length), string())
    writePrimitiveLiteral(out, literal)
    expect(out.bytes()).toEqual(toBinary(LiteralSchema, literal))
  }
})

test('everything else is left to protobuf', () => {
  const out = new ByteWriter()
  const others = [
    toLiteral(new Date(0), datetime()),
    toLiteral([1], literalTypes.list(integer())),
    create(LiteralSchema, { ...toLiteral(3, integer()), hash: 'h' }),
    create(LiteralSchema, { ...toLiteral(3, integer()), metadata: { a: 'b' } }),
    create(LiteralSchema),
  ]
  expect(others.map((literal) => writePrimitiveLiteral(out, literal))).toEqual(others.map(() => false))
  expect(out.length).toBe(0)
})
