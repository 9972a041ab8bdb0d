import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffLines, hunksOf } from './diff.ts'

const signs = { same: ' ', removed: '-', added: '+' } as const
const shown = (before: string, after: string) =>
  diffLines(before.split(' '), after.split(' ')).map(({ kind, text }) => signs[kind] + text)

test('what stays, goes and comes is told in order', () => {
  expect(shown('a b c d', 'a c x d')).toEqual([' a', '-b', ' c', '+x', ' d'])
  expect(shown('a b', 'a b')).toEqual([' a', ' b'])
  expect(shown('a b c a b b a', 'c b a b a c')).toHaveLength(9)
})

test('lines have their numbers in both texts', () => {
  expect(diffLines(['a', 'b'], ['b', 'c'])).toEqual([
    { kind: 'removed', text: 'a', before: 1 },
    { kind: 'same', text: 'b', before: 2, after: 1 },
    { kind: 'added', text: 'c', after: 2 },
  ])
})

const texts = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })

test('both texts can be read from the difference, in which nothing changes that could stay', () => {
  fc.assert(
    fc.property(texts, texts, (before, after) => {
      const lines = diffLines(before, after)
      expect(lines.filter(({ kind }) => kind !== 'added').map(({ text }) => text)).toEqual(before)
      expect(lines.filter(({ kind }) => kind !== 'removed').map(({ text }) => text)).toEqual(after)
      expect(lines.filter(({ kind }) => kind === 'same')).toHaveLength(commonLength(before, after))
    }),
  )
})

function commonLength(one: readonly string[], other: readonly string[]): number {
  let row = Array.from({ length: other.length + 1 }, () => 0)
  for (const text of one) {
    const next = [0]
    other.forEach((each, index) => {
      next.push(each === text ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0))
    })
    row = next
  }
  return row.at(-1) ?? 0
}

test('texts with nothing in common are replaced, however long', () => {
  const lines = (word: string) => Array.from({ length: 5_000 }, (_, index) => `${word} ${index}`)
  expect(diffLines(lines('old'), lines('new'))).toHaveLength(10_000)
})

test('only what is near to changes is shown', () => {
  const before = Array.from({ length: 40 }, (_, index) => String(index))
  const after = before.with(10, 'ten').with(30, 'thirty')
  const hunks = hunksOf(diffLines(before, after), 2)
  expect(hunks.map(({ skipped, lines }) => [skipped, lines[0]?.text, lines.length])).toEqual([
    [8, '8', 6],
    [15, '28', 6],
  ])
  expect(hunksOf(diffLines(before, before))).toEqual([])
})
