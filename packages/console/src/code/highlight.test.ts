import { expect, test } from 'vitest'
import { highlight } from './highlight.ts'

const kinds = (path: string, text: string) =>
  highlight(path, text).map((line) =>
    line.filter(({ kind }) => kind !== 'plain').map(({ kind, text: word }) => `${kind} ${word}`),
  )

test('words, texts, numbers and comments of TypeScript are told apart', () => {
  expect(kinds('a.ts', "export const x = map('a // b', 12) // why\n/* two\nlines */ x.from")).toEqual([
    ['keyword export', 'keyword const', 'name map', "string 'a // b'", 'number 12', 'comment // why'],
    ['comment /* two'],
    ['comment lines */'],
  ])
  expect(kinds('a.ts', 'const t = `a\n${b}`')).toEqual([['keyword const', 'string `a'], ['string ${b}`']])
})

test('those of Python as well', () => {
  expect(kinds('a.py', 'def f(x):  # why\n    return f"""a\nb"""')).toEqual([
    ['keyword def', 'name f', 'comment # why'],
    ['keyword return', 'string f"""a'],
    ['string b"""'],
  ])
})

test('nothing is lost, of whatever language it is', () => {
  for (const path of ['a.ts', 'a.py', 'a.rs', 'Makefile']) {
    const text = 'const a = "unended\n`x ${y}\n\n\t# é /* '
    expect(
      highlight(path, text)
        .map((line) => line.map((token) => token.text).join(''))
        .join('\n'),
    ).toBe(text)
  }
})
