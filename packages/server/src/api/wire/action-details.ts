import { create, fromBinary } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { fromTaskError, isSuccessPhase, isTerminalPhase, type TaskFailure, toErrorInfo } from '@tern/core'
import { ActionPhase, type CacheMetadata, CacheMetadataSchema, EnrichedIdentitySchema } from '@tern/idl/common'
import { OutputsSchema, TaskSpecSchema, TraceSpecSchema } from '@tern/idl/task'
import { TaskErrorSchema } from '@tern/idl/worker'
import {
  type ActionAttempt,
  ActionAttemptSchema,
  type ActionDetails,
  ActionType,
  type ClusterEvent,
  ConditionActionSchema,
  type ErrorInfo,
  type SignalInfo,
  SignalInfoSchema,
} from '@tern/idl/workflow'
import { attemptFiles } from '../../data/run-files.ts'
import type { AttemptDetails } from '../../events/attempt-details.ts'
import { parseTimeline } from '../../runs/timeline.ts'
import type { ActionRow, EndedAttemptRow } from '../../store/actions-repository.ts'
import type { RunSummary } from '../../store/runs-repository.ts'
import { fromSource, toMetadata, toStatus } from './action-message.ts'
import { toActionIdentifier } from './identifiers.ts'
import { linksOf } from './task-links.ts'

export interface ActionDetailsParts {
  readonly run: RunSummary
  readonly action: ActionRow
  readonly endedAttempts: ReadonlyArray<EndedAttemptRow>
  /** Serialized TaskSpec, TraceSpec or ConditionAction. */
  readonly spec: Uint8Array
  /** What executors reported of attempts beside that, by the attempt's number. */
  readonly reported: ReadonlyMap<number, AttemptDetails>
  /** What attempts waited for, by the attempt's number. */
  readonly waits: ReadonlyMap<number, ReadonlyArray<ClusterEvent>>
}

/** Everything about an action. */
export function toActionDetails(org: string, parts: ActionDetailsParts): ActionDetails {
  const { run, action } = parts
  const spec = toSpec(action.actionType, parts.spec)
  return {
    $typeName: 'flyteidl2.workflow.ActionDetails',
    id: toActionIdentifier(org, run.key, action.name),
    metadata: toMetadata(org, run, action),
    status: toStatus(action),
    result: toResult(action),
    spec,
    attempts: toAttempts(org, parts, spec),
  }
}

function toResult(action: ActionRow): ActionDetails['result'] {
  switch (action.phase) {
    case ActionPhase.FAILED:
    case ActionPhase.TIMED_OUT: {
      const value = toError(action.error)
      return value === undefined ? { case: undefined } : { case: 'errorInfo', value }
    }
    case ActionPhase.ABORTED:
      return {
        case: 'abortInfo',
        value: {
          $typeName: 'flyteidl2.workflow.AbortInfo',
          reason: action.abortReason ?? '',
          abortedBy: action.endedBy === null ? undefined : fromBinary(EnrichedIdentitySchema, action.endedBy),
        },
      }
    case ActionPhase.SUCCEEDED:
    case ActionPhase.RECOVERED:
      return action.actionType === ActionType.CONDITION
        ? { case: 'signalInfo', value: toSignalInfo(action) }
        : { case: undefined }
    default:
      return { case: undefined }
  }
}

function toSignalInfo({ outputs, endedBy }: ActionRow): SignalInfo {
  const output = outputs === null ? undefined : fromBinary(OutputsSchema, outputs).literals[0]?.value
  return create(SignalInfoSchema, {
    ...(output && { output }),
    ...(endedBy && { signalledBy: fromBinary(EnrichedIdentitySchema, endedBy) }),
  })
}

function toSpec(actionType: ActionType, bytes: Uint8Array): ActionDetails['spec'] {
  switch (actionType) {
    case ActionType.TRACE:
      return { case: 'trace', value: fromBinary(TraceSpecSchema, bytes) }
    case ActionType.CONDITION:
      return { case: 'condition', value: fromBinary(ConditionActionSchema, bytes) }
    default:
      return { case: 'task', value: fromBinary(TaskSpecSchema, bytes) }
  }
}

