import { expect, test } from 'vitest'
import { plainColors } from '../io.ts'
import { ioText, valuesText } from './io-view.ts'

const style = { colors: plainColors, columns: 80, now: 0, timeZone: 'UTC' }

test('short values stand on one line, text of several lines below its name', () => {
  expect(valuesText({ n: 1, list: [1, 2], text: 'a\nb\n' })).toBe('n: 1\nlist: [1,2]\ntext:\n  a\n  b')
})

test('files are shown by where they are', () => {
  const file = { kind: 'file', uri: '/data/x.csv', format: 'csv', hash: 'h' }
  expect(valuesText({ doc: file, tree: { kind: 'directory', uri: '/data/tree', format: '' } })).toBe(
    'doc: /data/x.csv (file, csv)\ntree: /data/tree (directory)',
  )
  expect(valuesText({ plain: { kind: 'x', uri: '/data' } })).toBe('plain: {"kind":"x","uri":"/data"}')
})

test('long lists have an element a line, and say how many are left out', () => {
  const rows = Array.from({ length: 20 }, (_, id) => ({ id, name: `row ${id}` }))
  const lines = valuesText({ rows }).split('\n')
  expect(lines.slice(0, 3)).toEqual(['rows:', '  [', '    {"id":0,"name":"row 0"},'])
  expect(lines.slice(-2)).toEqual(['    … 10 more; -o json shows them all', '  ]'])
})

test('outputs that are not there are said not to be', () => {
  const io = { run: 'r', action: 'a0', inputs: {}, outputs: null }
  expect(ioText(io, style)).toBe('Inputs\n  (none)\n\nOutputs\n  (none)\n')
})
