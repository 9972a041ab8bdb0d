import { expect, test } from 'vitest'
import { fill, parse } from './setting-form.ts'

test.each([
  ['text', 'gpu'],
  ['quantity', '512Mi'],
  ['integer', 0],
  ['boolean', false],
  ['map', { team: 'data', empty: '' }],
  ['text', null],
  ['map', undefined],
] as const)('a form gives back what it was filled with: %s %j', (kind, value) => {
  expect(parse(kind, fill(kind, value))).toEqual({ value })
})

test.each([
  ['integer', '1.5', 'whole number'],
  ['integer', '-1', 'whole number'],
  ['integer', '', 'whole number'],
  ['integer', '99999999999999999999', 'whole number'],
  ['text', '  ', 'empty'],
  ['quantity', '', 'empty'],
] as const)('what cannot be is said: %s %j', (kind, text, problem) => {
  expect(parse(kind, { choice: 'value', text, entries: [] })).toEqual({ problem: expect.stringContaining(problem) })
})

test('what is not chosen does not matter', () => {
  expect(parse('integer', { choice: 'none', text: 'x', entries: [] })).toEqual({ value: null })
  expect(parse('integer', { choice: 'inherit', text: 'x', entries: [] })).toEqual({ value: undefined })
})

test('entries have names, each one its own; lines that are empty are none', () => {
  const entries = (...pairs: ReadonlyArray<readonly [string, string]>) =>
    parse('map', { choice: 'value', text: '', entries: pairs.map(([key, value]) => ({ key, value })) })
  expect(entries([' a ', '1'], ['', ''])).toEqual({ value: { a: '1' } })
  expect(entries(['', '1'])).toEqual({ problem: 'A value has no name.' })
  expect(entries(['a', '1'], ['a', '2'])).toEqual({ problem: 'a is there twice.' })
})
