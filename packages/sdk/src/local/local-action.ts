import { isSuccessPhase, type TaskFailure } from '@tern/core'
import {
  Claim,
  failureOfEnd,
  type Lifecycle,
  type LifecycleEvent,
  missedDeadline,
  notSignalled,
  paused,
  queued,
  ranTooLong,
  recorded,
  transition,
  Turns,
  type TurnTaker,
  waitedTooLong,
} from '@tern/core/engine'
import { ActionPhase } from '@tern/idl/common'
import type { PastAttempt } from './attempt-states.ts'
import type { LocalAttempt } from './local-attempt.ts'
import type { LocalEngine, LocalTerms } from './local-engine.ts'
import { type LocalPolicy, ownLimit } from './local-policy.ts'
import type { LocalCacheState } from './local-state.ts'
import { ShownAction } from './shown-action.ts'
import { isSleeper, policyOf, serializesCache, type Subject } from './subject.ts'

/** How an action ended. */
export interface Ended {
  readonly phase: ActionPhase
  /** A serialised flyteidl2.task.Outputs, of one that succeeded. */
  readonly outputs: Uint8Array | undefined
  readonly failure: TaskFailure | undefined
}

export interface NewAction {
  readonly name: string
  readonly group: string
  /** A serialised flyteidl2.task.Inputs. */
  readonly inputs: Uint8Array
  /** Default to those of its parent. */
  readonly terms?: LocalTerms | undefined
}

/** Of all local runs of this process: they share what is cached. */
const localTurns = new Turns<LocalAction>(({ cacheKey, engine, serializesCache }) =>
  serializesCache ? `${engine.cache.file} ${cacheKey}` : null,
)

/** An action of a run in this process: the shell around the state machine that servers have too. */
export class LocalAction extends ShownAction implements TurnTaker {
  readonly engine: LocalEngine
  readonly parent: LocalAction | null
  readonly name: string
  readonly group: string
  readonly inputBytes: Uint8Array
  readonly terms: LocalTerms
  readonly subject: Subject
  readonly policy: LocalPolicy
  readonly createdAt: number
  /** Resolves when it has ended, however it ended. */
  readonly ended: Promise<Ended>
  cache: LocalCacheState = 'disabled'
  cacheSource: string | undefined
  state: Lifecycle
  outputBytes: Uint8Array | undefined
  readonly past: PastAttempt[] = []
  /** The attempt whose code runs. */
  current: LocalAttempt | null = null
  readonly #liveChildren = new Set<LocalAction>()
  readonly #claim: Claim | null
  #resolve!: (ended: Ended) => void
  #callOffAttempt: (() => void) | null = null
  #callOffDeadline: (() => void) | null = null
  #hasBackedOff = false

