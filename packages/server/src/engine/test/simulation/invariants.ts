import { isTerminalPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { ActionRecord, AttemptRecord, LogChunkRecord } from '../../../store/engine-store.ts'
import type { Inspector, MemoryStore } from '../memory-store.ts'
import type { Plan } from './plan.ts'
import type { World } from './world.ts'

/** What always holds, whatever happens. */
export const invariants = {
  'after the commit': 'nothing is acknowledged to a client or acted upon before it is committed',
  'one end': 'an action reaches exactly one terminal phase, and never leaves it',
  'one attempt': 'an action has at most one live attempt; a result of a superseded one is ignored',
  'nothing lost': 'a crash loses nothing that was acknowledged, and no finished action is executed again',
  'abort reaches all': 'the end of an action is the end of all its descendants',
  'live work only': 'what has ended leaves the memory',
  bounded: 'no more is busy than limits allow, nor for longer, and no more than one commit is on its way',
} as const

export type Invariant = keyof typeof invariants

/** An invariant does not hold. */
export class BrokenInvariantError extends Error {
  override readonly name = 'BrokenInvariantError'
  readonly invariant: Invariant

  constructor(invariant: Invariant, what: string) {
    super(`"${invariant}" is broken (${invariants[invariant]}): ${what}`)
    this.invariant = invariant
  }
}

export function check(invariant: Invariant, holds: boolean, what: () => string): void {
  if (!holds) throw new BrokenInvariantError(invariant, what())
}

/** For calls out of the engine, which might take what is thrown for a failure of the callee. */
export function checkCall(
  world: Pick<World, 'onBreach'>,
  invariant: Invariant,
  holds: boolean,
  what: () => string,
): void {
  if (!holds) world.onBreach(new BrokenInvariantError(invariant, what()))
}

/** Holds what is written against the invariants. */
export class WriteChecks implements Inspector {
  readonly #store: Pick<MemoryStore, 'actions'>
  readonly #plan: Plan
  readonly #attempts = new Map<string, AttemptRecord>()
  readonly #logs = new Map<string, LogChunkRecord[]>()

  constructor(store: Pick<MemoryStore, 'actions'>, plan: Plan) {
    this.#store = store
    this.#plan = plan
  }

  action(before: ActionRecord | undefined, { name, state }: ActionRecord): void {
    check('one end', before === undefined || before.state.endedAt === null, () => `${name} changes after its end`)
    check('one attempt', (before?.state.attempt ?? 0) <= state.attempt, () => `${name} goes back to an earlier attempt`)
    check(
      'one end',
      (state.endedAt !== null) === isTerminalPhase(state.phase as ActionPhase),
      () => `${name} has half an end`,
    )
    checkTimeline(name, state.timeline)
    if (state.endedAt === null) return
    check('one end', lastPhase(state.timeline) === state.phase, () => `${name} ends otherwise than its timeline`)
  }

  attempt(attempt: AttemptRecord): void {
    const key = `${attempt.runId}/${attempt.seq}/${attempt.attempt}`
    const before = this.#attempts.get(key)
    const isSame = before === undefined || before.timeline === attempt.timeline
    check('one end', isSame, () => `attempt ${key} ends twice: ${before?.timeline} and ${attempt.timeline}`)
    checkTimeline(key, attempt.timeline)
    check('one end', isTerminalPhase(lastPhase(attempt.timeline)), () => `attempt ${key} is replaced and has no end`)
    this.#attempts.set(key, attempt)
  }

  /** Each chunk comes after those before it, of an attempt that there is, and takes the place of none. */
  log(chunk: LogChunkRecord): void {
    const { runId, seq, attempt } = chunk
    const key = `${runId}/${seq}/${attempt}`
    const row = [...this.#store.actions.values()].find((action) => action.runId === runId && action.seq === seq)
    check('after the commit', attempt <= (row?.state.attempt ?? 0), () => `attempt ${key} has a log and is not stored`)
    const stored = this.#logs.get(key) ?? []
    check(
      'nothing lost',
      chunk.chunk <= stored.length,
      () => `the log of attempt ${key} has a gap before ${chunk.chunk}`,
    )
    const before = stored[chunk.chunk]
    // A pod that has outlived its server is counted from the start by the next one.
    const isFree = before === undefined || before === chunk || this.#plan.get(row?.name ?? '')?.spec.taskType === 'pod'
    check('nothing lost', isFree, () => `chunk ${chunk.chunk} of the log of attempt ${key} is written twice`)
    stored[chunk.chunk] = chunk
    this.#logs.set(key, stored)
  }

  written(): void {
    const ended = new Set<string>()
    for (const { runId, seq, state } of this.#store.actions.values())
      if (state.endedAt !== null) ended.add(`${runId}/${seq}`)
    for (const { name, runId, parentSeq, state } of this.#store.actions.values()) {
      const isLeft = state.endedAt === null && parentSeq !== null && ended.has(`${runId}/${parentSeq}`)
      check('abort reaches all', !isLeft, () => `${name} is live although its parent has ended`)
    }
  }
}

function checkTimeline(name: string, timeline: string): void {
  const steps = timeline.split(',').map((step) => step.split(':').map(Number))
  let before = { phase: 0, at: 0 }
  for (const [phase = 0, at = 0] of steps) {
    const isRepeated = phase === before.phase
    // Of an action that is executed elsewhere an attempt may have ended, and nobody begun another, when it is aborted.
    const isOver = isTerminalPhase(before.phase as ActionPhase) && phase !== ActionPhase.ABORTED
    check('one end', !isRepeated && !isOver && at >= before.at, () => `the timeline of ${name} is ${timeline}`)
    before = { phase, at }
  }
}

function lastPhase(timeline: string): ActionPhase {
  return Number.parseInt(timeline.slice(timeline.lastIndexOf(',') + 1), 10) as ActionPhase
}

/** What clients have been told. It must hold when they are told, and ever after. */
export class Promises {
  readonly #kept: { readonly what: string; readonly holds: () => boolean }[] = []

  made(what: string, holds: () => boolean): void {
    check('after the commit', holds(), () => `${what}, it is said, and the store does not have it`)
    this.#kept.push({ what, holds })
  }

  recheck(): void {
    for (const { what, holds } of this.#kept) check('nothing lost', holds(), () => `${what}, it was said`)
  }
}
