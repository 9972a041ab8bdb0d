import { create } from '@bufbuild/protobuf'
import { toTaskError } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import { AssignSchema, CancelSchema, ChildUpdateSchema, ServerSpecDefSchema } from '@tern/idl/worker'
import { outputsFileIn } from '../../data/run-files.ts'
import type { ActionData, SpecRecord } from '../../engine/model.ts'
import type { Attempt, ChildOutcome, WorkerLoad } from '../executor.ts'
import type { PooledAttempt } from './pooled-attempt.ts'
import type { WorkerProcess } from './worker-process.ts'

// An attempt acknowledged this fast shows that the worker's event loop is free; one that takes longer, that it computes.
const quickMs = 10
const smallestWindow = 4
const largestWindow = 512

/**
 * One worker process and what it has to do. How many attempts it is handed ahead of its acknowledgements follows from
 * how fast those come: tasks that compute are spread over the workers one by one, tasks that only wait go out in bulk.
 */
export class Worker {
  readonly process: WorkerProcess
  readonly live = new Map<number, PooledAttempt>()
  /** Specs of the children that it enqueues, by the numbers that it gave them. */
  readonly specs = new Map<number, SpecRecord>()
  readonly #specRefs = new Map<string, number>()
  isReady = false
  capacity = 0
  idleSince = 0
  /** When a frame last came from it. */
  heardAt = 0
  /**
   * It has not answered what it was told last, or not said that an attempt began: code seems to compute without a pause, and
   * nothing else can begin. Until a frame comes from it.
   */
  isSilent = false
  /** Attempts that it was told to stop and, the grace period over, has not reported the end of: by handle, since when. */
  readonly overdue = new Map<number, number>()
  #window = smallestWindow
  #unacknowledged = 0
  #waiting = 0
  #retiring = false

  readonly #isExclusive: boolean

  /** @param isExclusive attempts that only wait for children count, too */
  constructor(process: WorkerProcess, isExclusive = false) {
    this.process = process
    this.#isExclusive = isExclusive
  }

  /** Attempts that use the worker: those that wait for children only are not counted. */
  get busy(): number {
    return this.live.size - this.#waiting
  }

  /** What it does, for whoever looks on. */
  get load(): Omit<WorkerLoad, 'memoryBytes'> {
    return {
      pid: this.process.pid ?? 0,
      state: this.#state,
      attempts: this.live.size,
      parents: this.#waiting,
      idleSince: this.#state === 'idle' ? this.idleSince : null,
    }
  }

  get #state(): WorkerLoad['state'] {
    if (!this.isReady) return 'starting'
    if (this.#retiring) return 'retiring'
    return this.live.size === 0 ? 'idle' : 'busy'
  }

  get hasRoom(): boolean {
    if (this.isSilent || this.overdue.size > 0) return false
    return this.isReady && !this.#retiring && this.#hasPlaces && this.#unacknowledged < this.#window
  }

  get #hasPlaces(): boolean {
    return (this.#isExclusive ? this.live.size : this.busy) < this.capacity
  }

  get isRetiring(): boolean {
    return this.#retiring
  }

