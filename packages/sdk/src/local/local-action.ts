import {
  ActionAbortedError,
  backoffDelayMs,
  fromTaskFailure,
  isRecoverableError,
  TaskTimeoutError,
  type TaskFailure,
  taskIdentity,
  toTaskFailure,
} from '@tern/core'
import { createStorage, joinUri } from '@tern/core/storage'
import { cachingOf } from '../authoring/caching.ts'
import { toRetryPolicy, toTimeoutsMs } from '../authoring/check-options.ts'
import { ChildNames } from '../authoring/child-names.ts'
import type { AnswerCondition } from '../authoring/condition-request.ts'
import {
  type ChildCall,
  type FinishedTrace,
  type OpenCondition,
  type ParentAction,
  runInScope,
  type TaskContext,
  type TraceResult,
} from '../authoring/context.ts'
import { ownBundleUrl } from '../authoring/process-role.ts'
import { Report } from '../authoring/report.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { toReadableFailure } from '../runtime/readable-failure.ts'
import { localFilesRoot, type Place, StoragePlace } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { contextOf, withContext } from '../types/inputs-context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import { checkArrivedInputs, checkArrivedOutputs, checkGivenInputs, checkReturned } from '../types/validation.ts'
import { delay } from './delay.ts'
import { answerLocally } from './local-condition.ts'

/** How an action ended: its outputs as the wire has them, or the error that its parent gets. */
export type Outcome = { readonly outputs: Uint8Array } | { readonly error: Error }

/** What the actions of one local run share. */
export interface LocalRunState {
  readonly name: string
  readonly project: string
  readonly domain: string
  readonly startedAt: Date
  /** By name: a call that is made again, by a parent's next attempt, gets the result of the first. */
  readonly actions: Map<string, Promise<Outcome>>
  readonly traces: Map<string, TraceResult>
  /** Names of the runs that were started to go on by themselves, by the name of the call. */
  readonly detached: Map<string, string>
  readonly detach: (definition: TaskDefinition, inputs: Uint8Array) => string
  readonly answer: AnswerCondition
}

export interface LocalActionOptions {
  readonly run: LocalRunState
  readonly name: string
  readonly definition: TaskDefinition
  readonly inputs: Uint8Array
  readonly group: string
  /** Aborted when nobody wants the action any more. */
  readonly signal: AbortSignal
  readonly onAttempt?: (attempt: number) => void
}

/** Runs one action in this process to its end, over all its attempts. */
export async function runLocalAction(options: LocalActionOptions): Promise<Outcome> {
  const over = new AbortController()
  try {
    return await runAttempts(options, AbortSignal.any([options.signal, over.signal]))
  } finally {
    over.abort(new ActionAbortedError(`the action ${options.name} has ended`))
  }
}

/** @param lifetime aborted when the action is over, however it ended */
async function runAttempts(options: LocalActionOptions, lifetime: AbortSignal): Promise<Outcome> {
  const { definition, signal, name } = options
  const { count, backoff } = toRetryPolicy(definition.options.retries)
  const { deadlineMs } = toTimeoutsMs(definition.options.timeout)
  const deadline = deadlineMs === 0 ? undefined : Date.now() + deadlineMs
  for (let attempt = 1; ; attempt++) {
    options.onAttempt?.(attempt)
    const outcome = await new LocalAttempt(options, attempt, deadline, lifetime).run()
    if (!('failure' in outcome)) return outcome
    if (attempt > count || !outcome.failure.recoverable) return { error: fromTaskFailure(outcome.failure, name) }
    const pause = backoff === undefined ? 0 : backoffDelayMs(backoff, attempt - 1)
    if (deadline !== undefined && Date.now() + pause >= deadline)
      return { error: timedOut(definition, name, 'deadline') }
    try {
      await delay(pause, signal)
    } catch {
      return { error: abortedBy(signal, name) }
    }
  }
}

type AttemptOutcome = Outcome | { readonly failure: TaskFailure }

