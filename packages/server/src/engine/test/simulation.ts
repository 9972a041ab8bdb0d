import { create, toBinary } from '@bufbuild/protobuf'
import { RunSpecSchema } from '@tern/idl/task'
import { systemClock, type TaskFailure } from '@tern/core'
import { pino } from 'pino'
import type { Attempt, ChildOutcome, Executor, ExecutorHost, StartedAttempt } from '../../executors/executor.ts'
import { TernEngine } from '../engine.ts'
import { aRun, aSpec, runKey } from './fixtures.ts'
import { MemoryStore } from './memory-store.ts'
import { RemoteStore } from './remote-store.ts'

/** Numbers from 0 to 1 that follow from the seed alone (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Task {
  readonly attempt: Attempt
  readonly awaited: Set<string>
  readonly asked: Set<string>
}

const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
const boom: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }
const spec = aSpec('env.task', { retries: 2, serialize: true })
const steps = 120

/**
 * One history of an engine under faults, which follows from its seed: a tree of actions whose workers start children,
 * finish, fail, die, repeat themselves and report late, people who abort, and crashes of the server between, before and
 * after commits. What happens is checked against the invariants on the way and at the end; a breach is thrown.
 */
export class Simulation {
  readonly #random: () => number
  readonly #store: MemoryStore
  /** Look-ups of the store whose answers are on the way. */
  #answers: (() => void)[] = []
  #engine!: TernEngine
  #host!: ExecutorHost
  #flushes: (() => void)[] = []
  /** Attempts that the simulated workers run, by handle. */
  #tasks = new Map<number, Task>()
  /** Handles of the past, for reports that come too late. */
  #stale: number[] = []
  /** Calls that the simulation does not wait for, since a crash may leave them without an answer. */
  readonly #background: Promise<void>[] = []
  crashes = 0
  /** What the engine cannot go on after: an invariant that was broken while it acted upon a commit. */
  #breach: unknown
  #isFaulty = true
  readonly #isRemote: boolean
  /** Actions that may be busy at once; 0 for no limit. */
  readonly #limit: number

  /** @param isRemote whether commits take time, and connections to the store break */
  constructor(seed: number, isRemote = false) {
    this.#random = randomFrom(seed)
    this.#isRemote = isRemote
    const travel = (): Promise<void> => this.#delayed()
    const breaks = (): boolean => this.#isFaulty && this.#random() < 0.1
    this.#store = isRemote ? new RemoteStore({ travel, breaks }) : new MemoryStore(travel)
    this.#limit = [0, 2, 4][seed % 3] ?? 0
  }