  /** It has had all it may have for longer than that: its event loop is busy, or its capacity is. */
  isStuck(now: number, ms: number): boolean {
    if (!this.#hasPlaces || this.isSilent || this.overdue.size > 0) return true
    for (const live of this.live.values()) if (!live.acknowledged) return now - live.assignedAt > ms
    return false
  }

  get hasUnacknowledged(): boolean {
    return this.#unacknowledged > 0
  }

  /**
   * The attempt that must be what keeps the worker busy, if it says nothing: the first that it was handed, where there is no
   * other that it began with and that may compute instead.
   */
  get suspect(): PooledAttempt | undefined {
    let first: PooledAttempt | undefined
    for (const live of this.live.values()) {
      if (!live.acknowledged) first ??= live
      else if (live.children === 0) return undefined
    }
    return first
  }

  /** Ends the process once it has nothing left to do. */
  retire(): void {
    this.#retiring = true
    this.process.drain()
  }

  assign(pooled: PooledAttempt, org: string, now: number): void {
    pooled.worker = this
    pooled.assignedAt = now
    this.live.set(pooled.attempt.handle, pooled)
    this.#unacknowledged += 1
    this.process.assign(toAssign(pooled.attempt, org, this.#refOf(pooled.attempt.spec)))
  }

  /** The number that this worker knows a spec by; told to it when it is first used. */
  #refOf(spec: SpecRecord): number {
    const known = this.#specRefs.get(spec.digest)
    if (known !== undefined) return known
    const specRef = this.#specRefs.size + 1
    this.#specRefs.set(spec.digest, specRef)
    this.process.define(create(ServerSpecDefSchema, { specRef, taskSpec: spec.bytes }))
    return specRef
  }

  acknowledge(live: PooledAttempt, now: number): void {
    if (live.acknowledged) return
    live.acknowledged = true
    this.#unacknowledged -= 1
    if (now - live.assignedAt <= quickMs) this.#window = Math.min(largestWindow, this.#window + 1)
    else this.#window = Math.max(smallestWindow, Math.floor(this.#window * 0.9))
  }

  remove(live: PooledAttempt, now: number): void {
    this.acknowledge(live, now)
    if (live.children > 0) this.#waiting -= 1
    this.live.delete(live.attempt.handle)
    live.end()
    if (this.live.size === 0) this.idleSince = now
  }

  childEnqueued(live: PooledAttempt): void {
    if (live.children === 0) this.#waiting += 1
    live.children += 1
  }

  /** It waits for one child less, and is told nothing of it. */
  childGone(live: PooledAttempt): void {
    if (live.children === 0) return
    live.children -= 1
    if (live.children === 0) this.#waiting -= 1
  }

  childEnded(live: PooledAttempt, outcome: ChildOutcome): void {
    this.childGone(live)
    if (live.cancelled) return
    this.process.deliver(
      create(ChildUpdateSchema, {
        parent: live.attempt.handle,
        name: outcome.name,
        phase: outcome.phase as ActionPhase,
        outputsValue: toValue(asFile(outcome.outputs), 'outputs', 'outputsUri'),
        ...(outcome.failure === null ? {} : { error: toTaskError(outcome.failure) }),
        ...(outcome.run !== undefined && { run: outcome.run }),
      }),
    )
  }

  cancel(live: PooledAttempt, reason: string, graceMs: number): void {
    live.cancelled = true
    this.isSilent = true
    this.process.cancel(create(CancelSchema, { attempt: live.attempt.handle, reason, graceMs }))
  }
}

function toAssign(attempt: Attempt, org: string, specRef: number): ReturnType<typeof create<typeof AssignSchema>> {
  const { run, spec } = attempt
  const prefix = `${attempt.runBase}/${attempt.action}/${attempt.number}`
  return create(AssignSchema, {
    attempt: attempt.handle,
    specRef,
    org,
    project: run.project,
    domain: run.domain,
    run: run.run,
    action: attempt.action,
    attemptNumber: attempt.number,
    taskName: spec.taskName,
    taskVersion: spec.taskVersion,
    inputsValue: toValue(attempt.inputs, 'inputs', 'inputsUri'),
    runStartAtMs: attempt.runStartAt,
    group: attempt.group,
    outputPrefix: prefix,
    rawDataPrefix: attempt.rawDataPrefix,
    replay: attempt.replay,
    runBaseDir: attempt.runBase,
  })
}

/** Tasks that are processes leave a folder with their outputs in it. */
function asFile(outputs: ActionData | null): ActionData | null {
  return outputs !== null && 'uri' in outputs ? { uri: outputsFileIn(outputs.uri) } : outputs
}

type OneofValue<B extends string, U extends string> =
  | { readonly case: B; readonly value: Uint8Array }
  | { readonly case: U; readonly value: string }
  | { readonly case: undefined }

function toValue<B extends string, U extends string>(data: ActionData | null, bytes: B, uri: U): OneofValue<B, U> {
  if (data === null) return { case: undefined }
  return 'bytes' in data ? { case: bytes, value: data.bytes } : { case: uri, value: data.uri }
}
