import { expect, test } from 'vitest'
import { normalizeSource, sourceHash } from './source-hash.ts'

test('comments and formatting make no difference', () => {
  const a = normalizeSource('async ({ x }) => {\n  // twice\n  return 2 * x /* and */ + 5\n}')
  const b = normalizeSource('async({x})=>{return 2*x+5}')
  expect(a).toBe(b)
})

test('words are kept apart', () => {
  expect(normalizeSource('return   typeof\n x')).toBe('return typeof x')
})

test.each([
  ['a string', `log("a // b   c")`],
  ['a single-quoted string', `log('it\\'s /* here */')`],
  ['a template', 'log(`a  ${x}  // b`)'],
  ['a regular expression', 'x=/a\\/\\/ b  [/] "/g.test(y)'],
  ['a regular expression as argument', 'f(/"/,"  ")'],
])('%s is kept as it is', (_name, source) => {
  expect(normalizeSource(source)).toBe(source)
})

test('a division is not a regular expression', () => {
  expect(normalizeSource('a / b / c // d')).toBe('a/b/c')
})

test('the salt counts', () => {
  const fn = () => 1
  expect(sourceHash(fn, 'a')).not.toBe(sourceHash(fn, 'b'))
  expect(sourceHash(fn)).toMatch(/^[0-9a-f]{64}$/)
})
