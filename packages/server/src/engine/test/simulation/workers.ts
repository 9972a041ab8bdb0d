import type { TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { Attempt, ChildOutcome, Executor, ExecutorHost, StartedAttempt } from '../../../executors/executor.ts'
import type { SleepHost } from '../../../executors/in-process/sleep-executor.ts'
import { AttemptChecks, hasLiveChild } from './attempt-checks.ts'
import type { Clients } from './clients.ts'
import { checkCall } from './invariants.ts'
import { Channel } from './mail.ts'
import { detachedRoot, type PlannedAction } from './plan.ts'
import { type OpenAttempt, type Server, type World, hasEnded, isDetached, rowOf } from './world.ts'

const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
const boom: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }
const fatal: TaskFailure = { ...boom, recoverable: false }
const noInputs = { inputs: { bytes: new Uint8Array() }, group: '' }

/** An attempt that a simulated worker runs. */
interface Task extends OpenAttempt {
  readonly planned: PlannedAction
  /** What it tells the engine arrives in order. */
  readonly channel: Channel
  /** What the engine tells it does, too. */
  readonly inbox: Channel
  readonly asked: Set<string>
  readonly told: Set<string>
  /** It has heard that it is to stop, and does. */
  readonly stopped: PromiseWithResolvers<void>
  startedAt: number
  runningAt: number | undefined
}

/** Workers of a server that run attempts: they start children, wait for them, finish, fail, die, and report late. */
export class Workers {
  readonly #world: World
  readonly #clients: Clients
  readonly #server: Server
  readonly checks: AttemptChecks<Task>
  /** Attempts that workers run, by handle. */
  readonly #tasks = new Map<number, Task>()
  /** Attempts of the past, for reports that come too late. */
  readonly #past: Task[] = []
  #host!: ExecutorHost

  constructor(world: World, clients: Clients, server: Server) {
    this.#world = world
    this.#clients = clients
    this.#server = server
    this.checks = new AttemptChecks(world, clients, server)
  }

  /**
   * Those of workers and processes that die with the server, and of pods and sleeps that do not.
   *
   * @param sleeps makes the executor of sleeps, a real one
   */
  executors(host: ExecutorHost, sleeps: (host: SleepHost) => Executor): ReadonlyArray<Executor> {
    this.#host = host
    const start = (attempt: Attempt): StartedAttempt => this.#start(attempt)
    const stop = async (): Promise<void> => this.#tasks.clear()
    return [
      this.#watched(sleeps),
      { name: 'pods', reattaches: true, accepts: ({ taskType }) => taskType === 'pod', start, stop },
      { name: 'processes', usesCapacity: true, accepts: ({ taskType }) => taskType === 'process', start, stop },
      { name: 'workers', accepts: () => true, start, stop },
    ]
  }

