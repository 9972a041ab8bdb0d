import { basename } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Clock, TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { TaskSpecSchema } from '@tern/idl/task'
import {
  type DeployedTask,
  type EnqueueChild,
  LogChunkSchema,
  type TraceRecord,
  type WorkerFrame,
} from '@tern/idl/worker'
import type { Logger } from 'pino'
import { toSpecRecord } from '../../store/specs.ts'
import type { Attempt, ChildRequest, ChildResolver, ExecutorHost, PoolLoad, StartedAttempt } from '../executor.ts'
import { residentMemoryOf } from '../local-process/process-memory.ts'
import { PriorityQueue } from './priority-queue.ts'
import { toConditionSpec, toData, toFailure, toInputs, toTraceReport } from './reported.ts'
import { type AttemptCanceller, PooledAttempt } from './pooled-attempt.ts'
import { Worker } from './worker.ts'
import { cannotStart, lookUpFailed, lostWorker, notFound } from './worker-failures.ts'
import { type WorkerEnd, WorkerProcess, type WorkerProcessOptions } from './worker-process.ts'

export interface WorkerPoolOptions {
  readonly bundlePath: string
  readonly environment: string
  /** Environment variables of the workers, complete. */
  readonly env: Readonly<Record<string, string>>
  readonly org: string
  readonly serverVersion: string
  readonly maxWorkers: number
  /** In one worker at the same time, where that is fewer than the worker takes. */
  readonly maxAttempts: number
  /** In one worker, attempts that only wait for children take places, too. */
  readonly isExclusive: boolean
  /** The most memory that a worker may use, with all that it starts, in bytes, and who looks at it; null for no limit. */
  readonly memory: WorkerProcessOptions['memory']
  readonly maxInlineBytes: number
  /** How long a cancelled attempt may still run before its place is given away, in milliseconds. */
  readonly graceMs: number
  /** Workers that are there as long as the pool is. */
  readonly fewestWorkers: number
  /** How long the pool stays with nothing to do, in milliseconds. */
  readonly idleMs: number
  /** How long a worker above the fewest stays with nothing to do, in milliseconds. */
  readonly scaledownMs: number
  readonly host: ExecutorHost
  readonly deployed: ChildResolver
  readonly clock: Clock
  readonly logger: Logger
  /** The pool has neither workers nor work. */
  readonly onEmpty: () => void
}

// Another worker is only worth its start-up when work has waited this long for the ones there are.
const growAfterMs = 25
// A bundle that cannot even start is not tried for ever.
const maxFailedStarts = 3
// How often workers are looked at that say nothing.
const watchEveryMs = 500
// A worker whose event loop runs reports what it was told to stop. One that does not is ended, later if it has other work.
const endDeafMs = 2_000
const endBusyDeafMs = 30_000

/** The warm workers of one environment and code bundle, and the attempts that wait for them. */
export class WorkerPool implements AttemptCanceller {
  readonly #options: WorkerPoolOptions
  readonly #pending = new PriorityQueue<PooledAttempt>()
  readonly #workers = new Set<Worker>()
  #growTimer: NodeJS.Timeout | undefined
  #idleTimer: NodeJS.Timeout | undefined
  #watchTimer: NodeJS.Timeout | undefined
  #failedStarts = 0
  #stopping = false
  /** The pool takes no more attempts: it has been given up. */
  isClosed = false

  constructor(options: WorkerPoolOptions) {
    this.#options = options
  }

