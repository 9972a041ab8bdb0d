import { binaryLiteral, encodeMsgpack, literalTypes, toLiteral } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import type { NamedLiteral } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { namesFile } from './named-files.ts'

const file = toLiteral({ uri: '/data/a.csv' }, literalTypes.file())
const folder = toLiteral({ uri: '/data/tree/' }, literalTypes.directory())
const table = toLiteral({ uri: '/data/table' }, literalTypes.structuredDataset())
const struct = (value: unknown) => binaryLiteral(encodeMsgpack(value), 'msgpack')

function named(...values: Literal[]): NamedLiteral[] {
  return values.map((value, index) => ({ $typeName: 'flyteidl2.task.NamedLiteral', name: `o${index}`, value }))
}

test.each([
  ['a file', file, '/data/a.csv'],
  ['a folder', folder, '/data/tree'],
  ['a file of a folder', folder, '/data/tree/deep/b.txt'],
  ['a part of a table', table, '/data/table/00000'],
  ['a file in a list', toLiteral([{ uri: '/data/a.csv' }], literalTypes.list(literalTypes.file())), '/data/a.csv'],
  ['a file in a map', toLiteral({ k: { uri: '/x' } }, literalTypes.map(literalTypes.file())), '/x'],
  ['a file that may be absent', toLiteral({ uri: '/x' }, literalTypes.optional(literalTypes.file())), '/x'],
  ['a file in a struct', struct({ deep: [{ path: '/x', name: 'x', format: '' }] }), '/x'],
  ['a table in a struct', struct({ uri: '/x', format: 'parquet' }), '/x/00000'],
])('%s is named', (_, literal, uri) => {
  expect(namesFile(named(literal), uri)).toBe(true)
})

test.each([
  ['another file', file, '/data/b.csv'],
  ['what begins alike', folder, '/data/tree-2/b.txt'],
  ['what leaves a folder', folder, '/data/tree/../secret'],
  ['a text that is a path', toLiteral('/data/a.csv', literalTypes.string()), '/data/a.csv'],
  ['a text in a struct', struct({ note: '/data/a.csv' }), '/data/a.csv'],
  ['everything', toLiteral({ uri: '/' }, literalTypes.directory()), '/etc/passwd'],
])('%s is not', (_, literal, uri) => {
  expect(namesFile(named(literal), uri)).toBe(false)
})