class LocalAttempt implements ParentAction {
  private readonly options: LocalActionOptions
  /** By the trace that calls are made in, if they are made in one. */
  private readonly names = new Map<string | undefined, ChildNames>()
  private readonly controller = new AbortController()
  private readonly context: TaskContext
  private readonly deadline: number | undefined
  private readonly lifetime: AbortSignal
  readonly place: Place
  readonly report: Report | undefined

  constructor(options: LocalActionOptions, attempt: number, deadline: number | undefined, lifetime: AbortSignal) {
    const { run, name, definition, group } = options
    this.options = options
    this.deadline = deadline
    this.lifetime = lifetime
    const files = localFilesRoot(run.name, `${name}-${attempt}`)
    this.place = new StoragePlace(files)
    this.report = definition.options.report ? new Report((html) => storeReport(files, html)) : undefined
    this.context = {
      signal: this.controller.signal,
      action: { name, task: definition.name, version: '', group },
      run: { name: run.name, org: '', project: run.project, domain: run.domain, startedAt: run.startedAt },
      attempt,
      customContext: contextOf(options.inputs),
      rawDataPath: files,
      mode: 'local',
    }
  }

  async run(): Promise<AttemptOutcome> {
    const { signal } = this.options
    const stop = () => this.controller.abort(abortedBy(signal, this.options.name))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    const timers = this.startTimers()
    try {
      const outputs = await Promise.race([this.execute(), this.stopped()])
      await this.report?.flush()
      return { outputs }
    } catch (error) {
      await this.report?.flush().catch(() => {})
      return this.failed(error)
    } finally {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      // Children that nobody awaited end with their parent.
      this.controller.abort(new ActionAbortedError(`the action ${this.options.name} has ended`))
    }
  }

  async callChild(call: ChildCall): Promise<unknown> {
    const { definition, group } = call
    const { signal } = this.controller
    if (signal.aborted) throw signal.reason
    const values = await this.givenTo(call)
    const caching = cachingOf(definition)
    const { bytes: given, hash } = writeValues(definition.interface.inputs, values, { hashWithout: caching.ignoredInputs })
    const bytes = withContext(given, call.customContext)
    checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
    const name = this.namesIn(call.trace).next(identityOf(definition), hash, group)
    const { run } = this.options
    let action = run.actions.get(name)
    if (action === undefined) {
      const signals = call.signal === undefined ? signal : AbortSignal.any([signal, call.signal])
      action = runLocalAction({ run, name, definition, inputs: bytes, group, signal: signals })
      run.actions.set(name, action)
    }
    return checkArrivedOutputs(definition.interface, readValues(definition.interface.outputs, outputsOf(await action)))
  }

  async detach(call: ChildCall): Promise<string> {
    const { definition } = call
    const { signal } = this.controller
    if (signal.aborted) throw signal.reason
    const values = await this.givenTo(call)
    const caching = cachingOf(definition)
    const { bytes: given, hash } = writeValues(definition.interface.inputs, values, { hashWithout: caching.ignoredInputs })
    const bytes = withContext(given, call.customContext)
    const name = this.namesIn(call.trace).next(identityOf(definition), hash, call.group)
    const { detached, detach } = this.options.run
    const run = detached.get(name) ?? detach(definition, bytes)
    detached.set(name, run)
    return run
  }

  namesIn(trace: string | undefined): ChildNames {
    const known = this.names.get(trace) ?? new ChildNames(trace ?? this.options.name)
    this.names.set(trace, known)
    return known
  }

  async findTrace(name: string): Promise<TraceResult | undefined> {
    const { signal } = this.controller
    if (signal.aborted) throw signal.reason
    return this.options.run.traces.get(name)
  }

  async recordTrace({ name, result }: FinishedTrace): Promise<void> {
    const { signal } = this.controller
    if (signal.aborted) throw signal.reason
    this.options.run.traces.set(name, result)
  }

