import { create } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import { type NamedLiteral, NamedLiteralSchema } from '@tern/idl/task'
import { encode } from '@msgpack/msgpack'
import { expect, test } from 'vitest'
import { compareValues } from './value-diff.ts'

function struct(name: string, value: unknown): NamedLiteral {
  return create(NamedLiteralSchema, {
    name,
    value: {
      value: {
        case: 'scalar',
        value: { value: { case: 'binary', value: { tag: 'msgpack', value: encode(value) } } },
      },
    },
  })
}

function file(name: string, uri: string, hash = ''): NamedLiteral {
  const value = create(LiteralSchema, {
    hash,
    value: { case: 'scalar', value: { value: { case: 'blob', value: { uri } } } },
  })
  return create(NamedLiteralSchema, { name, value })
}

function changes(a: unknown, b: unknown) {
  return compareValues([struct('x', a)], [struct('x', b)])[0]?.changes.map((change) => [
    change.path,
    change.a,
    change.b,
  ])
}

test('what is the same has no changes', () => {
  const value = { a: [1, { b: 'c' }], none: null }
  expect(compareValues([struct('x', value)], [struct('x', value)])).toEqual([{ name: 'x', changes: [], more: 0 }])
})

test('parts that differ are named by the way to them', () => {
  expect(
    changes({ rate: 0.1, layers: [64, 32], 'a b': true }, { rate: 0.2, layers: [64, 16, 8], 'a b': false }),
  ).toEqual([
    ['.rate', '0.1', '0.2'],
    ['.layers[1]', '32', '16'],
    ['.layers[2]', undefined, '8'],
    ['["a b"]', 'true', 'false'],
  ])
  expect(changes('one', 'two')).toEqual([['', 'one', 'two']])
  expect(changes({ a: 1 }, [1])).toEqual([['', '{"a":1}', '[1]']])
})

test('of numbers it is said how much more it is', () => {
  expect(compareValues([struct('x', 2)], [struct('x', 5)])[0]?.changes[0]?.delta).toBe(3)
})

test('what one run does not have is missing there', () => {
  expect(compareValues([struct('x', 1)], [struct('y', 'z')])).toEqual([
    { name: 'x', changes: [{ path: '', a: '1', b: undefined, delta: undefined }], more: 0 },
    { name: 'y', changes: [{ path: '', a: undefined, b: 'z', delta: undefined }], more: 0 },
  ])
})

test('files are the same where their content is', () => {
  expect(compareValues([file('f', 's3://a/1', 'h')], [file('f', 's3://b/2', 'h')])[0]?.changes).toEqual([])
  expect(compareValues([file('f', 's3://a/1', 'h')], [file('f', 's3://b/2', 'i')])[0]?.changes).toEqual([
    { path: '', a: 's3://a/1', b: 's3://b/2', delta: undefined },
  ])
  expect(compareValues([file('f', 's3://a/1')], [file('f', 's3://a/1')])[0]?.changes).toEqual([])
})

test('lists of files are compared one by one', () => {
  const list = (...uris: ReadonlyArray<string>) =>
    create(NamedLiteralSchema, {
      name: 'fs',
      value: { value: { case: 'collection', value: { literals: uris.map((uri) => file('', uri).value!) } } },
    })
  expect(compareValues([list('a', 'b')], [list('a', 'c')])[0]?.changes).toEqual([
    { path: '[1]', a: 'b', b: 'c', delta: undefined },
  ])
})

test('of very many changes some are shown, and the others counted', () => {
  const many = (by: number) => Array.from({ length: 10_000 }, (_, index) => index + by)
  const [found] = compareValues([struct('x', many(0))], [struct('x', many(1))])
  expect([found?.changes.length, found?.more]).toEqual([50, 9_950])
})
