import { ActionPhase } from '@tern/idl/common'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isTerminalPhase } from '../phases.ts'
import type { TaskFailure } from '../task-error.ts'
import { type LifecycleEvent, transition } from './lifecycle.ts'
import { longestBackoffMs, type RetryPolicy } from './lifecycle-retries.ts'
import { type Lifecycle, queued, type Transition } from './lifecycle-state.ts'

const userFailure: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }
const finalFailure: TaskFailure = { ...userFailure, recoverable: false }
const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
const systemBackoff = { baseMs: 1_000, factor: 4, capMs: 10_000, jitter: true }
const policy: RetryPolicy = {
  userRetries: 2,
  systemRetries: 1,
  backoff: null,
  systemBackoff,
  retriesTimeouts: true,
}

function play(events: ReadonlyArray<LifecycleEvent>, rules: RetryPolicy = policy): Transition[] {
  const transitions: Transition[] = []
  let state = queued(0)
  for (const event of events) {
    const next = transition(state, event, rules)
    transitions.push(next)
    state = next.state
  }
  return transitions
}

function lastState(events: ReadonlyArray<LifecycleEvent>, rules: RetryPolicy = policy): Lifecycle {
  return play(events, rules).at(-1)!.state
}

describe('the life of an action', () => {
  test('goes from queued over running to succeeded, and keeps when', () => {
    const state = lastState([
      { type: 'dispatched', attempt: 1, at: 5 },
      { type: 'started', attempt: 1, at: 10 },
      { type: 'succeeded', attempt: 1, at: 20 },
    ])
    expect(state).toMatchObject({ phase: ActionPhase.SUCCEEDED, timeline: '1:0,3:5,4:10,5:20', endedAt: 20 })
  })

  test('retries a failure while the budget lasts, then fails with the last error', () => {
    const failures = [1, 2, 3].map(
      (attempt) => ({ type: 'failed', attempt, at: attempt, failure: userFailure }) as const,
    )
    const transitions = play(failures)
    expect(transitions.map(({ replaced }) => replaced?.attempt)).toEqual([1, 2, undefined])
    expect(transitions.at(-1)).toMatchObject({
      ended: true,
      state: { phase: ActionPhase.FAILED, attempt: 3, userFailures: 2 },
    })
  })

  test('does not retry what is not recoverable', () => {
    expect(lastState([{ type: 'failed', attempt: 1, at: 1, failure: finalFailure }]).phase).toBe(ActionPhase.FAILED)
  })

  test('keeps the budgets of users and system apart', () => {
    const state = lastState([
      { type: 'failed', attempt: 1, at: 1, failure: lost },
      { type: 'failed', attempt: 2, at: 2, failure: userFailure },
      { type: 'failed', attempt: 3, at: 3, failure: userFailure },
    ])
    expect(state).toMatchObject({ phase: ActionPhase.QUEUED, attempt: 4, userFailures: 2, systemFailures: 1 })
    expect(transition(state, { type: 'failed', attempt: 4, at: 4, failure: lost }, policy).ended).toBe(true)
  })

  test('waits between retries as the back-off says', () => {
    const backoff = { baseMs: 100, factor: 2, capMs: 150 }
    const first = play([{ type: 'failed', attempt: 1, at: 1000, failure: userFailure }], { ...policy, backoff })
    expect(first[0]!.state.notBefore).toBe(1100)
    const second = transition(
      first[0]!.state,
      { type: 'failed', attempt: 2, at: 2000, failure: userFailure },
      { ...policy, backoff },
    )
    expect(second.state.notBefore).toBe(2150)
  })

  test('does not retry a system failure that is not recoverable', () => {
    const failure = { ...lost, recoverable: false }
    expect(lastState([{ type: 'failed', attempt: 1, at: 1, failure }])).toMatchObject({
      phase: ActionPhase.FAILED,
      failure,
    })
  })

  test('replaces what the system lost at once, then ever later, as the draw of the jitter says', () => {
    const rules = { ...policy, systemRetries: 5 }
    const failures = [1, 2, 3, 4, 5].map(
      (attempt) => ({ type: 'failed', attempt, at: attempt * 100_000, failure: lost, random: 0.5 }) as const,
    )
    const states = play(failures, rules).map(({ state }) => state)
    expect(states.map(({ notBefore }) => notBefore)).toEqual([null, 200_500, 302_000, 405_000, 505_000])
    expect(states.map((state) => longestBackoffMs(state, rules))).toEqual([0, 1_000, 4_000, 10_000, 10_000])
  })

  test('draws nothing for the back-off of the user, which is as long as it says', () => {
    const rules = { ...policy, backoff: { baseMs: 100 } }
    const { state } = play([{ type: 'failed', attempt: 1, at: 50, failure: userFailure, random: 0.1 }], rules)[0]!
    expect(state.notBefore).toBe(150)
    expect(longestBackoffMs(state, rules)).toBe(100)
  })

  test('ignores what a replaced attempt still reports', () => {
    const state = lastState([
      { type: 'failed', attempt: 1, at: 1, failure: lost },
      { type: 'succeeded', attempt: 1, at: 2 },
    ])
    expect(state).toMatchObject({ phase: ActionPhase.QUEUED, attempt: 2 })
  })

  test("after a restart gives a handed-out attempt to the next one, at nobody's expense", () => {
    const state = lastState([
      { type: 'started', attempt: 1, at: 1 },
      { type: 'restored', at: 2, failure: lost },
    ])
    expect(state).toMatchObject({ phase: ActionPhase.QUEUED, attempt: 2, userFailures: 0, systemFailures: 0 })
  })

  test('waits for its place, and says from when to when', () => {
    const waiting = lastState([{ type: 'waits', attempt: 1, at: 5 }])
    expect(waiting).toMatchObject({ phase: ActionPhase.WAITING_FOR_RESOURCES, timeline: '1:0,2:5' })
    expect(transition(waiting, { type: 'restored', at: 6, failure: lost }, policy)).toMatchObject({
      ready: true,
      replaced: null,
    })
    const placed = transition(waiting, { type: 'placed', attempt: 1, at: 9 }, policy)
    expect(placed.state).toMatchObject({ phase: ActionPhase.QUEUED, timeline: '1:0,2:5,1:9' })
    expect(transition(placed.state, { type: 'placed', attempt: 1, at: 9 }, policy).state).toBe(placed.state)
  })

  test('after a restart is ready again when it had not been handed out', () => {
    expect(transition(queued(0), { type: 'restored', at: 1, failure: lost }, policy)).toMatchObject({
      ready: true,
      replaced: null,
    })
  })
})

