import { ActionPhase } from '@tern/idl/common'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { aggregate } from './group-aggregations.ts'
import type { ActionNode } from '../store/action-nodes-repository.ts'
import { isGroup, noRef, type Ref, RunIndex } from './run-index.ts'
import { cutWindow, type TreeView } from './tree-window.ts'

const { QUEUED, RUNNING, SUCCEEDED, FAILED } = ActionPhase

function anAction(seq: number, parentSeq: number | null, overrides: Partial<ActionNode> = {}): ActionNode {
  return { seq, parentSeq, group: '', phase: QUEUED, name: 'leaf', createdAt: seq, endedAt: null, ...overrides }
}

function indexOf(...actions: ActionNode[]): RunIndex {
  const index = new RunIndex()
  for (const action of actions) index.put(action)
  return index
}

const allOpen = new Map([[0, { offset: 0, limit: 0 }]])

function aView(overrides: Partial<TreeView> = {}): TreeView {
  const { expanded = allOpen } = overrides
  return { phases: new Set(), name: '', selected: noRef, anchor: 0, before: 0, after: 1000, ...overrides, expanded }
}

/** Names rows as people read them: `2` for an action, `a0's fold` for a group. */
const show = (index: RunIndex, ref: Ref): string =>
  isGroup(ref) ? `${index.groupOf(ref).parent}/${index.groupOf(ref).name}` : String(ref)

function rowsOf(index: RunIndex, overrides: Partial<TreeView> = {}): string[] {
  return cutWindow(index, aView(overrides)).rows.map(({ ref }) => show(index, ref))
}

describe('an index', () => {
  test('counts what is below a row, through groups', () => {
    const index = indexOf(
      anAction(0, null, { phase: RUNNING }),
      anAction(1, 0, { group: 'fold' }),
      anAction(2, 1),
      anAction(3, 0, { group: 'fold', phase: FAILED }),
    )
    const fold = index.findGroup(0, 'fold')
    expect(index.countsBelow(0)).toEqual({ [QUEUED]: 2, [FAILED]: 1 })
    expect(index.countsBelow(fold)).toEqual({ [QUEUED]: 2, [FAILED]: 1 })
    index.put(anAction(2, 1, { phase: SUCCEEDED, endedAt: 9 }))
    expect(index.countsBelow(1)).toEqual({ [SUCCEEDED]: 1 })
    expect(index.countsBelow(fold)).toEqual({ [QUEUED]: 1, [SUCCEEDED]: 1, [FAILED]: 1 })
    expect(index.groupOf(fold)).toMatchObject({ members: 2, earliestStart: 1, latestEnd: 0 })
  })

  test('stamps what a change shows in, and nothing else', () => {
    const index = indexOf(anAction(0, null), anAction(1, 0, { group: 'fold' }), anAction(2, 0))
    index.tick = 7
    index.put(anAction(1, 0, { group: 'fold', phase: SUCCEEDED, endedAt: 5 }))
    const stamps = [0, index.findGroup(0, 'fold'), 1, 2].map((ref) => index.stampOf(ref))
    expect(stamps).toEqual([7, 7, 7, 1])
  })

  test('bears numbers that are missing', () => {
    const index = indexOf(anAction(0, null), anAction(5, 0))
    expect([index.size, index.has(3), index.has(5)]).toEqual([2, false, true])
    expect(rowsOf(index)).toEqual(['0', '5'])
  })

  test('finds the members of a group that are worth a look', () => {
    const members = Array.from({ length: 20 }, (_, i) => {
      const phase = [RUNNING, SUCCEEDED, FAILED][i % 3] ?? QUEUED
      const endedAt = phase === RUNNING ? null : 100 + ((i * 7) % 20)
      return anAction(i + 1, 0, { group: 'fold', phase, createdAt: 50 - i, endedAt })
    })
    const index = indexOf(anAction(0, null), ...members)
    const found = aggregate(index, index.findGroup(0, 'fold'))
    const sorted = (phase: (p: ActionPhase) => boolean, value: (a: ActionNode) => number) =>
      members
        .filter((member) => phase(member.phase))
        .sort((a, b) => value(b) - value(a) || a.seq - b.seq)
        .slice(0, 5)
        .map(({ seq }) => seq)
    expect(found).toEqual({
      failed: sorted(
        (p) => p === FAILED,
        ({ endedAt }) => endedAt ?? 0,
      ),
      longestDuration: sorted(
        (p) => p !== RUNNING,
        ({ endedAt, createdAt }) => (endedAt ?? 0) - createdAt,
      ),
      longestRunning: sorted(
        (p) => p === RUNNING,
        ({ createdAt }) => -createdAt,
      ),
    })
  })
})

