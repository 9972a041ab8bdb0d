import {
  ActionAbortedError,
  fromTimestamp,
  isSuccessPhase,
  isTerminalPhase,
  type PhaseName,
  phaseName,
  rootActionName,
  TaskFailedError,
  TaskTimeoutError,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { type ActionDetails, type ActionStatus, ErrorInfo_Kind } from '@tern/idl/workflow'
import type { RunError, RunState } from '../authoring/run-handle.ts'

type Timestamp = NonNullable<ActionStatus['startTime']>

/** What lists and details of actions have in common. */
export function statusOf(status: ActionStatus | undefined): {
  readonly phase: PhaseName
  readonly isFinal: boolean
  readonly attempts: number
  readonly startedAt: Date | undefined
  readonly endedAt: Date | undefined
} {
  const { phase = ActionPhase.UNSPECIFIED, startTime, endTime, attempts = 1 } = status ?? {}
  const isFinal = isTerminalPhase(phase)
  return {
    phase: phaseName(phase),
    isFinal,
    attempts,
    startedAt: toDate(startTime),
    endedAt: isFinal ? toDate(endTime) : undefined,
  }
}

/** The state of a run, from the details of its root action. */
export function toRunState(name: string, details: ActionDetails): RunState {
  const state = statusOf(details.status)
  const phase = details.status?.phase ?? ActionPhase.UNSPECIFIED
  return { name, ...state, error: state.isFinal && !isSuccessPhase(phase) ? toRunError(details) : undefined }
}

/** The error that an action, or a run, that did not succeed is awaited with. */
export function toError({ name, phase, error }: RunState, actionName: string = rootActionName): Error {
  const message = error?.message ?? `${name} ended as ${phase}`
  if (phase === 'ABORTED') return new ActionAbortedError(message, { actionName })
  if (phase === 'TIMED_OUT') return new TaskTimeoutError(message, { actionName })
  return new TaskFailedError(message, {
    code: error?.code ?? 'Unknown',
    kind: error?.kind ?? 'user',
    actionName,
    remoteStack: error?.stack,
  })
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

function toDate(timestamp: Timestamp | undefined): Date | undefined {
  return timestamp === undefined ? undefined : new Date(fromTimestamp(timestamp))
}
