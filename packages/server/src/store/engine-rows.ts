import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { fromTaskError, type TaskFailure, toTaskError } from '@tern/core'
import { RunSpecSchema } from '@tern/idl/task'
import { TaskErrorSchema } from '@tern/idl/worker'
import type { ActionRecord, CachedResult, RunRecord, SpecRow } from './engine-store.ts'

/** A row as a driver gives it: numbers for integers of any size, `Uint8Array` for binary values. */
export type StoredRow = Readonly<Record<string, unknown>>

const text = (value: unknown): string => value as string
const textOrNull = (value: unknown): string | null => value as string | null
const number = (value: unknown): number => value as number
const numberOrNull = (value: unknown): number | null => value as number | null
const bytes = (value: unknown): Uint8Array => value as Uint8Array
const bytesOrNull = (value: unknown): Uint8Array | null => value as Uint8Array | null

export function toActionRecord(row: StoredRow): ActionRecord {
  const error = bytesOrNull(row['error'])
  return {
    runId: number(row['run_id']),
    seq: number(row['seq']),
    name: text(row['name']),
    parentSeq: numberOrNull(row['parent_seq']),
    actionType: number(row['action_type']),
    group: textOrNull(row['action_group']),
    specDigest: text(row['spec_digest']),
    inputs: bytesOrNull(row['inputs']),
    inputsUri: textOrNull(row['inputs_uri']),
    outputs: bytesOrNull(row['outputs']),
    outputsUri: textOrNull(row['outputs_uri']),
    cacheKey: textOrNull(row['cache_key']),
    cacheStatus: number(row['cache_status']),
    cacheSource: textOrNull(row['cache_source']),
    queue: textOrNull(row['queue']),
    isExternal: number(row['is_external']) === 1,
    createdAt: number(row['created_at']),
    state: {
      phase: number(row['phase']),
      attempt: number(row['attempt']),
      userFailures: number(row['user_failures']),
      systemFailures: number(row['system_failures']),
      notBefore: numberOrNull(row['not_before']),
      timeline: text(row['timeline']),
      failure: error === null ? null : fromTaskError(fromBinary(TaskErrorSchema, error)),
      abortReason: textOrNull(row['abort_reason']),
      endedBy: bytesOrNull(row['ended_by']),
      updatedAt: number(row['updated_at']),
      endedAt: numberOrNull(row['ended_at']),
    },
  }
}

export function toRunRecord(row: StoredRow): RunRecord {
  return {
    id: number(row['id']),
    project: text(row['project']),
    domain: text(row['domain']),
    name: text(row['name']),
    source: number(row['source']),
    specDigest: text(row['spec_digest']),
    taskProject: text(row['task_project']),
    taskDomain: text(row['task_domain']),
    taskName: text(row['task_name']),
    taskVersion: text(row['task_version']),
    taskType: text(row['task_type']),
    runSpec: bytes(row['run_spec']),
    requestDigest: text(row['request_digest']),
    runBase: text(row['run_base']),
    createdBy: bytesOrNull(row['created_by']),
    createdBySubject: textOrNull(row['created_by_subject']),
    ...launchPlanOf(row),
  }
}

function launchPlanOf(row: StoredRow): Pick<RunRecord, 'launchPlan'> {
  const name = textOrNull(row['launch_plan_name'])
  if (name === null) return {}
  const version = text(row['launch_plan_version'])
  return { launchPlan: { name, version, queueLimit: numberOrNull(row['launch_plan_max_runs']) } }
}

export function toSpecRow(row: StoredRow): SpecRow {
  return {
    digest: text(row['digest']),
    actionType: number(row['action_type']),
    taskOrg: text(row['task_org']),
    taskProject: text(row['task_project']),
    taskDomain: text(row['task_domain']),
    taskName: text(row['task_name']),
    taskVersion: text(row['task_version']),
    taskType: text(row['task_type']),
    shortName: text(row['short_name']),
    environmentName: text(row['environment_name']),
    bytes: bytes(row['spec']),
  }
}

export function toCachedResult(row: StoredRow): CachedResult {
  return {
    source: text(row['source']),
    outputs: bytesOrNull(row['outputs']),
    outputsUri: textOrNull(row['outputs_uri']),
  }
}

/** What the column `error` holds. */
export function toErrorBytes(failure: TaskFailure | null): Uint8Array | null {
  return failure === null ? null : toBinary(TaskErrorSchema, toTaskError(failure))
}

/** The labels of a run, by key: rows of `run_labels`. */
export function labelsOf(run: RunRecord): Readonly<Record<string, string>> {
  return fromBinary(RunSpecSchema, run.runSpec).labels?.values ?? {}
}
