import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import { TaskSpecSchema } from '@tern/idl/task'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBinaryDeterministic } from './deterministic.ts'
import { literalTypes, typedInterface } from './literal-types.ts'
import { toProtoDuration } from './duration.ts'
import { toLiteral } from './to-literal.ts'

const { integer, list, map, optional, union, float, string, boolean } = literalTypes

function aTaskSpec() {
  return create(TaskSpecSchema, {
    shortName: 'f',
    taskTemplate: {
      id: { name: 'env.f', version: 'v1', project: 'p', domain: 'd' },
      type: 'typescript',
      metadata: { discoverable: true, retries: { retries: 3, backoff: { base: toProtoDuration(1500), factor: 2 } } },
      interface: typedInterface({ inputs: { x: list(optional(integer())) }, outputs: { o0: map(float()) } }),
      custom: { b: [1, null, { c: true }], a: 'x' },
      config: { one: '1' },
      target: { case: 'container', value: { image: 'i', args: ['a', 'b'], env: [{ key: 'k', value: 'v' }] } },
    },
  })
}

describe('deterministic bytes', () => {
  test('read back as the same message', () => {
    const spec = aTaskSpec()
    expect(fromBinary(TaskSpecSchema, toBinaryDeterministic(TaskSpecSchema, spec))).toEqual(spec)
  })

  test('are those of the library where no map needs an order', () => {
    const spec = aTaskSpec()
    if (spec.taskTemplate !== undefined) delete spec.taskTemplate.custom
    expect(toBinaryDeterministic(TaskSpecSchema, spec)).toEqual(toBinary(TaskSpecSchema, spec))
  })

  test('keep fields that are not known', () => {
    // Field 999, a varint, behind a literal.
    const bytes = new Uint8Array([...toBinary(LiteralSchema, toLiteral(3, integer())), 0xb8, 0x3e, 0x07])
    const literal = fromBinary(LiteralSchema, bytes)
    expect(toBinaryDeterministic(LiteralSchema, literal)).toEqual(bytes)
  })

  test('do not depend on the order in which a map was filled', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string(), { maxKeys: 8 }), (metadata) => {
        const reversed = Object.fromEntries(Object.entries(metadata).reverse())
        const [a, b] = [metadata, reversed].map((m) =>
          toBinaryDeterministic(LiteralSchema, create(LiteralSchema, { metadata: m })),
        )
        expect(a).toEqual(b)
      }),
    )
  })

  test('of a generated literal read back as the same literal', () => {
    const type = union([integer(), float(), string(), boolean(), list(map(optional(string())))])
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.double(),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.array(fc.dictionary(fc.string(), fc.option(fc.string())), { minLength: 1 }),
    )
    fc.assert(
      fc.property(value, (generated) => {
        const literal = toLiteral(generated, type)
        expect(fromBinary(LiteralSchema, toBinaryDeterministic(LiteralSchema, literal))).toEqual(literal)
      }),
    )
  })
})
