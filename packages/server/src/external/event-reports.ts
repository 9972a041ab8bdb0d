import { fromTimestamp, isTerminalPhase, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { type ActionEvent, type ActionStatus, type ErrorInfo, ErrorInfo_Kind } from '@tern/idl/workflow'
import type { ActionReport } from '../engine/model.ts'
import { reportedAt } from '../events/action-events.ts'

export interface ReportContext {
  /** Number of the action's current attempt, for reports that do not say which they mean. */
  readonly attempt: number
  /** What the task spec allows beyond the first attempt. */
  readonly retries: number
  /** A pause is the last that was heard of the action: one that comes again, after it is over, changes nothing. */
  readonly isPaused: boolean
  /** Nothing can have happened later than this: UTC epoch milliseconds. */
  readonly now: number
}

/**
 * What the events of one action come to, in order: one report for each phase of each attempt. An attempt that fails
 * while the task has retries left does not end the action: the next attempt follows, or a status that says it is over.
 */
export function toReports(events: ReadonlyArray<ActionEvent>, context: ReportContext): ActionReport[] {
  const reports = new Map<string, ActionReport>()
  for (const event of inOrder(events)) {
    if (event.phase === ActionPhase.UNSPECIFIED || (event.phase === ActionPhase.PAUSED && !context.isPaused)) continue
    const key = `${event.attempt}/${event.phase}`
    const earlier = reports.get(key)
    const report = toReport(event, context)
    // An attempt entered the phase at its first event; what it knows of the cache may be news.
    if (earlier === undefined) reports.set(key, report)
    else if (!isTerminalPhase(event.phase)) reports.set(key, { ...report, at: earlier.at })
  }
  return [...reports.values()]
}

/** What a status comes to, which speaks of the whole action. Undefined when it names no phase. */
export function toStatusReport(
  status: ActionStatus,
  { attempt, now }: Pick<ReportContext, 'attempt' | 'now'>,
): ActionReport | undefined {
  if (status.phase === ActionPhase.UNSPECIFIED) return undefined
  const endedAt = status.endTime && fromTimestamp(status.endTime)
  return {
    attempt: status.attempts || attempt,
    phase: status.phase,
    at: Math.min(isTerminalPhase(status.phase) ? (endedAt ?? now) : now, now),
    // A status without attempts is somebody's who does not know the action: it says nothing of the cache, either.
    ...(status.attempts > 0 && { cacheStatus: status.cacheStatus }),
  }
}

/** Why an attempt failed, as was reported. */
export function toFailure(error: ErrorInfo | undefined): TaskFailure {
  const message = error?.message ?? ''
  return {
    // There is no field for it, but by custom the message begins with it.
    code: /^[A-Za-z_][\w.]*(?=: )/.exec(message)?.[0] ?? '',
    message,
    kind: error?.kind === ErrorInfo_Kind.SYSTEM ? 'system' : 'user',
    recoverable: true,
  }
}

function toReport(event: ActionEvent, { retries, now }: ReportContext): ActionReport {
  const { attempt, phase, outputs, errorInfo, cacheStatus } = event
  const hasFailed = phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT
  const hasOutputs = phase === ActionPhase.SUCCEEDED || phase === ActionPhase.RECOVERED
  const occurredAt = event.updatedTime && fromTimestamp(event.updatedTime)
  return {
    attempt,
    phase,
    at: Math.trunc(Math.min(occurredAt ?? reportedAt(event) ?? now, now)),
    cacheStatus,
    ...(hasFailed && { failure: toFailure(errorInfo), isFinal: attempt > retries }),
    ...(hasOutputs && outputs?.outputUri && { outputs: { uri: outputs.outputUri } }),
  }
}

function inOrder(events: ReadonlyArray<ActionEvent>): ActionEvent[] {
  return [...events].sort((a, b) => a.attempt - b.attempt || (reportedAt(a) ?? 0) - (reportedAt(b) ?? 0))
}