  /** Somebody who runs an attempt does the next thing. */
  work(): void {
    const task = this.#world.random.pick([...this.#tasks.values()])
    if (task === undefined) return
    const { random, isFaulty } = this.#world
    if (task.startedAt === 0) return this.#begin(task)
    const next = task.planned.children.find((name) => !task.asked.has(name))
    // Some do not wait for what they have started.
    if (isFaulty && random.chance(0.01)) this.#succeed(task)
    else if (next !== undefined) this.#ask(task, next)
    else if (isFaulty && random.chance(0.05)) this.#log(task)
    else if (task.planned.children.every((name) => this.#knows(task, name))) this.#succeed(task)
  }

  /** A worker dies. What it had not reported yet is lost. */
  lose(): void {
    for (const task of this.checks.open.values()) {
      if (task.planned.kind === 'sleep' || this.#world.random.chance(0.5)) continue
      this.#world.note(`the worker of ${task.label} dies`)
      this.#world.mail.close(task.channel)
      this.#world.mail.close(task.inbox)
      this.#end(task, 'its worker is lost', () =>
        this.#host.failed(task.attempt.handle, lost, 0, this.#world.time.now()),
      )
    }
  }

  fail(): void {
    const task = this.#world.random.pick([...this.#tasks.values()])
    if (task === undefined) return
    const { handle } = task.attempt
    const at = this.#world.time.now()
    const failure = this.#world.random.chance(0.1) ? fatal : boom
    this.#end(task, 'fails', () => this.#host.failed(handle, failure, task.startedAt, at))
  }

  /** What was said before is said again, or something else, when nobody waits for it any more. */
  reportLate(): void {
    const task = this.#world.random.pick(this.#past)
    if (task === undefined || this.checks.open.has(task.attempt.handle)) return
    const { handle } = task.attempt
    const host = this.#host
    const at = this.#world.time.now()
    this.#world.note(`${task.label} reports late`)
    const outputs = { bytes: outputsOf(task, 'late') }
    const { spec } = task.planned
    const trace = { name: 'late', spec, ...noInputs, outcome: { phase: 5, startedAt: at, endedAt: at, outputs } }
    const kinds = [
      () => host.succeeded(handle, outputs, 1, at),
      () => host.failed(handle, boom, 1, at),
      () => host.started(handle, at),
      () => host.dispatched(handle),
      () => host.log(handle, new Uint8Array([1]), 1),
      () => host.enqueueChild(handle, { ...noInputs, name: 'late', spec, cacheKey: '', queue: '' }),
      () => host.detachChild(handle, { ...noInputs, name: 'late', spec, cacheKey: '', queue: '' }),
      () => host.abortChild(handle, task.planned.children[0] ?? 'none', 'late'),
      () => host.recordTrace(handle, trace),
    ]
    this.#world.random.pick(kinds)!()
  }

  /** A real executor, whose attempts are looked after as all others. */
  #watched(make: (host: SleepHost) => Executor): Executor {
    const executor = make({
      started: (handle, at) => this.#host.started(handle, at),
      failed: (handle, failure, startedAt, at) => this.#host.failed(handle, failure, startedAt, at),
      succeeded: (handle, outputs, startedAt, at) => {
        this.checks.open.delete(handle)
        this.#host.succeeded(handle, outputs, startedAt, at)
      },
    })
    return {
      name: executor.name,
      reattaches: executor.reattaches === true,
      accepts: (spec, policy) => executor.accepts(spec, policy),
      stop: () => executor.stop(),
      start: (attempt) => {
        const task = this.#newTask(attempt)
        this.checks.started(task)
        const started = executor.start(attempt)
        const cancel = (reason: string): Promise<void> | void => {
          this.checks.cancelled(task)
          return started.cancel(reason)
        }
        return { cancel, deliver: (outcome) => started.deliver(outcome) }
      },
    }
  }

  #start(attempt: Attempt): StartedAttempt {
    const task = this.#newTask(attempt)
    this.checks.started(task)
    this.#world.note(`${task.label} is handed out as ${attempt.handle}`)
    this.#tasks.set(attempt.handle, task)
    return {
      cancel: () => this.#cancel(task),
      deliver: (outcome) => this.#deliver(task, outcome),
    }
  }

  #newTask(attempt: Attempt): Task {
    const { id } = this.#server
    return {
      attempt,
      planned: isDetached(attempt.run.run) ? detachedRoot : this.#world.plan.get(attempt.action)!,
      label: `${attempt.run.run}/${attempt.action}#${attempt.number} on server ${id}`,
      channel: new Channel(id),
      inbox: new Channel(id),
      asked: new Set(),
      told: new Set(),
      stopped: Promise.withResolvers(),
      hasWaited: hasLiveChild(this.#world, attempt),
      startedAt: attempt.startedAt ?? 0,
      runningAt: undefined,
    }
  }

