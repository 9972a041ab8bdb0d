import { AlreadyExistsError, backoffDelayMs, type Clock, isTernError, truncateText } from '@tern/core'
import { FiringState } from '@tern/idl/trigger'
import type { RunKey } from '../engine/model.ts'
import { PlanFullError } from '../engine/run-places.ts'
import type { FiringRow, FiringsRepository } from '../store/firings-repository.ts'
import type { StoredTrigger, TriggerKey, TriggersRepository } from '../store/triggers-repository.ts'
import { firingName } from './firing-name.ts'
import { FiringRecorder } from './firing-recorder.ts'
import type { Overlap } from './policy.ts'

export interface FiringsParts {
  readonly repository: Pick<FiringsRepository, 'decide' | 'liveRuns' | 'record' | 'pending'>
  readonly triggers: Pick<TriggersRepository, 'find'>
  /** Starts the run of a trigger for an instant. Repeating it is harmless, or throws AlreadyExistsError. */
  readonly start: (key: TriggerKey, at: number) => Promise<void>
  /** Ends a run. Harmless when it has ended. */
  readonly abort: (run: RunKey, reason: string) => Promise<void>
  readonly clock: Clock
  /** Waits for what else is ready to be recorded along. Defaults to one turn of the event loop. */
  readonly turn?: () => Promise<unknown>
}

/** An instant that a trigger is to start a run for. */
export interface Firing {
  readonly key: TriggerKey
  /** The instant, as UTC epoch milliseconds. */
  readonly at: number
  readonly overlap: Overlap
  /** Of the trigger whose schedule has the instant; undefined for one that is tried again, whatever the schedule is now. */
  readonly revision: number | undefined
  /** Attempts that failed. */
  readonly failures: number
  /** When the first of them did. */
  readonly failingSince: number | null
}

/** How firing ended. Whatever it is, it is stored. */
export type FiringResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown; readonly retry: Retry | undefined }
  /** The trigger is not what the caller took it for: nothing was done. Undefined when it is not there at all. */
  | { readonly kind: 'changed'; readonly trigger: StoredTrigger | undefined }

/** A firing that failed, and when to try again. */
export interface Retry {
  readonly at: number
  readonly firing: Firing
}

const { STARTING, STARTED, RETRYING, FAILED, SKIPPED } = FiringState
/** The longest time from one attempt to the next. */
export const maxRetryDelayMs = 5 * 60_000
const retryBackoff = { baseMs: 1000, factor: 2, capMs: maxRetryDelayMs }
const giveUpAfterMs = 24 * 60 * 60_000
const maxMessage = 1000
const done: FiringResult = { kind: 'done' }

/** Fires triggers: one run an instant, by the overlap policy of the trigger, and a record of what became of it. */
export class Firings {
  readonly #parts: FiringsParts
  readonly #recorder: FiringRecorder

  constructor(parts: FiringsParts) {
    this.#parts = parts
    this.#recorder = new FiringRecorder(parts.repository, parts.turn ?? (() => new Promise(setImmediate)))
  }

  /** Firings that an earlier server left, or another one that does not go on with them. */
  pending(last: FiringRow | undefined, limit: number): Promise<ReadonlyArray<FiringRow>> {
    return this.#parts.repository.pending(last, limit)
  }

  /** Throws when the store cannot be read or written; then nothing is settled. */
  async fire(firing: Firing): Promise<FiringResult> {
    const trigger = await this.#parts.triggers.find(firing.key)
    const isLive = trigger !== undefined && trigger.active && trigger.deletedAt === null
    if (firing.revision === undefined) {
      if (!isLive)
        return this.#settle(firing, SKIPPED, { message: 'the trigger was switched off before it could start' })
    } else if (!isLive || trigger.revision !== firing.revision) {
      return { kind: 'changed', trigger }
    }
    if (firing.overlap !== 'allow' && (await this.#decide(firing)) !== STARTING) return done
    return this.#start(firing)
  }

  /** Keeps a firing as failed, that will not be tried again. */
  async giveUp(firing: Firing, message: string): Promise<void> {
    await this.#settle(firing, FAILED, { message })
  }

  async #decide({ key, at, overlap }: Firing): Promise<FiringState> {
    const { repository, clock } = this.#parts
    const givesWay = overlap === 'skip' ? 'to any' : 'to later'
    const { state } = await repository.decide({ key, at, runName: firingName(key, at), givesWay, now: clock.now() })
    return state
  }

  async #start(firing: Firing): Promise<FiringResult> {
    let otherRunName = ''
    try {
      if (firing.overlap === 'cancel') otherRunName = await this.#abortOthers(firing)
      await this.#parts.start(firing.key, firing.at)
    } catch (error) {
      if (error instanceof PlanFullError) {
        return this.#settle(firing, SKIPPED, { message: error.message, otherRunName: error.runs[0] ?? '' })
      }
      if (!(error instanceof AlreadyExistsError)) return this.#onFailure(firing, error)
    }
    return this.#settle(firing, STARTED, { otherRunName })
  }

  /** Returns the last of them. */
  async #abortOthers({ key, at }: Firing): Promise<string> {
    const runName = firingName(key, at)
    const others = await this.#parts.repository.liveRuns(key, runName)
    for (const run of others) {
      const reason = `the trigger ${key.name} has fired again, and its overlap policy is cancel`
      await this.#parts.abort({ project: key.project, domain: key.domain, run }, reason)
    }
    return others.at(-1) ?? ''
  }

  async #onFailure(before: Firing, error: unknown): Promise<FiringResult> {
    const now = this.#parts.clock.now()
    const failingSince = before.failingSince ?? now
    const firing = { ...before, revision: undefined, failures: before.failures + 1, failingSince }
    const at = now + backoffDelayMs(retryBackoff, before.failures)
    const retry = isFinal(error) || at - failingSince > giveUpAfterMs ? undefined : { at, firing }
    await this.#settle(firing, retry === undefined ? FAILED : RETRYING, {
      message: messageOf(error),
      nextAttemptAt: retry?.at ?? null,
    })
    return { kind: 'failed', error, retry }
  }

  async #settle(
    { key, at, failures, failingSince }: Firing,
    state: FiringState,
    what: Partial<Pick<FiringRow, 'message' | 'otherRunName' | 'nextAttemptAt'>>,
  ): Promise<FiringResult> {
    await this.#recorder.record({
      key,
      at,
      state,
      runName: firingName(key, at),
      otherRunName: '',
      failures,
      failingSince,
      message: '',
      nextAttemptAt: null,
      updatedAt: this.#parts.clock.now(),
      ...what,
    })
    return done
  }
}

/** Whether doing the same again would fail again: the trigger, its task or its project does not allow it. */
function isFinal(error: unknown): boolean {
  return isTernError(error) && error.kind === 'user' && !error.retryable
}

function messageOf(error: unknown): string {
  return truncateText(error instanceof Error ? error.message : String(error), maxMessage)
}