describe('a window', () => {
  const index = indexOf(
    anAction(0, null),
    anAction(1, 0),
    anAction(2, 0, { group: 'fold' }),
    anAction(3, 1, { name: 'train', phase: FAILED }),
    anAction(4, 0, { group: 'fold', name: 'Train' }),
    anAction(5, 0),
  )
  const fold = index.findGroup(0, 'fold')
  const open = (...refs: Ref[]) => new Map(refs.map((ref) => [ref, { offset: 0, limit: 0 }]))

  test('has what is expanded, in the order it was called', () => {
    expect(rowsOf(index, { expanded: open() })).toEqual(['0'])
    expect(rowsOf(index)).toEqual(['0', '1', '0/fold', '5'])
    expect(rowsOf(index, { expanded: open(0, 1, fold) })).toEqual(['0', '1', '3', '0/fold', '2', '4', '5'])
    expect(rowsOf(index, { expanded: open(1, fold) })).toEqual(['0'])
  })

  test('says how deep its rows are, and what is above the first', () => {
    const window = cutWindow(index, aView({ expanded: open(0, 1, fold), anchor: 5, before: 1, after: 0 }))
    expect(window.rows.map(({ ref, depth }) => [ref, depth])).toEqual([
      [2, 2],
      [4, 2],
    ])
    expect(window.ancestors).toEqual([
      { ref: 0, depth: 0, isExpanded: true },
      { ref: fold, depth: 1, isExpanded: true },
    ])
    expect(window.total).toBe(7)
  })

  test('is around the selected row, which it opens the tree for', () => {
    const window = cutWindow(index, aView({ expanded: open(), selected: 4, anchor: 'selected', before: 1, after: 1 }))
    expect(window.rows.map(({ ref }) => ref)).toEqual([2, 4, 5])
    expect(window.selectedIndex).toBe(4)
  })

  test('begins at the top when nothing is selected, and ends with the rows', () => {
    expect(rowsOf(index, { anchor: 'selected', before: 10, after: 1 })).toEqual(['0', '1'])
    expect(rowsOf(index, { anchor: 1_000_000, before: 1, after: 10 })).toEqual(['0/fold', '5'])
  })

  test('shows a part of the children, and says so', () => {
    const expanded = new Map([[0, { offset: 1, limit: 1 }]])
    expect(rowsOf(index, { expanded })).toEqual(['0', '0/fold'])
    expect(cutWindow(index, aView({ expanded })).cut).toEqual([{ ref: 0, shown: 1, of: 3 }])
    expect(cutWindow(index, aView({ expanded: new Map([[0, { offset: 0, limit: 3 }]]) })).cut).toEqual([])
  })

  test('has what passes the filter, and what leads to it', () => {
    expect(rowsOf(index, { expanded: open(), phases: new Set([FAILED]) })).toEqual(['0', '1', '3'])
    expect(rowsOf(index, { expanded: open(), name: 'train' })).toEqual(['0', '1', '3', '0/fold', '4'])
    expect(rowsOf(index, { name: 'train', phases: new Set([QUEUED]) })).toEqual(['0', '0/fold', '4'])
    expect(rowsOf(index, { name: 'nothing' })).toEqual([])
  })
})

test('any tree, changed in any way, is laid out as a plain walk through it', () => {
  const tree = fc.array(
    fc.record({ parent: fc.nat(), group: fc.constantFrom('', '', 'g', 'h'), phase: fc.constantFrom(QUEUED, FAILED) }),
    { maxLength: 40 },
  )
  const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom(RUNNING, FAILED, SUCCEEDED)), { maxLength: 20 })
  const expanded = fc.array(fc.nat({ max: 45 }), { maxLength: 30 })
  fc.assert(
    fc.property(tree, changes, expanded, fc.boolean(), (shape, later, opened, filtered) => {
      const actions = [
        anAction(0, null),
        ...shape.map(({ parent, group, phase }, i) => anAction(i + 1, parent % (i + 1), { group, phase })),
      ]
      const index = indexOf(...actions)
      for (const [at, phase] of later) {
        const seq = at % actions.length
        actions[seq] = { ...(actions[seq] as ActionNode), phase }
        index.put(actions[seq])
      }
      const open = new Set(opened)
      const expandedRefs = new Map(
        [...open].filter((seq) => index.has(seq)).map((seq) => [seq, { offset: 0, limit: 0 }]),
      )
      for (const { parentSeq, group } of actions) {
        if (group !== '' && parentSeq !== null && open.has(parentSeq)) {
          expandedRefs.set(index.findGroup(parentSeq, group), { offset: 0, limit: 0 })
        }
      }
      const phases = new Set(filtered ? [FAILED] : [])
      expect(rowsOf(index, { expanded: expandedRefs, phases })).toEqual(walk(actions, open, phases))
      for (const { seq } of actions) expect(index.countsBelow(seq)).toEqual(countBelow(actions, seq))
    }),
  )
})

/** The rows of a tree, found the slow way. A group is open when its parent is. */
function walk(actions: ActionNode[], open: Set<number>, phases: Set<ActionPhase>): string[] {
  const own = ({ phase }: ActionNode) => phases.size === 0 || phases.has(phase)
  const childrenOf = (seq: number) => actions.filter(({ parentSeq }) => parentSeq === seq)
  const leads = (action: ActionNode): boolean => childrenOf(action.seq).some((child) => own(child) || leads(child))
  const isVisible = (action: ActionNode) => own(action) || leads(action)
  const rows = (action: ActionNode): string[] => {
    const isOpen = open.has(action.seq) || (phases.size > 0 && !own(action) && leads(action))
    if (!isOpen) return [String(action.seq)]
    const done = new Set<string>()
    const below = childrenOf(action.seq).flatMap((child) => {
      if (child.group === '') return isVisible(child) ? rows(child) : []
      if (done.has(child.group)) return []
      done.add(child.group)
      const members = childrenOf(action.seq).filter(({ group }) => group === child.group)
      if (!members.some(isVisible)) return []
      const name = `${action.seq}/${child.group}`
      const isGroupOpen = open.has(action.seq) || phases.size > 0
      return [name, ...(isGroupOpen ? members.filter(isVisible).flatMap(rows) : [])]
    })
    return [String(action.seq), ...below]
  }
  const [root] = actions
  return root !== undefined && isVisible(root) ? rows(root) : []
}

function countBelow(actions: ActionNode[], seq: number): { [phase: number]: number } {
  const counts: { [phase: number]: number } = {}
  const isBelow = (action: ActionNode): boolean => {
    if (action.parentSeq === null) return false
    const parent = actions[action.parentSeq]
    return action.parentSeq === seq || (parent !== undefined && isBelow(parent))
  }
  for (const action of actions.filter(isBelow)) counts[action.phase] = (counts[action.phase] ?? 0) + 1
  return counts
}