  /** It has stopped when all has arrived that it sent before. */
  #cancel(task: Task): Promise<void> {
    this.checks.cancelled(task)
    this.#world.mail.send(task.inbox, `${task.label} is told to stop`, () => {
      if (this.#tasks.has(task.attempt.handle)) this.#log(task)
      this.#forget(task)
      this.#send(task, 'has stopped', () => task.stopped.resolve())
    })
    return task.stopped.promise
  }

  #deliver(task: Task, outcome: ChildOutcome): void {
    const { name, phase, run } = outcome
    if (this.#world.plan.get(name)?.kind === 'detached') return this.#detached(task, name, run)
    if (phase === ActionPhase.UNSPECIFIED) return this.#unrecorded(task, name)
    const row = rowOf(this.#world, task.attempt.runId, name)
    checkCall(
      this.#world,
      'after the commit',
      hasEnded(row),
      () => `${task.label} is told the end of ${name} before it is stored`,
    )
    checkCall(
      this.#world,
      'one end',
      row?.state.phase === phase,
      () => `${task.label} is told that ${name} ended otherwise than it did`,
    )
    this.#world.mail.send(task.inbox, `${task.label} is told that ${name} ended`, () => void task.told.add(name))
  }

  #detached(task: Task, name: string, run: string | undefined): void {
    const isStored = run === undefined || this.#world.store.runNamed(run) !== undefined
    checkCall(this.#world, 'after the commit', isStored, () => `${task.label} is told of ${run} before it is stored`)
    this.#world.mail.send(task.inbox, `${task.label} is told that ${name} is started`, () => void task.told.add(name))
  }

  /** Nothing is recorded of a trace: the traced call is made, and recorded. */
  #unrecorded(task: Task, name: string): void {
    const row = rowOf(this.#world, task.attempt.runId, name)
    const isNew = row === undefined || this.#server.isStale
    checkCall(this.#world, 'nothing lost', isNew, () => `${task.label} makes the call ${name} again, which is recorded`)
    this.#world.mail.send(task.inbox, `${task.label} is told to make the call ${name}`, () => {
      if (!this.#tasks.has(task.attempt.handle)) return
      const at = this.#world.time.now()
      const outcome = { phase: ActionPhase.SUCCEEDED, startedAt: at, endedAt: at, outputs: { uri: '/trace' } }
      const trace = { ...noInputs, name, spec: this.#world.plan.get(name)!.spec, outcome }
      this.#send(task, `records ${name}`, () => this.#host.recordTrace(task.attempt.handle, trace))
    })
  }

  #begin(task: Task): void {
    const { handle } = task.attempt
    task.startedAt = this.#world.time.now()
    this.#send(task, 'is taken', () => this.#host.dispatched(handle))
    this.#send(task, 'runs', () => {
      task.runningAt = this.#world.time.elapsedMs
      this.#host.started(handle, task.startedAt)
    })
  }

  #ask(task: Task, name: string): void {
    const child = this.#world.plan.get(name)!
    const { handle } = task.attempt
    task.asked.add(name)
    if (!child.isAskedByExecutor) return this.#clients.enqueue(task.attempt, child)
    const { kind, spec, cacheKey, queue, inputs } = child
    if (kind === 'trace') return this.#send(task, `looks for ${name}`, () => this.#host.findTrace(handle, name))
    const request = { ...noInputs, name, spec, cacheKey, queue, inputs: { bytes: inputs } }
    const ask = (): void =>
      kind === 'detached' ? this.#host.detachChild(handle, request) : this.#host.enqueueChild(handle, request)
    this.#send(task, `asks for ${name}`, ask)
    const { random, isFaulty } = this.#world
    if (random.chance(0.1)) this.#send(task, `asks for ${name} again`, ask)
    const isUnwanted = isFaulty && random.chance(0.02)
    if (isUnwanted) this.#send(task, `gives up ${name}`, () => this.#host.abortChild(handle, name, 'why'))
  }

  /** Whether the attempt knows the end of a child: it has been told, or it has looked. */
  #knows(task: Task, name: string): boolean {
    if (task.told.has(name)) return true
    const child = this.#world.plan.get(name)!
    if (child.isAskedByExecutor) return false
    const row = rowOf(this.#world, task.attempt.runId, name)
    // A request may have been lost: it is made again until there is something to see.
    if (row === undefined && this.#world.mail.isEmpty) this.#clients.enqueue(task.attempt, child)
    return hasEnded(row)
  }

  #log(task: Task): void {
    this.#send(task, 'writes a line', () => this.#host.log(task.attempt.handle, new Uint8Array([1]), 1))
  }

  #succeed(task: Task): void {
    const { handle } = task.attempt
    const at = this.#world.time.now()
    const bytes = outputsOf(task, 'result')
    // Large ones are in storage.
    const outputs = task.planned.name.endsWith('1') ? { uri: new TextDecoder().decode(bytes) } : { bytes }
    this.#end(task, 'succeeds', () => this.#host.succeeded(handle, outputs, task.startedAt, at))
  }

  #end(task: Task, what: string, report: () => void): void {
    this.#forget(task)
    this.#send(task, what, () => {
      this.checks.open.delete(task.attempt.handle)
      report()
    })
  }

  #send(task: Task, what: string, deliver: () => void): void {
    this.#world.mail.send(task.channel, `${task.label} ${what}`, deliver)
  }

  #forget(task: Task): void {
    if (this.#tasks.delete(task.attempt.handle)) this.#past.push(task)
  }
}

/** What an attempt returns: it names the attempt, so that a result can be told from that of another. */
function outputsOf({ attempt }: Task, what: string): Uint8Array {
  return new TextEncoder().encode(`${what} ${attempt.action}#${attempt.number}`)
}
