import {
  ActionAbortedError,
  newRunName,
  type PhaseName,
  rootActionName,
  TaskFailedError,
  TaskTimeoutError,
} from '@tern/core'
import type { TraceResult } from '../authoring/context.ts'
import { checkCustomContext } from '../authoring/custom-context.ts'
import type { RunError, RunHandle, RunOptions, RunState, WaitOptions } from '../authoring/run-handle.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import { LocalPlace, localFilesRoot } from '../io/place.ts'
import { storeValues } from '../io/store-values.ts'
import { checkInlineSize } from '../types/inline-limit.ts'
import { withContext } from '../types/inputs-context.ts'
import { readValues, writeValues } from '../types/literal-wire.ts'
import { checkArrivedOutputs, checkGivenInputs } from '../types/validation.ts'
import { type Outcome, runLocalAction } from './local-action.ts'
import { askOnTerminal } from './terminal-answers.ts'

/**
 * Runs a task in this process, with the tasks it calls as actions beside it: checked, named, retried and timed as by a
 * server, but kept nowhere.
 *
 * @throws DataValidationError when the inputs do not fit the task
 */
export async function startLocalRun<R>(
  definition: TaskDefinition,
  inputs: Readonly<Record<string, unknown>>,
  options: RunOptions = {},
): Promise<RunHandle<R>> {
  const { inputs: variables } = definition.interface
  const name = options.name ?? newRunName()
  const place = () => new LocalPlace(localFilesRoot(name))
  const values = await storeValues(variables, await checkGivenInputs(definition.interface, inputs), place)
  const bytes = withContext(writeValues(variables, values).bytes, checkCustomContext(options.customContext))
  checkInlineSize(`inputs of task ${definition.name}`, bytes, definition.options.maxInlineIoBytes)
  return new LocalRun<R>(definition, bytes, { ...options, name })
}

/** A local run of a task from a bundle, whose inputs and outputs stay as the wire has them. */
export interface LocalWireRun extends RunHandle<unknown> {
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
  return new LocalRun<unknown>(definition, inputs, options)
}

class LocalRun<R> implements RunHandle<R>, LocalWireRun {
  readonly name: string
  readonly url = undefined
  private readonly definition: TaskDefinition
  private readonly controller = new AbortController()
  private readonly outcome: Promise<Outcome>
  private readonly watchers = new Set<() => void>()
  private state: RunState

  constructor(definition: TaskDefinition, inputs: Uint8Array, options: RunOptions) {
    this.name = options.name ?? newRunName()
    this.definition = definition
    this.state = {
      name: this.name,
      phase: 'RUNNING',
      isFinal: false,
      attempts: 1,
      startedAt: new Date(),
      endedAt: undefined,
      error: undefined,
    }
    const run = {
      name: this.name,
      project: options.project ?? '',
      domain: options.domain ?? '',
      startedAt: new Date(),
      actions: new Map<string, Promise<Outcome>>(),
      traces: new Map<string, TraceResult>(),
      detached: new Map<string, string>(),
      detach: (task: TaskDefinition, given: Uint8Array) =>
        new LocalRun(task, given, { ...options, name: undefined }).name,
      answer: options.answerCondition ?? askOnTerminal,
    }
    this.outcome = runLocalAction({
      run,
      name: rootActionName,
      definition,
      inputs,
      group: '',
      signal: this.controller.signal,
      onAttempt: (attempts) => this.update({ attempts }),
    }).then((outcome) => this.ended(outcome))
  }

  async wait({ signal }: WaitOptions = {}): Promise<RunState> {
    await unlessAborted(this.outcome, signal)
    return this.state
  }

  async outputs(options: WaitOptions = {}): Promise<R> {
    const task = this.definition.interface
    return (await checkArrivedOutputs(task, readValues(task.outputs, await this.outputBytes(options)))) as R
  }

  async outputBytes({ signal }: WaitOptions = {}): Promise<Uint8Array> {
    const outcome = await unlessAborted(this.outcome, signal)
    if ('error' in outcome) throw outcome.error
    return outcome.outputs
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
    this.controller.abort(new ActionAbortedError(reason, { actionName: rootActionName }))
    await this.outcome
  }

  async details(): Promise<RunState> {
    return this.state
  }

  private ended(outcome: Outcome): Outcome {
    const error = 'error' in outcome ? outcome.error : undefined
    this.update({
      phase: phaseOf(error),
      isFinal: true,
      endedAt: new Date(),
      error: error === undefined ? undefined : toRunError(error),
    })
    return outcome
  }

  private update(change: Partial<RunState>): void {
    this.state = { ...this.state, ...change }
    for (const wake of this.watchers) wake()
    this.watchers.clear()
  }

  private nextChange(): Promise<void> {
    return new Promise((resolve) => this.watchers.add(resolve))
  }
}

function phaseOf(error: Error | undefined): PhaseName {
  if (error === undefined) return 'SUCCEEDED'
  if (error instanceof ActionAbortedError) return 'ABORTED'
  return error instanceof TaskTimeoutError ? 'TIMED_OUT' : 'FAILED'
}

function toRunError(error: Error): RunError {
  const isKnown =
    error instanceof TaskFailedError || error instanceof TaskTimeoutError || error instanceof ActionAbortedError
  return {
    code: isKnown ? error.code : error.name,
    message: error.message,
    kind: isKnown ? error.kind : 'user',
    stack: error instanceof TaskFailedError ? error.remoteStack : undefined,
  }
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
