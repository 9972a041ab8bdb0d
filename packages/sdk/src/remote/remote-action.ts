import { fromInputs, fromOutputs, isSuccessPhase, NotFoundError } from '@tern/core'
import type { Outputs } from '@tern/idl/task'
import { type Action, type ActionDetails, ActionType } from '@tern/idl/workflow'
import type { RunState, WaitOptions } from '../authoring/run-handle.ts'
import { statusOf, toError, toRunState } from './action-state.ts'
import type { LogEntry } from './log-stream.ts'
import type { TernClient } from './tern-client.ts'

/** What is known of an action at one moment. */
export interface ActionSummary extends Omit<RunState, 'error'> {
  readonly type: 'task' | 'trace' | 'condition'
  /** Full name of the task; of a trace or condition its name. */
  readonly task: string
  /** Empty for the root. */
  readonly parent: string
  /** The group that it was called in, or the empty text. */
  readonly group: string
}

/** Which log is read, and for how long. */
export interface LogOptions extends WaitOptions {
  /** Counted from 1. Defaults to the last one there is. */
  readonly attempt?: number | undefined
}

/** An action of a run on a server. */
export class RemoteAction<R = unknown> {
  readonly name: string
  /** The name of its run. */
  readonly run: string
  protected readonly client: TernClient

  constructor(client: TernClient, run: string, name: string) {
    this.client = client
    this.run = run
    this.name = name
  }

  /** Resolves when it has ended, however it ended. */
  async wait(options: WaitOptions = {}): Promise<RunState> {
    return toRunState(this.name, await this.client.waitForAction(this.run, this.name, options))
  }

  /**
   * Waits for it, and gives what its task returned.
   *
   * @throws TaskFailedError, TaskTimeoutError or ActionAbortedError when it did not succeed
   */
  async outputs(options: WaitOptions = {}): Promise<R> {
    const details = await this.client.waitForAction(this.run, this.name, options)
    if (!isSuccessPhase(details.status?.phase ?? 0)) throw toError(toRunState(this.name, details), this.name)
    const { outputs } = await this.client.getActionData(this.run, this.name)
    return plainOutputs(details, outputs) as R
  }

  /** What it was given, by name. */
  async inputs(): Promise<Record<string, unknown>> {
    const details = await this.client.getAction(this.run, this.name)
    const { inputs } = await this.client.getActionData(this.run, this.name)
    return inputs === undefined ? {} : fromInputs(inputs, interfaceOf(details)?.inputs)
  }

  /** Its state now and at every change, until it has ended. */
  async *watch(options: WaitOptions = {}): AsyncGenerator<RunState, void, undefined> {
    for await (const details of this.client.watchAction(this.run, this.name, options)) {
      yield toRunState(this.name, details)
    }
  }

  /** What an attempt writes, line by line, until it has ended. Waits for an attempt that has not begun to write. */
  async *logs({ attempt, ...options }: LogOptions = {}): AsyncGenerator<LogEntry, void, undefined> {
    const last = attempt ?? (await this.details()).attempts
    yield* this.client.logs(this.run, this.name, { ...options, attempt: Math.max(1, last) })
  }

  /** Its state now. */
  async details(): Promise<RunState> {
    return toRunState(this.name, await this.client.getAction(this.run, this.name))
  }

  /** Aborts it and all that it has called; the rest of the run goes on. */
  async abort(reason?: string): Promise<void> {
    await this.client.abortAction(this.run, this.name, reason)
  }

  /** Where a file that it takes or gives can be fetched for a while. */
  async fileUrl(uri: string): Promise<string> {
    return (await this.client.fileLink(this.run, this.name, uri)).url
  }
}

/** An action of a list. */
export function toActionSummary({ id, metadata, status }: Action): ActionSummary {
  const spec = metadata?.spec
  const type = metadata?.actionType
  return {
    name: id?.name ?? '',
    ...statusOf(status),
    type: type === ActionType.CONDITION ? 'condition' : type === ActionType.TRACE ? 'trace' : 'task',
    task: (spec?.case === 'task' ? spec.value.id?.name : spec?.value?.name) ?? '',
    parent: metadata?.parent ?? '',
    group: metadata?.group ?? '',
  }
}

/** Outputs as values: of one that has no name of its own, the value itself. */
export function plainOutputs(details: ActionDetails, outputs: Outputs | undefined): unknown {
  const types = interfaceOf(details)?.outputs
  const names = types?.variables.map(({ key }) => key) ?? outputs?.literals.map(({ name }) => name) ?? []
  if (names.length === 0) return undefined
  if (outputs === undefined) throw new NotFoundError(`the server has no outputs of action ${details.id?.name}`)
  const values = fromOutputs(outputs, types)
  return names.length === 1 && names[0] === 'o0' ? values['o0'] : values
}

function interfaceOf({ spec }: ActionDetails) {
  return spec.case === 'task' ? spec.value.taskTemplate?.interface : undefined
}