  async run(): Promise<void> {
    await this.#boot()
    const runSpec = toBinary(RunSpecSchema, create(RunSpecSchema, { maxActionConcurrency: this.#limit }))
    const created = this.#engine.createRun(aRun({ spec, runSpec }))
    await this.#settle()
    await created
    for (let step = 0; step < steps && !this.#isOver(); step++) await this.#step(0.25)
    // No more faults: what is left must come to its end.
    this.#isFaulty = false
    for (let step = 0; step < 10_000 && !this.#isOver(); step++) await this.#step(0)
    await this.#settle()
    this.#checkEnd()
  }

  async #boot(): Promise<void> {
    // The engine before this one, if there was one, is dead: nothing that it still wants to commit is.
    const flushes: (() => void)[] = []
    this.#flushes = flushes
    this.#answers = []
    this.#tasks = new Map()
    this.#stale = []
    this.#engine = new TernEngine({
      store: this.#store,
      clock: systemClock,
      outputsExist: async () => true,
      recovery: this.#store,
      logger: pino({ level: 'silent' }),
      defer: (flush) => flushes.push(flush),
      onFatal: (error) => {
        this.#breach ??= error
      },
      executors: (host) => {
        this.#host = host
        return [this.#executor()]
      },
    })
    await this.#engine.start()
    await this.#settle()
  }

  #executor(): Executor {
    return {
      name: 'simulated',
      accepts: () => true,
      start: (attempt) => this.#start(attempt),
      stop: async () => {},
    }
  }

  #start(attempt: Attempt): StartedAttempt {
    const row = this.#store.actions.get(`${attempt.runId}/${attempt.action}`)
    if (row === undefined) throw new Error(`${attempt.action} is started before it is stored`)
    if (row.state.endedAt !== null) throw new Error(`${attempt.action} has ended, and is started again`)
    for (const { attempt: other } of this.#tasks.values()) {
      if (other.action === attempt.action) throw new Error(`${attempt.action} has two live attempts`)
    }
    this.#checkLimit(attempt)
    const task: Task = { attempt, awaited: new Set(), asked: new Set() }
    this.#tasks.set(attempt.handle, task)
    return {
      cancel: () => this.#forget(attempt.handle),
      deliver: (outcome) => this.#deliver(task, outcome),
    }
  }

  #checkLimit(started: Attempt): void {
    // An attempt that is given up makes room at once, and is told so after the commit: others may start in between.
    if (this.#limit === 0 || this.#isRemote || this.#hasLiveChild(started)) return
    // What is gathered may cancel attempts: they have given their places away, and are told so once it is committed.
    if (this.#flushes.length > 0) return
    const busy = [...this.#tasks.values()].filter(({ attempt }) => !this.#hasLiveChild(attempt))
    // Those that waited for a child which has ended since are busy again, over the limit or not: they were let in before.
    const fresh = busy.filter(({ asked }) => asked.size === 0)
    if (fresh.length >= this.#limit) throw new Error(`${started.action} is started although ${fresh.length} are busy`)
  }

  #hasLiveChild({ runId, action }: Attempt): boolean {
    return childrenOf(action).some((name) => {
      const row = this.#store.actions.get(`${runId}/${name}`)
      return row !== undefined && row.state.endedAt === null
    })
  }

  #deliver(task: Task, outcome: ChildOutcome): void {
    const row = this.#store.actions.get(`${task.attempt.runId}/${outcome.name}`)
    if (row?.state.endedAt == null) throw new Error(`the end of ${outcome.name} is told before it is stored`)
    if (row.state.phase !== outcome.phase)
      throw new Error(`${outcome.name} is said to have ended otherwise than it did`)
    task.awaited.delete(outcome.name)
  }

  #forget(handle: number): void {
    if (this.#tasks.delete(handle)) this.#stale.push(handle)
  }

  async #step(faults: number): Promise<void> {
    if (this.#breach !== undefined) throw this.#breach
    if (this.#answers.length > 0 && this.#random() < 0.5) this.#answers.shift()?.()
    else if (this.#flushes.length > 0 && this.#random() < 0.6) await this.#flush()
    else if (this.#random() < faults) await this.#fault()
    else this.#work()
    await ticks()
    if (this.#tasks.size === 0 && !this.#isOver()) await this.#settle()
  }

  #work(): void {
    const task = this.#pick([...this.#tasks.values()])
    if (task === undefined) return
    const next = childrenOf(task.attempt.action).find((name) => !task.asked.has(name))
    if (next !== undefined) this.#enqueue(task, next)
    else if (task.awaited.size === 0) this.#finish(task)
  }

  #enqueue(task: Task, name: string): void {
    task.asked.add(name)
    task.awaited.add(name)
    const child = { name, spec, inputs: { bytes: new Uint8Array() }, group: '', cacheKey: cacheKeyOf(name), queue: '' }
    this.#host.enqueueChild(task.attempt.handle, child)
    if (this.#random() < 0.1) this.#host.enqueueChild(task.attempt.handle, child)
  }

  #finish(task: Task): void {
    const { handle } = task.attempt
    this.#forget(handle)
    this.#host.succeeded(handle, { bytes: new Uint8Array([1]) }, Date.now(), Date.now())
  }

  async #fault(): Promise<void> {
    const kind = Math.floor(this.#random() * 6)
    const task = this.#pick([...this.#tasks.values()])
    if (kind === 0) await this.#crash()
    else if (kind === 1) this.#loseWorker()
    else if (kind === 2) this.#reportLate()
    else if (kind === 3 && task !== undefined) this.#fail(task)
    else if (kind === 4 && task !== undefined) this.#host.started(task.attempt.handle, Date.now())
    else if (kind === 5 && this.#random() < 0.1) this.#abort()
  }

  /** The server dies: what was not committed did not happen, and its workers go with it. */
  async #crash(): Promise<void> {
    this.crashes += 1
    await this.#boot()
  }

  #loseWorker(): void {
    for (const handle of this.#tasks.keys()) {
      if (this.#random() < 0.5) continue
      this.#forget(handle)
      this.#host.failed(handle, lost, 0, Date.now())
    }
  }

  #reportLate(): void {
    const handle = this.#pick(this.#stale)
    if (handle === undefined) return
    if (this.#random() < 0.5) this.#host.succeeded(handle, { bytes: new Uint8Array([2]) }, 1, Date.now())
    else this.#host.failed(handle, boom, 1, Date.now())
  }

  #fail(task: Task): void {
    this.#forget(task.attempt.handle)
    this.#host.failed(task.attempt.handle, boom, Date.now(), Date.now())
  }

  #abort(): void {
    const action = this.#pick([...this.#store.actions.values()])
    if (action === undefined) return
    this.#background.push(this.#engine.abort({ ...runKey, action: action.name }, 'asked'))
  }

  async #flush(): Promise<void> {
    const flush = this.#flushes.shift()
    flush?.()
    await ticks()
  }

  async #settle(): Promise<void> {
    await ticks()
    while (this.#flushes.length > 0 || this.#answers.length > 0) {
      this.#answers.shift()?.()
      await this.#flush()
    }
  }

  #delayed(): Promise<void> {
    return new Promise((resolve) => this.#answers.push(resolve))
  }

  #isOver(): boolean {
    const root = this.#store.actions.get('1/a0')
    return root !== undefined && root.state.endedAt !== null && this.#flushes.length === 0
  }

  #checkEnd(): void {
    if (this.#breach !== undefined) throw this.#breach
    const rows = [...this.#store.actions.values()]
    for (const { name, state } of rows) {
      if (state.endedAt === null) throw new Error(`${name} never ended`)
    }
    if (this.#engine.liveActions !== 0) throw new Error(`${this.#engine.liveActions} ended actions stay in memory`)
  }

  #pick<T>(items: ReadonlyArray<T>): T | undefined {
    return items[Math.floor(this.#random() * items.length)]
  }
}

/** The tree that every history runs: a0 has three children, each of which has two. */
function childrenOf(action: string): ReadonlyArray<string> {
  const depth = action === 'a0' ? 0 : action.length - 1
  const width = [3, 2, 0][depth] ?? 0
  return Array.from({ length: width }, (_, i) => (action === 'a0' ? `c${i}` : `${action}${i}`))
}

/** The grandchildren of some children have the same key: one computes, the others take its result. */
function cacheKeyOf(action: string): string {
  return action.endsWith('00') || action.endsWith('10') ? 'shared' : ''
}

// Long enough for every promise that is already settled to be acted upon; nothing in a simulation waits for time.
async function ticks(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}