  async openCondition({ name, spec }: OpenCondition): Promise<Uint8Array> {
    const { run } = this.options
    const signal = this.lifetime
    let action = run.actions.get(name)
    if (action === undefined) {
      // It waits on when another attempt replaces this one, and ends with the action.
      action = answerLocally({ spec, actionName: name, answer: run.answer, signal })
      run.actions.set(name, action)
    }
    return outputsOf(await action)
  }

  toFailure(thrown: unknown): TaskFailure {
    const failure = toReadableFailure(thrown, ownBundleUrl())
    const { on } = toRetryPolicy(this.options.definition.options.retries)
    return { ...failure, recoverable: failure.recoverable && (on === 'any' || isRecoverableError(thrown)) }
  }

  private async execute(): Promise<Uint8Array> {
    const { definition, inputs } = this.options
    const task = definition.interface
    const arrived = await checkArrivedInputs(task, readValues(task.inputs, inputs))
    const scope = { context: this.context, group: '', parent: this }
    const { run } = definition
    const returned = await runInScope(scope, () => run(arrived as never, this.context))
    const values = await checkReturned(task, returned)
    const { bytes } = writeValues(task.outputs, await storeValues(task.outputs, values, () => this.place))
    checkInlineSize(`outputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
    return bytes
  }

  private async givenTo({ definition, inputs }: ChildCall): Promise<readonly unknown[]> {
    const task = definition.interface
    return storeValues(task.inputs, await checkGivenInputs(task, inputs), () => this.place)
  }

  private stopped(): Promise<never> {
    const { signal } = this.controller
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason)
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  private startTimers(): NodeJS.Timeout[] {
    const { definition, name } = this.options
    const { maxRuntimeMs } = toTimeoutsMs(definition.options.timeout)
    const start = (ms: number, limit: 'timeout' | 'deadline') =>
      setTimeout(() => this.controller.abort(timedOut(definition, name, limit)), ms)
    return [
      ...(maxRuntimeMs === 0 ? [] : [start(maxRuntimeMs, 'timeout')]),
      ...(this.deadline === undefined ? [] : [start(Math.max(0, this.deadline - Date.now()), 'deadline')]),
    ]
  }

  private failed(thrown: unknown): AttemptOutcome {
    const { signal } = this.controller
    if (signal.aborted && signal.reason instanceof ActionAbortedError) return { error: signal.reason }
    if (signal.aborted && signal.reason instanceof TaskTimeoutError) return this.timedOut(signal.reason)
    return { failure: this.toFailure(thrown) }
  }

  // Time out of one attempt is worth another; the deadline is for all of them.
  private timedOut(error: TaskTimeoutError): AttemptOutcome {
    const { count, onTimeout } = toRetryPolicy(this.options.definition.options.retries)
    const isOver = this.deadline !== undefined && Date.now() >= this.deadline
    return isOver || !onTimeout || this.context.attempt > count ? { error } : { failure: toTaskFailure(error) }
  }
}

async function storeReport(folder: string, html: string): Promise<void> {
  await createStorage(folder).write(joinUri(folder, 'report.html'), Buffer.from(html))
}

function identityOf(definition: TaskDefinition): string {
  return taskIdentity({
    taskName: definition.name,
    interfaceHash: definition.interface.hash,
    discoveryVersion: cachingOf(definition).version,
  })
}

function outputsOf(outcome: Outcome): Uint8Array {
  if ('error' in outcome) throw outcome.error
  return outcome.outputs
}

function timedOut({ name }: TaskDefinition, actionName: string, limit: 'timeout' | 'deadline'): TaskTimeoutError {
  const what = limit === 'timeout' ? 'maximum running time' : 'deadline'
  return new TaskTimeoutError(`task ${name} ran out of time: its ${what} is over`, { actionName })
}

function abortedBy(signal: AbortSignal, actionName: string): ActionAbortedError {
  if (signal.reason instanceof ActionAbortedError) return signal.reason
  const reason = signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
  return new ActionAbortedError(reason, { actionName, cause: signal.reason })
}