  /** Process ids of the workers, for whoever measures or supervises them. */
  get pids(): ReadonlyArray<number> {
    return [...this.#workers].flatMap((worker) => worker.process.pid ?? [])
  }

  get load(): PoolLoad {
    const { environment, bundlePath, maxWorkers } = this.#options
    const workers = [...this.#workers].map(({ load }) => ({ ...load, memoryBytes: residentMemoryOf(load.pid) }))
    const most = Number.isFinite(maxWorkers) ? maxWorkers : null
    const bundle = basename(bundlePath)
    return { kind: 'node', environment, bundle, workers, maxWorkers: most, pending: this.#pending.length }
  }

  start(attempt: Attempt): StartedAttempt {
    const pooled = new PooledAttempt(attempt, this)
    this.#pending.push(attempt.priority, attempt.runId, pooled)
    if (this.#workers.size === 0) this.#spawnFewest()
    this.#pump()
    return pooled
  }

  cancelAttempt(pooled: PooledAttempt, reason: string): Promise<void> | undefined {
    const { worker } = pooled
    // One that still waits is passed over when its turn comes.
    if (worker === null) pooled.cancelled = true
    if (worker?.live.get(pooled.attempt.handle) !== pooled) return undefined
    worker.cancel(pooled, reason, this.#options.graceMs)
    setTimeout(() => this.#giveUp(worker, pooled), this.#options.graceMs).unref()
    return pooled.untilOver()
  }

  /** The grace period of an attempt is over: if it is still there, its code does not let the worker stop it. */
  #giveUp(worker: Worker, pooled: PooledAttempt): void {
    const { handle } = pooled.attempt
    if (worker.live.get(handle) !== pooled) return
    worker.overdue.set(handle, this.#options.clock.now())
    this.#finish(worker, pooled)
    this.#watchLater()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#watchTimer)
    clearTimeout(this.#growTimer)
    clearTimeout(this.#idleTimer)
    const gone = [...this.#workers].map((worker) => worker.process.gone)
    for (const worker of this.#workers) worker.process.kill()
    await Promise.all(gone)
  }

  // ---- assigning

  #pump(): void {
    const now = this.#options.clock.now()
    while (this.#pending.length > 0) {
      const worker = this.#leastBusy()
      if (worker === undefined) break
      const pooled = this.#pending.shift()!
      if (pooled.cancelled) continue
      worker.assign(pooled, this.#options.org, now)
      if (pooled.attempt.policy.maxRuntimeMs !== null) this.#watchLater()
      this.#options.host.dispatched(pooled.attempt.handle)
    }
    if (this.#pending.length > 0) this.#growLater()
  }

  #leastBusy(): Worker | undefined {
    let best: Worker | undefined
    for (const worker of this.#workers) {
      if (worker.hasRoom && (best === undefined || worker.busy < best.busy)) best = worker
    }
    return best
  }

  #growLater(): void {
    if (this.#growTimer !== undefined || this.#workers.size >= this.#options.maxWorkers) return
    this.#growTimer = setTimeout(() => {
      this.#growTimer = undefined
      this.#pump()
      if (this.#pending.length > 0 && this.#workersAreSlow()) this.#spawn()
      if (this.#pending.length > 0) this.#growLater()
    }, growAfterMs)
  }

  /** Every worker is up and none of them takes more, although time has passed. */
  #workersAreSlow(): boolean {
    const now = this.#options.clock.now()
    return [...this.#workers].every((worker) => worker.isReady && worker.isStuck(now, growAfterMs))
  }

  // ---- workers that say nothing

  #watchLater(): void {
    if (this.#watchTimer !== undefined || this.#stopping) return
    this.#watchTimer = setTimeout(() => {
      this.#watchTimer = undefined
      const now = this.#options.clock.now()
      let isWatched = false
      for (const worker of this.#workers) isWatched = this.#watch(worker, now) || isWatched
      if (isWatched) this.#watchLater()
    }, watchEveryMs)
    this.#watchTimer.unref()
  }

  /**
   * Code that computes without a pause keeps its worker from saying that it began, so that its time would not be limited; and
   * from stopping it. Returns whether there is anything to look at again.
   */
  #watch(worker: Worker, now: number): boolean {
    if (worker.overdue.size > 0) this.#endDeaf(worker, now)
    else if (worker.hasUnacknowledged && worker.isReady && !worker.isSilent) this.#assumeBegun(worker, now)
    return worker.overdue.size > 0 || worker.hasUnacknowledged
  }

  #assumeBegun(worker: Worker, now: number): void {
    const live = worker.suspect
    if (live === undefined) return
    const beganAt = Math.max(live.assignedAt, worker.heardAt)
    if (now - beganAt < watchEveryMs) return
    worker.acknowledge(live, now)
    worker.isSilent = true
    this.#options.host.started(live.attempt.handle, beganAt)
  }

  #endDeaf(worker: Worker, now: number): void {
    const silentMs = now - Math.min(...worker.overdue.values())
    if (silentMs < (worker.live.size === 0 ? endDeafMs : endBusyDeafMs)) return
    const { environment, logger } = this.#options
    logger.warn({ environment, pid: worker.process.pid }, 'ending a worker whose code does not stop')
    worker.process.kill()
  }

  // ---- workers

  #spawnFewest(): void {
    for (let count = 0; count < Math.max(1, this.#options.fewestWorkers); count++) this.#spawn()
  }

  #spawn(): void {
    const { bundlePath, env, serverVersion, maxInlineBytes, memory, isExclusive, environment, logger } = this.#options
    const process = new WorkerProcess({
      bundlePath,
      env,
      serverVersion,
      maxInlineBytes,
      memory,
      onFrame: (frame) => this.#receive(worker, frame),
      onGone: (end) => this.#onGone(worker, end),
      onOutput: (stream, text) => logger.debug({ environment, stream }, text.trimEnd()),
    })
    const worker = new Worker(process, isExclusive)
    this.#workers.add(worker)
  }

  #receive(worker: Worker, frame: WorkerFrame): void {
    const now = this.#options.clock.now()
    worker.heardAt = now
    worker.isSilent = false
    if (frame.hello !== undefined) {
      worker.isReady = true
      worker.capacity = Math.min(Math.max(1, frame.hello.capacity), this.#options.maxAttempts)
      worker.idleSince = now
      this.#failedStarts = 0
    }
    for (const chunk of frame.logs) {
      this.#options.host.log(chunk.attempt, toBinary(LogChunkSchema, chunk), chunk.lines.length)
    }
    for (const { specRef, taskSpec } of frame.specs) {
      worker.specs.set(specRef, toSpecRecord({ case: 'task', value: fromBinary(TaskSpecSchema, taskSpec) }))
    }
    for (const child of frame.enqueues) this.#enqueue(worker, child)
    for (const { attempt, atMs } of frame.started) {
      const live = worker.live.get(attempt)
      if (live !== undefined) worker.acknowledge(live, now)
      this.#options.host.started(attempt, atMs)
    }
    for (const { parent, name, reason } of frame.childAborts) {
      worker.live.get(parent)?.lookedUp.delete(name)
      this.#options.host.abortChild(parent, name, reason)
    }
    for (const done of frame.completed) {
      this.#options.host.succeeded(done.attempt, toData(done.outputsValue), done.startedAtMs, done.atMs)
      this.#finishHandle(worker, done.attempt)
    }
    for (const done of frame.failed) {
      this.#options.host.failed(done.attempt, toFailure(done.error), done.startedAtMs, done.atMs)
      this.#finishHandle(worker, done.attempt)
    }
    for (const trace of frame.traces) this.#recordTrace(worker, trace)
    for (const { parent, name } of frame.traceLookups) this.#findTrace(worker, parent, name)
    this.#pump()
    this.#retireLater()
  }

  #enqueue(worker: Worker, child: EnqueueChild): void {
    const live = worker.live.get(child.parent)
    const { conditionAction, deployedTask } = child
    if (deployedTask !== undefined) {
      if (live !== undefined && !live.cancelled) void this.#enqueueDeployed(worker, live, child, deployedTask)
      return
    }
    const spec = conditionAction === undefined ? worker.specs.get(child.specRef) : toConditionSpec(conditionAction)
    if (live === undefined || live.cancelled || spec === undefined) return
    worker.childEnqueued(live)
    this.#addChild(child, {
      name: child.name,
      spec,
      inputs: toInputs(child.inputsValue),
      group: child.group,
      cacheKey: child.cacheKey,
      queue: child.queue,
    })
  }

  #addChild({ parent, detached }: EnqueueChild, child: ChildRequest): void {
    const { host } = this.#options
    if (detached) host.detachChild(parent, child)
    else host.enqueueChild(parent, child)
  }

  /** The task is looked up first; by then the attempt may have ended, or no longer want the child. */
  async #enqueueDeployed(worker: Worker, live: PooledAttempt, child: EnqueueChild, task: DeployedTask): Promise<void> {
    const { name, inputsValue, group, queue } = child
    const { deployed } = this.#options
    worker.childEnqueued(live)
    live.lookedUp.add(name)
    try {
      const { run } = live.attempt
      const place = { ...run, project: task.project || run.project, domain: task.domain || run.domain }
      const found = await deployed.resolve(place, task, toInputs(inputsValue))
      if (this.#stillWanted(worker, live, name)) this.#addChild(child, { name, group, queue, ...found })
    } catch (error) {
      if (!this.#stillWanted(worker, live, name)) return
      const failure = lookUpFailed(error)
      if (failure !== undefined) return this.#failAttempt(live, failure)
      worker.childEnded(live, { name, phase: ActionPhase.FAILED, outputs: null, failure: notFound(error) })
    }
  }

  /** Another one asks again: the code of this one is told to stop. */
  #failAttempt(live: PooledAttempt, failure: TaskFailure): void {
    const { host, clock } = this.#options
    host.failed(live.attempt.handle, failure, 0, clock.now())
    void this.cancelAttempt(live, failure.message)
  }

  #stillWanted(worker: Worker, live: PooledAttempt, name: string): boolean {
    if (worker.live.get(live.attempt.handle) !== live) return false
    const isWanted = live.lookedUp.delete(name)
    if (!isWanted) worker.childGone(live)
    return isWanted
  }

  // Until it is told, an attempt waits for an answer about a trace as it does for a child.
  #recordTrace(worker: Worker, trace: TraceRecord): void {
    const live = worker.live.get(trace.parent)
    if (live === undefined || live.cancelled) return
    worker.childEnqueued(live)
    this.#options.host.recordTrace(trace.parent, toTraceReport(trace))
  }

