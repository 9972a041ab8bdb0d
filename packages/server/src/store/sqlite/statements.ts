import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { labelsOf, toErrorBytes } from '../engine-rows.ts'
import type { ActionRecord, AttemptRecord, LogChunkRecord, ResultRecord, RunRecord, SpecRow } from '../engine-store.ts'

export const insertSpec = `insert into task_specs (digest, action_type, task_org, task_project, task_domain, task_name,
  task_version, task_type, short_name, environment_name, spec, created_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (digest) do update set created_at = excluded.created_at`

export const insertRun = `insert into runs (id, project, domain, name, source, spec_digest, task_project, task_domain,
  task_name, task_version, task_type, run_spec, request_digest, run_base, created_by, created_by_subject, trigger_name,
  trigger_task_name, trigger_revision, launch_plan_name, launch_plan_version, launch_plan_max_runs, phase, attempts,
  cache_status, created_at, updated_at, ended_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const insertLabel = `insert into run_labels (run_id, key, value) values (?, ?, ?)`

export const updateRun = `update runs set phase = ?, attempts = ?, cache_status = ?, updated_at = ?, ended_at = ? where id = ?`

// `do nothing` instead of a look-up before each insert: a name is almost always new, and the change count tells.
export const insertAction = `insert into actions (run_id, seq, name, parent_seq, action_type, action_group, spec_digest,
  inputs, inputs_uri, cache_key, queue, is_external, created_at, outputs, outputs_uri, error, cache_status, cache_source, phase,
  attempt, user_failures, system_failures, not_before, timeline, abort_reason, ended_by, updated_at, ended_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  on conflict (run_id, name) do nothing`

export const updateAction = `update actions set outputs = ?, outputs_uri = ?, error = ?, cache_status = ?, cache_source = ?,
  phase = ?, attempt = ?, user_failures = ?, system_failures = ?, not_before = ?, timeline = ?, abort_reason = ?, ended_by = ?,
  updated_at = ?, ended_at = ? where run_id = ? and seq = ?`

export const insertAttempt = `insert into attempts (run_id, seq, attempt, phase, timeline, error)
  values (?, ?, ?, ?, ?, ?) on conflict do nothing`

export const insertLogChunk = `insert into log_chunks (run_id, seq, attempt, chunk, lines, line_count)
  values (?, ?, ?, ?, ?, ?) on conflict do nothing`

export const insertResult = `insert into cached_results (key, project, domain, source, outputs, outputs_uri, created_at)
  values (?, ?, ?, ?, ?, ?, ?) on conflict (key, project, domain) do update set source = excluded.source,
  outputs = excluded.outputs, outputs_uri = excluded.outputs_uri, created_at = excluded.created_at`

export const findResult = `select source, outputs, outputs_uri from cached_results
  where key = ?1 and (?2 is null or (project = ?2 and domain = ?3)) order by created_at desc limit 1`

export const runColumns = `id, project, domain, name, source, spec_digest, task_project, task_domain, task_name,
  task_version, task_type, run_spec, request_digest, run_base, created_by, created_by_subject, launch_plan_name,
  launch_plan_version, launch_plan_max_runs`

export function runSpecInsert(statement: StatementSync, row: SpecRow, at: number): void {
  statement.run(
    row.digest,
    row.actionType,
    row.taskOrg,
    row.taskProject,
    row.taskDomain,
    row.taskName,
    row.taskVersion,
    row.taskType,
    row.shortName,
    row.environmentName,
    row.bytes,
    at,
  )
}

export function runRunInsert(statement: StatementSync, run: RunRecord, root: ActionRecord): void {
  statement.run(
    run.id,
    run.project,
    run.domain,
    run.name,
    run.source,
    run.specDigest,
    run.taskProject,
    run.taskDomain,
    run.taskName,
    run.taskVersion,
    run.taskType,
    run.runSpec,
    run.requestDigest,
    run.runBase,
    run.createdBy,
    run.createdBySubject,
    run.trigger?.name ?? null,
    run.trigger?.taskName ?? null,
    run.trigger?.revision ?? null,
    run.launchPlan?.name ?? null,
    run.launchPlan?.version ?? null,
    run.launchPlan?.queueLimit ?? null,
    root.state.phase,
    root.state.attempt,
    root.cacheStatus,
    root.createdAt,
    root.state.updatedAt,
    root.state.endedAt,
  )
}

export function runLabelInserts(statement: StatementSync, run: RunRecord): void {
  for (const [key, value] of Object.entries(labelsOf(run))) statement.run(run.id, key, value)
}

export function runRunUpdate(statement: StatementSync, root: ActionRecord): void {
  const { state } = root
  statement.run(state.phase, state.attempt, root.cacheStatus, state.updatedAt, state.endedAt, root.runId)
}

/** Returns false when the run has an action of that name already. */
export function runActionInsert(statement: StatementSync, action: ActionRecord): boolean {
  const { changes } = statement.run(
    action.runId,
    action.seq,
    action.name,
    action.parentSeq,
    action.actionType,
    action.group,
    action.specDigest,
    action.inputs,
    action.inputsUri,
    action.cacheKey,
    action.queue,
    action.isExternal ? 1 : 0,
    action.createdAt,
    ...mutableValues(action),
  )
  return changes !== 0
}

export function runActionUpdate(statement: StatementSync, action: ActionRecord): void {
  statement.run(...mutableValues(action), action.runId, action.seq)
}

export function runAttemptInsert(statement: StatementSync, row: AttemptRecord): void {
  statement.run(row.runId, row.seq, row.attempt, row.phase, row.timeline, toErrorBytes(row.failure))
}

export function runLogChunkInsert(statement: StatementSync, row: LogChunkRecord): void {
  statement.run(row.runId, row.seq, row.attempt, row.chunk, row.lines, row.lineCount)
}

export function runResultInsert(statement: StatementSync, row: ResultRecord): void {
  statement.run(row.key, row.project, row.domain, row.source, row.outputs, row.outputsUri, row.at)
}

function mutableValues(action: ActionRecord): SQLInputValue[] {
  const { state } = action
  return [
    action.outputs,
    action.outputsUri,
    toErrorBytes(state.failure),
    action.cacheStatus,
    action.cacheSource,
    state.phase,
    state.attempt,
    state.userFailures,
    state.systemFailures,
    state.notBefore,
    state.timeline,
    state.abortReason,
    state.endedBy,
    state.updatedAt,
    state.endedAt,
  ]
}
