import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { encode } from '@msgpack/msgpack'
import { LiteralSchema, type ScalarSchema } from '@tern/idl/core'
import { expect, test } from 'vitest'
import { toTable } from './records.ts'
import { toJson, toValue } from './value.ts'

function scalar(value: MessageInitShape<typeof ScalarSchema>['value']) {
  return create(LiteralSchema, { value: { case: 'scalar', value: { value } as MessageInitShape<typeof ScalarSchema> } })
}

const integer = (value: bigint) =>
  scalar({ case: 'primitive', value: { value: { case: 'integer', value } } } as MessageInitShape<
    typeof ScalarSchema
  >['value'])

const packed = (value: unknown) =>
  scalar({ case: 'binary', value: { tag: 'msgpack', value: encode(value, { useBigInt64: true }) } } as MessageInitShape<
    typeof ScalarSchema
  >['value'])

test('integers keep all their digits', () => {
  expect(toValue(integer(9007199254740993n))).toEqual({ kind: 'number', text: '9007199254740993' })
  expect(toJson(toValue(integer(12n)))).toBe(12)
})

test('what is packed is unpacked; bytes that are no MessagePack are said to be none', () => {
  expect(toValue(packed({ a: [1, null, 'x'], big: 2n ** 60n }))).toEqual({
    kind: 'json',
    json: { a: [1, null, 'x'], big: '1152921504606846976' },
  })
  const broken = scalar({
    case: 'binary',
    value: { tag: 'msgpack', value: new Uint8Array([0xc1]) },
  } as MessageInitShape<typeof ScalarSchema>['value'])
  expect(toValue(broken)).toMatchObject({ kind: 'text', text: expect.stringContaining('no MessagePack') })
})

test('a list of plain values is JSON, one with files is not', () => {
  const list = (literals: ReturnType<typeof scalar>[]) =>
    toValue(create(LiteralSchema, { value: { case: 'collection', value: { literals } } }))
  expect(list([integer(1n), integer(2n)])).toEqual({ kind: 'json', json: [1, 2] })
  const file = scalar({ case: 'blob', value: { uri: '/a.csv' } } as MessageInitShape<typeof ScalarSchema>['value'])
  expect(list([integer(1n), file])).toMatchObject({
    kind: 'list',
    items: [{ kind: 'number' }, { kind: 'file', uri: '/a.csv' }],
  })
})

test('a list of flat records is a table; of nested ones, of other things, or of one, it is none', () => {
  expect(toTable([{ a: 1 }, { b: 'x', a: null }])).toEqual({
    columns: ['a', 'b'],
    rows: [
      [1, undefined],
      [null, 'x'],
    ],
    total: 2,
  })
  for (const json of [[{ a: 1 }], [{ a: [1] }, { a: [2] }], [1, 2], { a: 1 }, [{}, {}]])
    expect(toTable(json)).toBeUndefined()
})
