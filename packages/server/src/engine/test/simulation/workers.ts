import type { TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { Attempt, ChildOutcome, Executor, ExecutorHost, StartedAttempt } from '../../../executors/executor.ts'
import type { Clients } from './clients.ts'
import { check } from './invariants.ts'
import { Channel } from './mail.ts'
import type { PlannedAction } from './plan.ts'
import { type World, hasEnded, rowOf } from './world.ts'

const lost: TaskFailure = { code: 'WorkerLost', message: 'gone', kind: 'system', recoverable: true }
const boom: TaskFailure = { code: 'Error', message: 'boom', kind: 'user', recoverable: true }
const noInputs = { inputs: { bytes: new Uint8Array() }, group: '', queue: '' }

/** An attempt that a simulated worker runs. */
interface Task {
  readonly attempt: Attempt
  readonly planned: PlannedAction
  readonly label: string
  /** What it tells the engine arrives in order. */
  readonly channel: Channel
  /** What the engine tells it does, too. */
  readonly inbox: Channel
  readonly asked: Set<string>
  readonly told: Set<string>
  /** It had live children from the start, of an earlier attempt. */
  readonly hasWaited: boolean
  startedAt: number
}

/** Workers that run attempts: they start children, wait for them, finish, fail, die, and report late. */
export class Workers {
  readonly #world: World
  readonly #clients: Clients
  /** Attempts that workers run, by handle. */
  readonly #tasks = new Map<number, Task>()
  /** Attempts that the engine has neither given up nor heard the end of, by handle. */
  readonly #open = new Map<number, Task>()
  /** Attempts of the past, for reports that come too late. */
  readonly #past: Task[] = []
  readonly #life: number
  host!: ExecutorHost

  constructor(world: World, clients: Clients) {
    this.#world = world
    this.#clients = clients
    this.#life = world.lives
  }

  get isIdle(): boolean {
    return this.#tasks.size === 0
  }

  /** Those of workers that die with the server, and of pods that do not. */
  executors(host: ExecutorHost): ReadonlyArray<Executor> {
    this.host = host
    const start = (attempt: Attempt): StartedAttempt => this.#start(attempt)
    const stop = async (): Promise<void> => {}
    return [
      { name: 'pods', reattaches: true, accepts: ({ taskType }) => taskType === 'pod', start, stop },
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
    for (const task of this.#open.values()) {
      if (this.#world.random.chance(0.5)) continue
      this.#world.note(`the worker of ${task.label} dies`)
      this.#world.mail.close(task.channel)
      this.#world.mail.close(task.inbox)
      this.#end(task, 'its worker is lost', () =>
        this.host.failed(task.attempt.handle, lost, 0, this.#world.time.now()),
      )
    }
  }

  fail(): void {
    const task = this.#world.random.pick([...this.#tasks.values()])
    if (task === undefined) return
    const { handle } = task.attempt
    const at = this.#world.time.now()
    this.#end(task, 'fails', () => this.host.failed(handle, boom, task.startedAt, at))
  }

  /** What was said before is said again, or something else, when nobody waits for it any more. */
  reportLate(): void {
    const task = this.#world.random.pick(this.#past)
    if (task === undefined || this.#open.has(task.attempt.handle)) return
    const { handle } = task.attempt
    const at = this.#world.time.now()
    this.#world.note(`${task.label} reports late`)
    const outputs = { bytes: outputsOf(task, 'late') }
    const kinds = [
      () => this.host.succeeded(handle, outputs, 1, at),
      () => this.host.failed(handle, boom, 1, at),
      () => this.host.started(handle, at),
      () => this.host.dispatched(handle),
      () => this.host.log(handle, new Uint8Array([1]), 1),
      () => this.host.enqueueChild(handle, { ...noInputs, name: 'late', spec: task.planned.spec, cacheKey: '' }),
      () => this.host.abortChild(handle, task.planned.children[0] ?? 'none', 'late'),
    ]
    this.#world.random.pick(kinds)!()
  }

  #start(attempt: Attempt): StartedAttempt {
    const label = `${attempt.run.run}/${attempt.action}#${attempt.number}`
    this.#checkStart(attempt, label)
    this.#world.note(`${label} is handed out as ${attempt.handle}`)
    const planned = this.#world.plan.get(attempt.action)!
    const task: Task = {
      attempt,
      planned,
      label,
      channel: new Channel(),
      inbox: new Channel(),
      asked: new Set(),
      told: new Set(),
      hasWaited: this.#hasLiveChild(attempt.runId, attempt.action),
      startedAt: attempt.startedAt ?? 0,
    }
    this.#tasks.set(attempt.handle, task)
    this.#open.set(attempt.handle, task)
    return {
      cancel: () => this.#cancel(task),
      deliver: (outcome) => this.#deliver(task, outcome),
    }
  }

  #checkStart(attempt: Attempt, label: string): void {
    const { time } = this.#world
    check('nothing lost', this.#life === this.#world.lives, () => `${label} is started by a server that is dead`)
    const row = rowOf(this.#world, attempt.runId, attempt.action)
    check('after the commit', row !== undefined, () => `${label} is started before it is stored`)
    check('nothing lost', !hasEnded(row), () => `${label} is started again after its end`)
    const isStored = row?.state.attempt === attempt.number
    check('after the commit', isStored, () => `${label} is started while attempt ${row?.state.attempt} is stored`)
    for (const { attempt: other, label: otherLabel } of this.#open.values()) {
      const isOther = other.action !== attempt.action || other.runId !== attempt.runId
      check('one attempt', isOther, () => `${label} is started beside ${otherLabel}`)
    }
    const { notBefore } = row!.state
    check('bounded', this.#clients.wasClockSet || (notBefore ?? 0) <= time.now(), () => `${label} does not back off`)
    this.#checkLimit(attempt, label)
  }

  #checkLimit({ runId, action, startedAt }: Attempt, label: string): void {
    const { limit, queues, hasUncommitted } = this.#world
    // What is gathered may give attempts up: they have made room at once, and are told so when it is committed.
    // What outlived its server may have been over the limit before: its children had ended.
    if (hasUncommitted || startedAt !== null || this.#hasLiveChild(runId, action)) return
    // Those whose children have ended are busy again, over the limit or not: they were let in before.
    const busy = [...this.#open.values()].filter(
      ({ attempt, asked, hasWaited }) =>
        !hasWaited && asked.size === 0 && !this.#hasLiveChild(attempt.runId, attempt.action),
    )
    const checkBusy = (most: number, others: ReadonlyArray<Task>): void =>
      check(
        'bounded',
        others.length < most,
        () => `${label} is started beside ${others.map((one) => one.label).join()}`,
      )
    if (limit > 0) checkBusy(limit, busy)
    const queueOf = (name: string): string | null => rowOf(this.#world, runId, name)?.queue ?? null
    const most = queues?.[queueOf(action) ?? '']?.maxConcurrency
    if (most === undefined) return
    checkBusy(
      most,
      busy.filter((task) => queueOf(task.attempt.action) === queueOf(action)),
    )
  }

  #hasLiveChild(runId: number, action: string): boolean {
    const children = this.#world.plan.get(action)?.children ?? []
    return children.some((name) => rowOf(this.#world, runId, name)?.state.endedAt === null)
  }

  #cancel(task: Task): void {
    const row = rowOf(this.#world, task.attempt.runId, task.attempt.action)
    const isOver = hasEnded(row) || (row?.state.attempt ?? 0) > task.attempt.number
    check('after the commit', isOver, () => `${task.label} is given up before that is stored`)
    this.#open.delete(task.attempt.handle)
    this.#world.mail.send(task.inbox, `${task.label} is told to stop`, () => this.#forget(task))
  }

  #deliver(task: Task, { name, phase }: ChildOutcome): void {
    const row = rowOf(this.#world, task.attempt.runId, name)
    check('after the commit', hasEnded(row), () => `${task.label} is told the end of ${name} before it is stored`)
    check('one end', row?.state.phase === phase, () => `${task.label} is told that ${name} ended otherwise than it did`)
    this.#world.mail.send(task.inbox, `${task.label} is told that ${name} ended`, () => void task.told.add(name))
  }

  #begin(task: Task): void {
    const { handle } = task.attempt
    task.startedAt = this.#world.time.now()
    this.#send(task, 'is taken', () => this.host.dispatched(handle))
    this.#send(task, 'runs', () => this.host.started(handle, task.startedAt))
  }

  #ask(task: Task, name: string): void {
    const child = this.#world.plan.get(name)!
    task.asked.add(name)
    if (child.kind !== 'task' || task.planned.kind === 'external') return this.#clients.enqueue(task.attempt, child)
    const request = { ...noInputs, name, spec: child.spec, cacheKey: child.cacheKey, queue: child.queue }
    const ask = (): void => this.host.enqueueChild(task.attempt.handle, request)
    this.#send(task, `asks for ${name}`, ask)
    if (this.#world.random.chance(0.1)) this.#send(task, `asks for ${name} again`, ask)
    const isUnwanted = this.#world.isFaulty && this.#world.random.chance(0.02)
    if (isUnwanted) this.#send(task, `gives up ${name}`, () => this.host.abortChild(task.attempt.handle, name, 'why'))
  }

  /** Whether the attempt knows the end of a child: it has been told, or it has looked. */
  #knows(task: Task, name: string): boolean {
    if (task.told.has(name)) return true
    const { kind } = this.#world.plan.get(name)!
    if (kind === 'task') return false
    const row = rowOf(this.#world, task.attempt.runId, name)
    // A request may have been lost: it is made again until there is something to see.
    if (row === undefined && this.#world.mail.isEmpty) this.#clients.enqueue(task.attempt, this.#world.plan.get(name)!)
    return hasEnded(row)
  }

  #log(task: Task): void {
    this.#send(task, 'writes a line', () => this.host.log(task.attempt.handle, new Uint8Array([1]), 1))
  }

  #succeed(task: Task): void {
    const { handle } = task.attempt
    const at = this.#world.time.now()
    const outputs = { bytes: outputsOf(task, 'result') }
    this.#end(task, 'succeeds', () => this.host.succeeded(handle, outputs, task.startedAt, at))
  }

  #end(task: Task, what: string, report: () => void): void {
    this.#forget(task)
    this.#send(task, what, () => {
      this.#open.delete(task.attempt.handle)
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

/** Whether the outputs of an action are those of the attempt that ended it. */
export function areOwnOutputs(action: string, attempt: number, phase: number, outputs: Uint8Array | null): boolean {
  if (phase !== ActionPhase.SUCCEEDED || outputs === null) return true
  return new TextDecoder().decode(outputs) === `result ${action}#${attempt}`
}
