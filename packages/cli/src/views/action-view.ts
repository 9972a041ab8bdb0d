import { type PhaseName, phaseName } from '@tern/core'
import { type ActionIdentifier, ActionPhase } from '@tern/idl/common'
import { CatalogCacheStatus } from '@tern/idl/core'
import {
  type Action,
  type ActionAttempt,
  type ActionDetails,
  ActionType,
  ErrorInfo_Kind,
  type ErrorInfo,
} from '@tern/idl/workflow'
import { elapsedMs, identityName, isoTime, textOrNull } from './wire-values.ts'

/** An action as `-o json` shows it. */
export interface ActionView {
  readonly name: string
  readonly run: string
  readonly project: string
  readonly domain: string
  /** Null for the root. */
  readonly parent: string | null
  readonly group: string | null
  readonly type: 'TASK' | 'TRACE' | 'CONDITION'
  readonly phase: PhaseName
  /** Full name of the task; of a trace or condition its name. */
  readonly task: string | null
  readonly taskVersion: string | null
  readonly shortName: string | null
  readonly environment: string | null
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly durationMs: number | null
  /** How many attempts there were so far. */
  readonly attempts: number
  /** E.g. `HIT`; null where caching is off. */
  readonly cache: string | null
}

export interface ActionDetailsView extends ActionView {
  /** The attempt that a cached result comes from. */
  readonly cachedFrom: SourceView | null
  /** The action that the result was taken over from, in the run that its run recovers. */
  readonly recoveredFrom: SourceView | null
  /** What it waits for, in the phase WAITING_FOR_RESOURCES. */
  readonly waitsFor: string | null
  readonly error: ErrorView | null
  readonly abort: AbortView | null
  readonly attemptDetails: readonly AttemptView[]
}

/** An action of some run, or an attempt of it. */
export interface SourceView {
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly action: string
  readonly attempt: number | null
}

export interface ErrorView {
  readonly kind: 'user' | 'system' | 'unknown'
  readonly message: string
}

export interface AbortView {
  readonly reason: string
  readonly by: string | null
}

export interface AttemptView {
  /** Counted from 1. */
  readonly attempt: number
  readonly phase: PhaseName
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly durationMs: number | null
  readonly error: ErrorView | null
  readonly phases: readonly {
    readonly phase: PhaseName
    readonly startedAt: string | null
    readonly endedAt: string | null
  }[]
}

/** What lists and details of actions have in common. */
export type ActionCore = Pick<Action, 'id' | 'metadata' | 'status'>

export function toActionView({ id, metadata, status }: ActionCore): ActionView {
  const startedAt = isoTime(status?.startTime)
  const endedAt = isoTime(status?.endTime)
  const spec = metadata?.spec
  const task = spec?.case === 'task' ? spec.value : undefined
  return {
    name: id?.name ?? '',
    run: id?.run?.name ?? '',
    project: id?.run?.project ?? '',
    domain: id?.run?.domain ?? '',
    parent: textOrNull(metadata?.parent),
    group: textOrNull(metadata?.group),
    type: actionTypeName(metadata?.actionType ?? ActionType.TASK),
    phase: phaseName(status?.phase ?? 0),
    task: textOrNull(task?.id?.name) ?? (spec?.case === 'trace' || spec?.case === 'condition' ? spec.value.name : null),
    taskVersion: textOrNull(task?.id?.version),
    shortName: textOrNull(task?.shortName),
    environment: textOrNull(metadata?.environmentName),
    startedAt,
    endedAt,
    durationMs: endedAt === null ? null : (toNumber(status?.durationMs) ?? elapsedMs(startedAt, endedAt)),
    attempts: status?.attempts ?? 0,
    cache: cacheName(status?.cacheStatus ?? CatalogCacheStatus.CACHE_DISABLED),
  }
}

export function toActionDetailsView(details: ActionDetails): ActionDetailsView {
  const { result, metadata, attempts } = details
  const last = attempts.at(-1)
  const cached = last?.cacheMetadata?.sourceActionAttempt
  return {
    ...toActionView(details),
    cachedFrom: cached === undefined ? null : toSourceView(cached.actionId, cached.attempt),
    recoveredFrom: metadata?.recoveredFrom === undefined ? null : toSourceView(metadata.recoveredFrom, null),
    waitsFor: waitsFor(details, last),
    error: result.case === 'errorInfo' ? toErrorView(result.value) : null,
    abort:
      result.case === 'abortInfo' ? { reason: result.value.reason, by: identityName(result.value.abortedBy) } : null,
    attemptDetails: details.attempts.map(toAttemptView),
  }
}

function toSourceView(id: ActionIdentifier | undefined, attempt: number | null): SourceView {
  const { project = '', domain = '', name: run = '' } = id?.run ?? {}
  return { project, domain, run, action: id?.name ?? '', attempt }
}

function waitsFor({ status }: ActionDetails, attempt: ActionAttempt | undefined): string | null {
  if (status?.phase !== ActionPhase.WAITING_FOR_RESOURCES) return null
  return textOrNull(attempt?.clusterEvents.at(-1)?.message)
}

function toErrorView({ kind, message }: ErrorInfo): ErrorView {
  const kinds: Record<number, ErrorView['kind']> = { [ErrorInfo_Kind.USER]: 'user', [ErrorInfo_Kind.SYSTEM]: 'system' }
  return { kind: kinds[kind] ?? 'unknown', message }
}

function toAttemptView(attempt: ActionAttempt): AttemptView {
  const startedAt = isoTime(attempt.startTime)
  const endedAt = isoTime(attempt.endTime)
  return {
    attempt: attempt.attempt,
    phase: phaseName(attempt.phase),
    startedAt,
    endedAt,
    durationMs: elapsedMs(startedAt, endedAt),
    error: attempt.errorInfo === undefined ? null : toErrorView(attempt.errorInfo),
    phases: attempt.phaseTransitions.map(({ phase, startTime, endTime }) => ({
      phase: phaseName(phase),
      startedAt: isoTime(startTime),
      endedAt: isoTime(endTime),
    })),
  }
}

function actionTypeName(type: ActionType): ActionView['type'] {
  if (type === ActionType.TRACE) return 'TRACE'
  return type === ActionType.CONDITION ? 'CONDITION' : 'TASK'
}

function cacheName(status: CatalogCacheStatus): string | null {
  if (status === CatalogCacheStatus.CACHE_DISABLED) return null
  const entry = Object.entries(CatalogCacheStatus).find(([, value]) => value === status)
  return entry?.[0].replace(/^CACHE_/, '') ?? null
}

function toNumber(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value)
}
