import { toBinary } from '@bufbuild/protobuf'
import {
  ActionAbortedError,
  fromTimestamp,
  isSuccessPhase,
  isTerminalPhase,
  phaseName,
  rootActionName,
  TaskFailedError,
  TaskTimeoutError,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { OutputsSchema } from '@tern/idl/task'
import { type ActionDetails, ErrorInfo_Kind } from '@tern/idl/workflow'
import type { RunError, RunHandle, RunState, WaitOptions } from '../authoring/run-handle.ts'
import { readValuesWith } from '../io/store-values.ts'
import { readValues } from '../types/literal-wire.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import { checkArrivedOutputs } from '../types/validation.ts'
import type { TernClient } from './tern-client.ts'

/** A run on a server. */
export class RemoteRun<R> implements RunHandle<R> {
  readonly name: string
  readonly url: string
  private readonly client: TernClient
  private readonly task: TaskInterface

  constructor(client: TernClient, name: string, task: TaskInterface) {
    this.client = client
    this.name = name
    this.url = client.runUrl(name)
    this.task = task
  }

  async wait(options: WaitOptions = {}): Promise<RunState> {
    return toRunState(this.name, await this.client.waitForAction(this.name, rootActionName, options))
  }

  async outputs(options: WaitOptions = {}): Promise<R> {
    const state = await this.wait(options)
    if (state.error !== undefined) throw toError(state)
    const { outputs } = await this.client.getActionData(this.name)
    const written = outputs === undefined ? [] : readValues(this.task.outputs, toBinary(OutputsSchema, outputs))
    const values = readValuesWith(this.task.outputs, written, this.client.readerOf(this.name))
    return (await checkArrivedOutputs(this.task, values)) as R
  }

  async *watch(options: WaitOptions = {}): AsyncGenerator<RunState, void, undefined> {
    for await (const details of this.client.watchAction(this.name, rootActionName, options)) {
      yield toRunState(this.name, details)
    }
  }

  async abort(reason?: string): Promise<void> {
    await this.client.abortRun(this.name, reason)
  }

  async details(): Promise<RunState> {
    return toRunState(this.name, await this.client.getAction(this.name))
  }
}

/** The state of a run, from the details of its root action. */
export function toRunState(name: string, details: ActionDetails): RunState {
  const { phase = ActionPhase.UNSPECIFIED, startTime, endTime, attempts = 1 } = details.status ?? {}
  const isFinal = isTerminalPhase(phase)
  return {
    name,
    phase: phaseName(phase),
    isFinal,
    attempts,
    startedAt: startTime === undefined ? undefined : new Date(fromTimestamp(startTime)),
    endedAt: endTime === undefined || !isFinal ? undefined : new Date(fromTimestamp(endTime)),
    error: isFinal && !isSuccessPhase(phase) ? toRunError(details) : undefined,
  }
}

function toRunError({ result, status }: ActionDetails): RunError {
  if (result.case === 'abortInfo')
    return { code: 'ActionAbortedError', message: result.value.reason, kind: 'user', stack: undefined }
  if (result.case !== 'errorInfo') {
    return {
      code: undefined,
      message: `the run ended as ${phaseName(status?.phase ?? 0)}`,
      kind: 'system',
      stack: undefined,
    }
  }
  const { message, kind } = result.value
  // The message begins with the code, which has no field of its own here.
  const [, code, rest] = /^([A-Z]\w*): ([\s\S]*)$/.exec(message) ?? []
  const [, text = '', stack] = /^([\s\S]*?)\n(\s+at [\s\S]*)$/.exec(rest ?? message) ?? [undefined, rest ?? message]
  return { code, message: text, kind: kind === ErrorInfo_Kind.SYSTEM ? 'system' : 'user', stack }
}

function toError({ name, phase, error }: RunState): Error {
  const message = error?.message ?? `run ${name} ended as ${phase}`
  if (phase === 'ABORTED') return new ActionAbortedError(message, { actionName: rootActionName })
  if (phase === 'TIMED_OUT') return new TaskTimeoutError(message, { actionName: rootActionName })
  return new TaskFailedError(message, {
    code: error?.code ?? 'Unknown',
    kind: error?.kind ?? 'user',
    actionName: rootActionName,
    remoteStack: error?.stack,
  })
}