  #findTrace(worker: Worker, parent: number, name: string): void {
    const live = worker.live.get(parent)
    if (live === undefined || live.cancelled) return
    worker.childEnqueued(live)
    this.#options.host.findTrace(parent, name)
  }

  #finishHandle(worker: Worker, handle: number): void {
    worker.overdue.delete(handle)
    const live = worker.live.get(handle)
    if (live !== undefined) this.#finish(worker, live)
  }

  #finish(worker: Worker, live: PooledAttempt): void {
    if (worker.live.get(live.attempt.handle) !== live) return
    worker.remove(live, this.#options.clock.now())
    this.#pump()
  }

  #onGone(worker: Worker, end: WorkerEnd): void {
    this.#workers.delete(worker)
    if (this.#stopping) return
    const { host, clock, logger, environment } = this.#options
    const expected = worker.isRetiring && worker.live.size === 0
    if (!expected) logger.warn({ environment, reason: end.reason }, 'a worker ended')
    for (const live of worker.live.values()) {
      host.failed(live.attempt.handle, lostWorker(end, worker.live.size), 0, clock.now())
      live.end()
    }
    worker.live.clear()
    if (!worker.isReady) this.#onFailedStart(end)
    if (this.#pending.length > 0 && this.#workers.size === 0) this.#spawn()
    else if (!expected && worker.isReady && this.#workers.size < this.#options.fewestWorkers) this.#spawn()
    if (this.#workers.size > 0 || this.#pending.length > 0) return
    clearTimeout(this.#idleTimer)
    this.isClosed = true
    this.#options.onEmpty()
  }

  #onFailedStart(end: WorkerEnd): void {
    this.#failedStarts += 1
    if (this.#failedStarts < maxFailedStarts) return
    this.#failedStarts = 0
    for (let pooled = this.#pending.shift(); pooled !== undefined; pooled = this.#pending.shift()) {
      this.#options.host.failed(pooled.attempt.handle, cannotStart(end), 0, this.#options.clock.now())
    }
  }

  #retireLater(): void {
    if (this.#idleTimer !== undefined || this.#stopping) return
    this.#idleTimer = setTimeout(
      () => {
        this.#idleTimer = undefined
        this.#retireIdle()
        if (this.#workers.size > 0) this.#retireLater()
      },
      Math.min(this.#options.idleMs, this.#options.scaledownMs),
    )
    this.#idleTimer.unref()
  }

  /** Those above the fewest one by one, and the fewest together when none of them has anything to do. */
  #retireIdle(): void {
    const { clock, idleMs, scaledownMs, fewestWorkers } = this.#options
    const now = clock.now()
    const staying = [...this.#workers].filter(({ isRetiring }) => !isRetiring)
    const isIdle = ({ isReady, live, idleSince }: Worker, ms: number): boolean =>
      isReady && live.size === 0 && idleSince <= now - ms
    const above = Math.max(0, staying.length - fewestWorkers)
    const isOver = this.#pending.length === 0 && staying.every((worker) => isIdle(worker, idleMs))
    const idle = isOver ? staying : staying.filter((worker) => isIdle(worker, scaledownMs)).slice(0, above)
    for (const worker of idle) worker.retire()
  }
}
