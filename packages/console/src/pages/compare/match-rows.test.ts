import { ActionPhase } from '@tern/idl/common'
import { expect, test } from 'vitest'
import { phaseInfo } from '../../model/phases.ts'
import type { RunRow } from '../../model/run-rows.ts'
import { isDifferent, matchRows } from './match-rows.ts'

function row(id: string, changes: Partial<RunRow> = {}): RunRow {
  return {
    id,
    kind: 'task',
    label: id.split(' ').at(-1) ?? id,
    depth: 1,
    isExpanded: false,
    hasChildren: false,
    phase: ActionPhase.SUCCEEDED,
    counts: [],
    total: 0,
    startMs: 0,
    endMs: 1000,
    attempts: 1,
    isCached: false,
    environment: '',
    worthALook: undefined,
    ...changes,
  }
}

const ids = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) =>
  matchRows(
    a.map((id) => row(id)),
    b.map((id) => row(id)),
  ).map((pair) => [pair.a?.id, pair.b?.id])

test('rows of the same name belong together, wherever they are', () => {
  expect(ids(['1 x', '2 y'], ['2 y', '1 x'])).toEqual([
    ['1 x', '1 x'],
    ['2 y', '2 y'],
  ])
})

test('of the others, the first of a label belongs to the first', () => {
  expect(ids(['1 x', '2 x', '3 y'], ['4 x', '5 y', '6 x', '7 x'])).toEqual([
    ['1 x', '4 x'],
    ['2 x', '6 x'],
    [undefined, '7 x'],
    ['3 y', '5 y'],
  ])
})

test('the same name comes before the order', () => {
  expect(ids(['1 x', '2 x'], ['2 x', '3 x'])).toEqual([
    ['1 x', '3 x'],
    ['2 x', '2 x'],
  ])
})

test('what only one has stands where it is there', () => {
  expect(ids(['1 a', '2 b'], ['3 z', '1 a', '4 y', '2 b', '5 w'])).toEqual([
    [undefined, '3 z'],
    ['1 a', '1 a'],
    [undefined, '4 y'],
    ['2 b', '2 b'],
    [undefined, '5 w'],
  ])
  expect(ids(['1 a'], [])).toEqual([['1 a', undefined]])
  expect(ids([], ['1 a', '2 b'])).toEqual([
    [undefined, '1 a'],
    [undefined, '2 b'],
  ])
})

test('groups are known by their labels, and are no actions', () => {
  const group = row('p/doubles', { kind: 'group', label: 'doubles' })
  const other = row('q/doubles', { kind: 'group', label: 'doubles' })
  const task = row('1', { label: 'doubles' })
  expect(matchRows([group], [task, other])).toEqual([
    { a: undefined, b: task },
    { a: group, b: other },
  ])
})

test('ten thousand rows are matched at once', () => {
  const many = (from: number) => Array.from({ length: 10_000 }, (_, index) => row(`${from + index} x`))
  expect(matchRows(many(0), many(5_000))).toHaveLength(10_000)
})

test.each([
  [{}, false],
  [{ phase: ActionPhase.FAILED }, true],
  [{ isCached: true }, true],
  [{ attempts: 2 }, true],
  [{ endMs: 1150 }, false],
  [{ endMs: 1500 }, true],
  [{ endMs: undefined }, true],
  [{ total: 1, counts: [{ info: phaseInfo(ActionPhase.FAILED), count: 1 }] }, true],
])('what one would want to know of: %j', (changes, different) => {
  expect(isDifferent({ a: row('x'), b: row('x', changes as Partial<RunRow>) })).toBe(different)
})

test('what took no time differs by no share of it', () => {
  expect(isDifferent({ a: row('x', { endMs: 1 }), b: row('x', { endMs: 20 }) })).toBe(false)
})