function toAttempts(
  org: string,
  { run, action, endedAttempts, reported, waits }: ActionDetailsParts,
  spec: ActionDetails['spec'],
): ActionAttempt[] {
  const current = { attempt: action.attempt, phase: action.phase, timeline: action.timeline, error: action.error }
  const attempts = [...endedAttempts, current].map((row) => toAttempt(run, action, row, reported.get(row.attempt)))
  for (const each of attempts) {
    const { attempt } = each
    each.clusterEvents.unshift(...(waits.get(attempt) ?? []))
    each.logInfo = linksOf(spec, { org, run, action, attempt, reported: reported.get(attempt) })
  }
  const cacheMetadata = toCacheMetadata(org, action)
  const last = attempts.at(-1)
  if (last !== undefined && cacheMetadata !== undefined) last.cacheMetadata = cacheMetadata
  return attempts
}

function toAttempt(
  run: RunSummary,
  action: ActionRow,
  row: EndedAttemptRow,
  reported: AttemptDetails | undefined,
): ActionAttempt {
  const spans = parseTimeline(row.timeline, isTerminalPhase)
  const [first, last] = [spans[0], spans.at(-1)]
  // An attempt may have failed while its action waits for the next one.
  const phase = last?.phase ?? row.phase
  const isEnded = isTerminalPhase(phase)
  // A retried action keeps the error of its latest failed attempt, which is not the current one's.
  const failed = phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT
  const error = failed ? toError(row.error) : undefined
  return create(ActionAttemptSchema, {
    attempt: row.attempt,
    phase,
    ...(row.attempt === action.attempt ? { cacheStatus: action.cacheStatus } : {}),
    // Whether it writes anything is not known before it has run; that it can be asked for is what this tells.
    logsAvailable: action.actionType === ActionType.TASK && spans.some((span) => span.phase === ActionPhase.RUNNING),
    ...(reported === undefined ? {} : toReported(reported)),
    phaseTransitions: spans.map(({ phase, from, to }) => ({
      phase,
      startTime: timestampFromMs(from),
      ...(to === null ? {} : { endTime: timestampFromMs(to) }),
    })),
    ...(first === undefined ? {} : { startTime: timestampFromMs(first.from) }),
    ...(isEnded && last !== undefined ? { endTime: timestampFromMs(last.from) } : {}),
    ...(error === undefined ? {} : { errorInfo: error }),
    ...(isSuccessPhase(phase) ? { outputs: outputsOf(run, action, row.attempt, reported) } : {}),
  })
}

function toReported({ logContext, clusterEvents, cluster }: AttemptDetails) {
  return {
    clusterEvents: [...clusterEvents],
    cluster,
    logsAvailable: logContext !== undefined,
    ...(logContext && { logContext }),
  }
}

function outputsOf(run: RunSummary, action: ActionRow, attempt: number, reported: AttemptDetails | undefined) {
  const files = attemptFiles(run.runBase, action, attempt)
  const reportUri = reported?.outputs?.reportUri
  return reportUri ? { ...files, reportUri } : files
}

/** The attempt that a cached result comes from. */
function toCacheMetadata(org: string, { phase, cacheSource }: ActionRow): CacheMetadata | undefined {
  if (cacheSource === null || phase === ActionPhase.RECOVERED) return undefined
  return create(CacheMetadataSchema, { sourceActionAttempt: fromSource(org, cacheSource) })
}

function toError(bytes: Uint8Array | null): ErrorInfo | undefined {
  if (bytes === null) return undefined
  const failure = fromTaskError(fromBinary(TaskErrorSchema, bytes))
  const info = toErrorInfo(failure)
  info.message += whereFrom(failure)
  return info
}

/** Where it was thrown, and what led to it: the message is the only place that people see. */
function whereFrom(failure: TaskFailure): string {
  const frames = (failure.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const own = frames.map((frame) => `\n${frame}`).join('')
  if (failure.cause === undefined) return own
  return `${own}\ncaused by ${toErrorInfo(failure.cause).message}${whereFrom(failure.cause)}`
}