const attempt = fc.integer({ min: 1, max: 5 })
const at = fc.integer({ min: 0, max: 1000 })
const failure = fc.constantFrom(userFailure, finalFailure, lost)
const anyEvent: fc.Arbitrary<LifecycleEvent> = fc.oneof(
  fc.record({ type: fc.constantFrom('waits' as const, 'placed' as const), attempt, at }),
  fc.record({ type: fc.constant('dispatched' as const), attempt, at }),
  fc.record({ type: fc.constant('started' as const), attempt, at }),
  fc.record({ type: fc.constant('succeeded' as const), attempt, at }),
  fc.record({ type: fc.constant('failed' as const), attempt, at, failure }),
  fc.record({
    type: fc.constant('timed-out' as const),
    attempt,
    at,
    failure: fc.constant(finalFailure),
    retry: fc.boolean(),
  }),
  fc.record({ type: fc.constant('abort' as const), at, reason: fc.constant('asked'), by: fc.constant(null) }),
  fc.record({ type: fc.constant('restored' as const), at, failure: fc.constant(lost) }),
)
const anyPolicy = fc.record({
  userRetries: fc.integer({ min: 0, max: 3 }),
  systemRetries: fc.integer({ min: 0, max: 3 }),
  backoff: fc.constantFrom(null, { baseMs: 10 }),
  systemBackoff: fc.constant(systemBackoff),
  retriesTimeouts: fc.boolean(),
})

describe('any history', () => {
  test('ends an action once at most, and never leaves the end', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), anyPolicy, (events, rules) => {
        const transitions = play(events, rules)
        expect(transitions.filter(({ ended }) => ended).length).toBeLessThanOrEqual(1)
        const end = transitions.findIndex(({ ended }) => ended)
        if (end < 0) return
        expect(isTerminalPhase(transitions[end]!.state.phase)).toBe(true)
        for (const later of transitions.slice(end)) expect(later.state).toBe(transitions[end]!.state)
      }),
    )
  })

  test('numbers attempts without gaps and spends no more than the budgets', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), anyPolicy, (events, rules) => {
        const transitions = play(events, rules)
        const replaced = transitions.flatMap((step) => (step.replaced === null ? [] : [step.replaced.attempt]))
        expect(replaced).toEqual(replaced.map((_, index) => index + 1))
        const { state } = transitions.at(-1) ?? { state: queued(0) }
        expect(state.attempt).toBe(replaced.length + 1)
        expect(state.userFailures).toBeLessThanOrEqual(rules.userRetries)
        expect(state.systemFailures).toBeLessThanOrEqual(rules.systemRetries)
      }),
    )
  })

  test('keeps its times in order', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), anyPolicy, (events, rules) => {
        for (const { state } of play(events, rules)) {
          const times = state.timeline.split(',').map((step) => Number(step.split(':')[1]))
          expect(times).toEqual(times.toSorted((a, b) => a - b))
          expect(state.endedAt ?? state.updatedAt).toBe(times.at(-1))
        }
      }),
    )
  })
})
