import { expect, test } from 'vitest'
import { ActionPhase } from '@tern/idl/common'
import type { RunRow } from '../../../model/run-rows.ts'
import { layOutTree } from './tree-layout.ts'

function row(id: string, depth: number): RunRow {
  return {
    id,
    depth,
    kind: 'task',
    label: id,
    isExpanded: true,
    hasChildren: false,
    phase: ActionPhase.RUNNING,
    counts: [],
    total: 0,
    startMs: 0,
    endMs: undefined,
    attempts: 1,
    isCached: false,
    environment: '',
    worthALook: undefined,
  }
}

test('callers are left of what they call, in its middle, and nothing lies upon another', () => {
  const placed = layOutTree([row('a', 0), row('b', 1), row('c', 2), row('d', 2), row('e', 1)])
  expect(placed.map(({ row: { id }, parent }) => [id, parent])).toEqual([
    ['a', undefined],
    ['b', 'a'],
    ['c', 'b'],
    ['d', 'b'],
    ['e', 'a'],
  ])
  const at = Object.fromEntries(placed.map(({ row: { id }, x, y }) => [id, [x, y]]))
  expect(at).toEqual({ a: [0, 70], b: [256, 28], c: [512, 0], d: [512, 56], e: [256, 112] })
  expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(5)
})
