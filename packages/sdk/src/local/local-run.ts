import { fromBinary } from '@bufbuild/protobuf'
import { inputsHash, isTerminalPhase, newRunName, phaseName, rootActionName } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { type InlineRule, InputsSchema } from '@tern/idl/task'
import { cachingOf } from '../authoring/caching.ts'
import { checkLocalOptions, checkRunOptions } from '../authoring/check-run-options.ts'
import { configuredOptions } from '../authoring/configure.ts'
import { checkCustomContext } from '../authoring/check-custom-context.ts'
import { notDerived } from '../authoring/derived-task.ts'
import { toRules } from '../authoring/notify.ts'
import { isPlainCall } from '../authoring/plain-call.ts'
import type { RunHandle, RunOptions, RunState, WaitOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { LocalPlace, localFilesRoot } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { childError, hasSucceeded } from '../runtime/child-result.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { withContext } from '../types/inputs-context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import { checkArrivedOutputs, checkGivenInputs } from '../types/validation.ts'
import { toRunError } from './attempt-states.ts'
import { type Ended, LocalAction } from './local-action.ts'
import { LocalAttempt, localCacheKey } from './local-attempt.ts'
import { LocalEngine, type LocalTerms } from './local-engine.ts'
import { sendLocally } from './local-notifications.ts'
import { enterLocalRun } from './local-process.ts'
import { launchedHere } from './launched-here.ts'
import type { LocalActionState } from './local-state.ts'

/** A run in this process. */
export interface LocalRunHandle<R> extends RunHandle<R> {
  /** Its actions as they are at any moment, in the order in which they came; the root is the first. */
  readonly actions: readonly LocalActionState[]
  /** The runs that its tasks have started to go on by themselves. */
  readonly detachedRuns: readonly LocalRunHandle<unknown>[]
  /**
   * Tells of each change of an action, and of each line that one prints where that is captured.
   *
   * @returns ends it
   */
  onChange(listener: (action: LocalActionState) => void): () => void
  /** Resolves when none of its code runs any more, or when code that was told to stop has had its time for that. */
  settled(): Promise<void>
}

/**
 * Runs a task in this process, with the tasks it calls as actions beside it: checked, named, retried and timed as by a
 * server, with nothing else running.
 *
 * @throws DataValidationError when the inputs do not fit the task
 */
export async function startLocalRun<R>(
  definition: TaskDefinition,
  inputs: Readonly<Record<string, unknown>>,
  options: RunOptions = {},
): Promise<LocalRunHandle<R>> {
  const { untyped } = definition
  if (untyped !== undefined && isPlainCall(untyped.fn, [inputs])) throw notDerived(definition.name)
  const { inputs: variables } = definition.interface
  const name = options.name ?? newRunName()
  const place = () => new LocalPlace(localFilesRoot(name))
  const values = await storeValues(variables, await checkGivenInputs(definition.interface, inputs), place)
  const { bytes } = writeValues(variables, values)
  checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
  return newRun<R>(definition, bytes, { ...options, name })
}

/** A local run of a task from a bundle, whose inputs and outputs stay as the wire has them. */
export interface LocalWireRun extends LocalRunHandle<unknown> {
  /**
   * Waits for the run.
   *
   * @returns a serialised flyteidl2.task.Outputs
   * @throws TaskFailedError, TaskTimeoutError or ActionAbortedError when it did not succeed
   */
  outputBytes(options?: WaitOptions): Promise<Uint8Array>
}

/** @param inputs a serialised flyteidl2.task.Inputs */
export function startLocalWireRun(definition: TaskDefinition, inputs: Uint8Array, options: RunOptions): LocalWireRun {
  return newRun<unknown>(definition, inputs, options)
}

function newRun<R>(task: TaskDefinition, given: Uint8Array, own: RunOptions): LocalRun<R> {
  const { definition, inputs, options } = launchedHere(task, given, own)
  const { customContext } = options
  const withOwn =
    customContext === undefined ? inputs : withContext(Uint8Array.from(inputs), checkCustomContext(customContext))
  return new LocalRun<R>(definition, withOwn, options)
}

const defaults = { org: 'tern', project: 'flytesnacks', domain: 'development' } as const
const defaultGraceMs = 10_000

class LocalRun<R> implements LocalRunHandle<R>, LocalWireRun {
  readonly name: string
  readonly url = undefined
  readonly detachedRuns: LocalRun<unknown>[] = []
  private readonly definition: TaskDefinition
  private readonly options: RunOptions
  private readonly engine: LocalEngine
  private readonly root: LocalAction
  private readonly watchers = new Set<() => void>()
  private readonly notified: Promise<void>
  private state: RunState

  constructor(definition: TaskDefinition, inputs: Uint8Array, options: RunOptions) {
    checkRunOptions(options)
    checkLocalOptions(options)
    this.name = options.name ?? newRunName()
    this.definition = definition
    this.options = options
    const configured = configuredOptions()
    const startedAt = new Date(options.local?.clock?.now() ?? Date.now())
    this.engine = new LocalEngine({
      id: {
        org: defaults.org,
        project: options.project ?? configured.project ?? defaults.project,
        domain: options.domain ?? configured.domain ?? defaults.domain,
        name: this.name,
        startedAt,
      },
      options,
      newAttempt: (action, task, attempt) => new LocalAttempt(action, task, attempt),
      detach: (task, given, terms) => this.detach(task, given, terms),
    })
    const cacheKey = rootCacheKey(this.engine, definition, inputs)
    const action = { name: rootActionName, group: '', inputs }
    this.root = new LocalAction(this.engine, null, action, { kind: 'task', definition, cacheKey })
    this.state = this.rootState()
    this.engine.onChange((changed) => {
      if (changed === this.root) this.update()
    })
    const rules = toRules(options.notify)
    const leave = enterLocalRun()
    this.notified = this.root.ended.then(() => this.notify(rules))
    void this.root.ended.then(async () => {
      // A process that has nothing left to do does not stay for code that never ends.
      await this.engine.settled(graceMsOf(options), { keepsProcess: false })
      this.engine.secrets.forget()
      leave()
    })
    options.local?.clock?.attach?.(this.engine)
    this.root.enter()
  }

  get actions(): readonly LocalActionState[] {
    return [...this.engine.actions.values()]
  }

  onChange(listener: (action: LocalActionState) => void): () => void {
    return this.engine.onChange(listener)
  }

  async settled(): Promise<void> {
    await this.root.ended
    await this.engine.settled(graceMsOf(this.options))
    await this.notified
  }

  async wait({ signal }: WaitOptions = {}): Promise<RunState> {
    await unlessAborted(this.root.ended, signal)
    return this.state
  }

  async outputs(options: WaitOptions = {}): Promise<R> {
    const task = this.definition.interface
    return (await checkArrivedOutputs(task, readValues(task.outputs, await this.outputBytes(options)))) as R
  }

  async outputBytes({ signal }: WaitOptions = {}): Promise<Uint8Array> {
    const ended: Ended = await unlessAborted(this.root.ended, signal)
    if (!hasSucceeded(ended)) throw childError(`task ${this.definition.name}`, { ...ended, name: rootActionName })
    return ended.outputs ?? new Uint8Array()
  }

  async *watch({ signal }: WaitOptions = {}): AsyncGenerator<RunState, void, undefined> {
    for (;;) {
      const seen = this.state
      yield seen
      if (seen.isFinal) return
      if (this.state === seen) await unlessAborted(this.nextChange(), signal)
    }
  }

  async abort(reason = 'aborted by its starter'): Promise<void> {
    this.root.abort(reason)
    await this.settled()
  }

  async details(): Promise<RunState> {
    return this.state
  }

  private detach(task: TaskDefinition, inputs: Uint8Array, terms: LocalTerms): string {
    const run = new LocalRun<unknown>(task, inputs, { ...this.options, ...terms, name: undefined, notify: undefined })
    this.detachedRuns.push(run)
    return run.name
  }

  private async notify(rules: readonly InlineRule[]): Promise<void> {
    if (rules.length === 0) return
    const { project, domain, name: run } = this.engine.id
    const { phase } = this.root.state
    const { error } = this.rootState()
    await sendLocally(rules, phase, { project, domain, run, phase: phaseName(phase), error: error?.message ?? '' })
  }

  private rootState(): RunState {
    const { phase, attempt, failure, abortReason, endedAt } = this.root.state
    const isFinal = isTerminalPhase(phase)
    return {
      name: this.name,
      phase: phaseName(phase),
      isFinal,
      attempts: attempt,
      startedAt: this.root.startedAt,
      endedAt: endedAt === null ? undefined : new Date(endedAt),
      error: isFinal && phase !== ActionPhase.SUCCEEDED ? toRunError(failure, abortReason) : undefined,
    }
  }

  private update(): void {
    this.state = this.rootState()
    for (const wake of this.watchers) wake()
    this.watchers.clear()
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => this.watchers.add(resolve))
  }
}

function graceMsOf({ local }: RunOptions): number {
  return local?.abortGraceMs ?? defaultGraceMs
}

function rootCacheKey(engine: LocalEngine, definition: TaskDefinition, inputs: Uint8Array): string | null {
  const { enabled, ignoredInputs } = cachingOf(definition)
  if (!enabled) return null
  return localCacheKey(engine, definition, inputsHash(fromBinary(InputsSchema, inputs).literals, ignoredInputs))
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