  constructor(engine: LocalEngine, parent: LocalAction | null, action: NewAction, subject: Subject) {
    super()
    const { clock, limit } = engine
    this.engine = engine
    this.parent = parent
    this.name = action.name
    this.group = action.group
    this.inputBytes = action.inputs
    this.terms = action.terms ?? parent?.terms ?? engine.terms
    this.subject = subject
    this.createdAt = clock.now()
    this.policy = policyOf(subject)
    this.state = subject.kind === 'condition' ? paused(this.createdAt) : queued(this.createdAt)
    this.#claim =
      limit === null || subject.kind !== 'task'
        ? null
        : new Claim({ demands: [{ limit, amount: 1 }], priority: 0, onGranted: () => this.#placed() })
    this.ended = new Promise((resolve) => (this.#resolve = resolve))
  }

  get cacheKey(): string | null {
    return this.subject.kind === 'task' ? this.subject.cacheKey : null
  }

  get serializesCache(): boolean {
    return this.cacheKey !== null && serializesCache(this.subject)
  }

  /** Goes into the tree of its run, and on from there. */
  enter(): void {
    this.engine.add(this)
    this.parent?.childEntered(this)
    const { deadlineMs } = this.policy
    if (deadlineMs !== null)
      this.#callOffDeadline = this.engine.clock.after(deadlineMs, () => this.#missDeadline(deadlineMs))
    if (this.subject.kind === 'task') this.dispatch()
  }

  /** A trace, which is over when it is first heard of. */
  enterRecorded(trace: {
    readonly startedAt: number
    readonly endedAt: number
    readonly outputs: Uint8Array | undefined
    readonly failure: TaskFailure | undefined
  }): void {
    const { startedAt, endedAt, failure } = trace
    const phase = failure === undefined ? ActionPhase.SUCCEEDED : ActionPhase.FAILED
    this.state = recorded({ phase, startedAt, endedAt, ...(failure === undefined ? {} : { failure }) })
    this.outputBytes = trace.outputs
    this.engine.add(this)
    this.#resolve({ phase, outputs: trace.outputs, failure })
  }

  /** What an event makes of it, and of what hangs on it. */
  apply(event: LifecycleEvent): void {
    const before = this.state
    const { state, replaced, ready, ended } = transition(before, event, this.policy.retry)
    if (state === before && !ready) return
    this.state = state
    if (replaced !== null) {
      this.past.push({ ...replaced, code: this.current })
      this.#hasBackedOff = false
      this.#stop('the attempt was replaced')
    }
    if (ended) this.#end()
    else if (ready) this.dispatch()
    this.engine.changed(this)
  }

  succeed(outputs: Uint8Array, attempt: number): void {
    if (!this.#isCurrent(attempt)) return
    this.outputBytes = outputs
    if (this.cacheKey !== null && this.engine.keep(this.cacheKey, outputs, this.#sourceNow())) this.cache = 'populated'
    this.apply({ type: 'succeeded', attempt, at: this.engine.clock.now() })
  }

  fail(failure: TaskFailure, attempt = this.state.attempt): void {
    this.apply({ type: 'failed', attempt, at: this.engine.clock.now(), failure, random: Math.random() })
  }

  abort(reason: string): void {
    this.apply({ type: 'abort', at: this.engine.clock.now(), reason, by: null })
  }

  /** Gives a condition its value. */
  signal(outputs: Uint8Array): void {
    if (this.state.phase !== ActionPhase.PAUSED) return
    this.outputBytes = outputs
    this.apply({ type: 'signalled', at: this.engine.clock.now(), by: null })
  }

  /** Starts what wants to be started, when its back-off is over. */
  dispatch(): void {
    if (this.state.endedAt !== null || this.current !== null) return
    const { clock } = this.engine
    const { notBefore, attempt } = this.state
    if (notBefore !== null && !this.#hasBackedOff && notBefore > clock.now()) {
      this.#callOffAttempt ??= clock.after(notBefore - clock.now(), () => {
        this.#callOffAttempt = null
        this.#hasBackedOff = true
        this.dispatch()
      })
      return
    }
    const { maxQueuedMs } = this.policy
    if (maxQueuedMs !== null) {
      this.#callOffAttempt ??= clock.after(maxQueuedMs, () =>
        this.#timeOut(waitedTooLong(attempt, ownLimit(maxQueuedMs)), attempt, false),
      )
    }
    if (this.cacheKey === null) this.#start()
    else void this.#startUnlessCached(this.cacheKey, attempt)
  }

  async #startUnlessCached(cacheKey: string, attempt: number): Promise<void> {
    if (await this.#isSettled(cacheKey, attempt)) return
    if (this.serializesCache) {
      if (localTurns.take(this) !== null) return this.#wait()
      // Whoever had the turn before may have come to the result since it was looked for.
      if (await this.#isSettled(cacheKey, attempt)) return
    }
    if (this.cache === 'disabled') this.cache = 'miss'
    this.#start()
  }

  async #isSettled(cacheKey: string, attempt: number): Promise<boolean> {
    const found = await this.engine.find(cacheKey, this.terms)
    if (this.state.endedAt !== null || !this.#isCurrent(attempt) || this.current !== null) return true
    if (found === undefined) return false
    this.cache = 'hit'
    this.cacheSource = found.source
    this.outputBytes = found.outputs
    this.apply({ type: 'succeeded', attempt, at: this.engine.clock.now() })
    return true
  }

  #start(): void {
    const { subject, state } = this
    if (subject.kind !== 'task' || state.endedAt !== null || this.current !== null) return
    if (this.#liveChildren.size > 0) this.#claim?.release()
    else if (this.#claim?.take() === false) return this.#wait()
    this.#endWait()
    const { clock } = this.engine
    const { attempt } = state
    this.apply({ type: 'dispatched', attempt, at: clock.now() })
    this.apply({ type: 'started', attempt, at: clock.now() })
    this.#callOffAttempt?.()
    const { maxRuntimeMs } = this.policy
    this.#callOffAttempt =
      maxRuntimeMs === null
        ? null
        : clock.after(maxRuntimeMs, () =>
            this.#timeOut(ranTooLong(attempt, ownLimit(maxRuntimeMs)), attempt, this.policy.retry.retriesTimeouts),
          )
    this.current = this.engine.newAttempt(this, subject.definition, attempt)
    this.engine.follow(this.current.run())
  }

  #placed(): void {
    this.#endWait()
    queueMicrotask(() => this.dispatch())
  }

  #wait(): void {
    this.apply({ type: 'waits', attempt: this.state.attempt, at: this.engine.clock.now() })
  }

  #endWait(): void {
    this.apply({ type: 'placed', attempt: this.state.attempt, at: this.engine.clock.now() })
  }

  #missDeadline(limitMs: number): void {
    const failure = this.subject.kind === 'condition' ? notSignalled(limitMs) : missedDeadline(ownLimit(limitMs))
    this.#timeOut(failure, this.state.attempt, false)
  }

  #timeOut(failure: TaskFailure, attempt: number, retry: boolean): void {
    this.apply({ type: 'timed-out', attempt, at: this.engine.clock.now(), failure, retry })
  }

  /** The code of the current attempt is told to stop; what it still does does not count. */
  #stop(reason: string): void {
    this.#callOffAttempt?.()
    this.#callOffAttempt = null
    const code = this.current
    this.current = null
    code?.stop(reason)
    this.#claim?.release()
  }

