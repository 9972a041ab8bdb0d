import { expect, test } from 'vitest'
import { parseCsv } from './file-preview.ts'

test('fields of CSV may be quoted, and have commas, quotes and lines in them', () => {
  const { columns, rows, total } = parseCsv('name,says\r\nAda,"one, ""two""\nthree"\nGrace,\n', false)
  expect(columns).toEqual(['name', 'says'])
  expect(rows).toEqual([
    ['Ada', 'one, "two"\nthree'],
    ['Grace', ''],
  ])
  expect(total).toBe(2)
})

test('the last line of a file that was cut is left out, as it may be half a line', () => {
  expect(parseCsv('a\n1\n22', true).rows).toEqual([['1']])
  expect(parseCsv('a\n1\n22', false).rows).toEqual([['1'], ['22']])
})
