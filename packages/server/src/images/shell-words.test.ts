import { expect, test } from 'vitest'
import { expandVariables, shellWords } from './shell-words.ts'

test.each([
  ['', []],
  ['  ', []],
  ['--pre  --no-deps\n-c', ['--pre', '--no-deps', '-c']],
  [`--a="x y" 'b c'd e\\ f ""`, ['--a=x y', 'b cd', 'e f', '']],
  [`"a\\"b\\n" '\\'`, ['a"b\\n', '\\']],
])('the words of %j', (text, words) => {
  expect(shellWords(text)).toEqual(words)
})

test('variables that there are stand for their values', () => {
  expect(expandVariables('$A-${A}-$AB-${B', { A: 'x', B: 'y' })).toBe('x-x-$AB-${B')
})
