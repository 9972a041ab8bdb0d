import { create } from '@bufbuild/protobuf'
import { ActionPhase, Filter_Function, FilterSchema } from '@tern/idl/common'
import { describe, expect, test } from 'vitest'
import type { ActionSummary } from '../store/actions-repository.ts'
import { parseActionFilter } from './action-filter.ts'
import { ActionTree, type TreeChange } from './action-tree.ts'

const { QUEUED, RUNNING, SUCCEEDED, FAILED } = ActionPhase

function anAction(seq: number, parentSeq: number | null, overrides: Partial<ActionSummary> = {}): ActionSummary {
  return {
    runId: 1,
    seq,
    name: `c${seq}`,
    parentSeq,
    parent: null,
    actionType: 1,
    phase: QUEUED,
    group: '',
    spec: {
      actionType: 1,
      taskOrg: '',
      taskProject: '',
      taskDomain: '',
      taskName: 'env.main',
      taskVersion: '',
      taskType: '',
      shortName: '',
      environmentName: '',
      condition: null,
    },
    cacheStatus: 0,
    cacheSource: null,
    attempt: 1,
    createdAt: 0,
    updatedAt: 0,
    endedAt: null,
    ...overrides,
  }
}

const byPhase = (...phases: ActionPhase[]) =>
  parseActionFilter([
    create(FilterSchema, { field: 'PHASE', function: Filter_Function.VALUE_IN, values: phases.map(String) }),
  ])
const byName = (name: string) =>
  parseActionFilter([
    create(FilterSchema, { field: 'NAME', function: Filter_Function.CONTAINS_CASE_INSENSITIVE, values: [name] }),
  ])

const shown = (changes: ReadonlyArray<TreeChange>) => changes.map(({ seq, meetsFilter }) => [seq, meetsFilter])

describe('without a filter', () => {
  test('every action counts those below it, by phase', () => {
    const tree = new ActionTree(parseActionFilter([]))
    const changes = tree.apply([anAction(0, null), anAction(1, 0), anAction(2, 1), anAction(3, 1, { phase: RUNNING })])
    expect(changes).toEqual([
      { seq: 0, meetsFilter: true, phaseCounts: { [QUEUED]: 2, [RUNNING]: 1 } },
      { seq: 1, meetsFilter: true, phaseCounts: { [QUEUED]: 1, [RUNNING]: 1 } },
      { seq: 2, meetsFilter: true, phaseCounts: {} },
      { seq: 3, meetsFilter: true, phaseCounts: {} },
    ])
  })

  test('a change is told with all above it, and counts that fall to zero stay', () => {
    const tree = new ActionTree(parseActionFilter([]))
    tree.apply([anAction(0, null), anAction(1, 0), anAction(2, 1), anAction(3, 0)])
    const changes = tree.apply([anAction(2, 1, { phase: SUCCEEDED, updatedAt: 1 })])
    expect(shown(changes)).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ])
    expect(changes[1]?.phaseCounts).toEqual({ [QUEUED]: 0, [SUCCEEDED]: 1 })
  })

  test('what has not changed is not told again', () => {
    const tree = new ActionTree(parseActionFilter([]))
    const actions = [anAction(0, null), anAction(1, 0)]
    tree.apply(actions)
    expect(tree.apply(actions)).toEqual([])
    expect(shown(tree.apply([anAction(1, 0, { attempt: 2 })]))).toEqual([[1, true]])
  })
})

describe('with a filter', () => {
  test('those above a match are shown, others are not told', () => {
    const tree = new ActionTree(byPhase(FAILED))
    const actions = [anAction(0, null), anAction(1, 0), anAction(2, 1, { phase: FAILED }), anAction(3, 0)]
    expect(shown(tree.apply(actions))).toEqual([
      [0, true],
      [1, true],
      [2, true],
    ])
  })

  test('what was shown and no longer matches is taken back once, with those above it', () => {
    const tree = new ActionTree(byPhase(RUNNING))
    tree.apply([anAction(0, null), anAction(1, 0), anAction(2, 1, { phase: RUNNING })])
    expect(shown(tree.apply([anAction(2, 1, { phase: SUCCEEDED, updatedAt: 1 })]))).toEqual([
      [0, false],
      [1, false],
      [2, false],
    ])
    expect(tree.apply([anAction(2, 1, { phase: SUCCEEDED, updatedAt: 2 })])).toEqual([])
  })

  test('what begins to match is shown with those above it', () => {
    const tree = new ActionTree(byPhase(FAILED))
    expect(tree.apply([anAction(0, null), anAction(1, 0)])).toEqual([])
    expect(shown(tree.apply([anAction(1, 0, { phase: FAILED, updatedAt: 1 })]))).toEqual([
      [0, true],
      [1, true],
    ])
  })

  test('names are those that are shown, case aside', () => {
    const named = (spec: object, name = 'c0') => {
      const action = anAction(0, null, { name })
      return { ...action, spec: { ...action.spec, ...spec } }
    }
    expect(byName('MAIN')(named({}))).toBe(true)
    expect(byName('env')(named({}))).toBe(false)
    expect(byName('short')(named({ shortName: 'Short one' }))).toBe(true)
    expect(byName('c0')(named({ taskName: '' }))).toBe(true)
  })

  test('of another kind is refused', () => {
    const refused = expect.objectContaining({ code: 'invalid_argument' })
    const filter = (field: string, fn: Filter_Function, ...values: string[]) =>
      create(FilterSchema, { field, function: fn, values })
    expect(() => parseActionFilter([filter('PHASE', Filter_Function.EQUAL, '1')])).toThrow(refused)
    expect(() => parseActionFilter([filter('PHASE', Filter_Function.VALUE_IN, 'one')])).toThrow(refused)
    expect(() => parseActionFilter([filter('GROUP', Filter_Function.VALUE_IN, '1')])).toThrow(refused)
  })
})