  #end(): void {
    const { phase, abortReason, timeline } = this.state
    const failure = failureOfEnd(this.state)
    this.past.push({ code: this.current, timeline, failure: this.state.failure, phase })
    this.#stop(failure?.message ?? 'the action ended')
    this.#callOffDeadline?.()
    this.parent?.childEnded(this)
    this.#resolve({
      phase,
      outputs: isSuccessPhase(phase) ? this.outputBytes : undefined,
      failure: failure ?? undefined,
    })
    const reason = abortReason ?? `its parent ${this.name} ended`
    for (const child of this.#liveChildren) child.abort(reason)
    for (const next of localTurns.release(this) ?? []) {
      next.#endWait()
      next.dispatch()
    }
  }

  /** Something below it has come to be. */
  childEntered(child: LocalAction): void {
    this.#liveChildren.add(child)
    // It would hold what its children need.
    if (this.#liveChildren.size === 1) this.#claim?.release()
  }

  /** Something below it has ended. */
  childEnded(child: LocalAction): void {
    this.#liveChildren.delete(child)
    if (this.#liveChildren.size === 0 && this.current !== null) this.#claim?.resume()
  }

  #isCurrent(attempt: number): boolean {
    return this.state.endedAt === null && this.state.attempt === attempt
  }

  #sourceNow(): string {
    const { project, domain, name } = this.engine.id
    return [project, domain, name, this.name, this.state.attempt].join('/')
  }

  /** Whether its code does more than wait for time, for a condition, or for actions below it. */
  get isBusy(): boolean {
    return this.current !== null && this.#liveChildren.size === 0 && !isSleeper(this.subject)
  }
}
