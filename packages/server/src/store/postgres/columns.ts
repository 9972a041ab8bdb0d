import { labelsOf, toErrorBytes } from '../engine-rows.ts'
import type {
  ActionRecord,
  AttemptRecord,
  EngineBatch,
  LogChunkRecord,
  ResultRecord,
  RunRecord,
  SpecRow,
} from '../engine-store.ts'
import type { ColumnType, ColumnValue } from './array-parameter.ts'

/** A column as the engine writes it: its name, its type, and its value in a row. */
export type Column<Row> = readonly [name: string, type: ColumnType, value: (row: Row) => ColumnValue]

export interface NewSpec {
  readonly spec: SpecRow
  readonly at: number
}

export interface NewRun {
  readonly run: RunRecord
  /** The number of the server that has it. */
  readonly owner: number
  readonly root: ActionRecord
}

export interface Label {
  readonly runId: number
  readonly key: string
  readonly value: string
}

export const specColumns: ReadonlyArray<Column<NewSpec>> = [
  ['digest', 'text', ({ spec }) => spec.digest],
  ['action_type', 'int4', ({ spec }) => spec.actionType],
  ['task_org', 'text', ({ spec }) => spec.taskOrg],
  ['task_project', 'text', ({ spec }) => spec.taskProject],
  ['task_domain', 'text', ({ spec }) => spec.taskDomain],
  ['task_name', 'text', ({ spec }) => spec.taskName],
  ['task_version', 'text', ({ spec }) => spec.taskVersion],
  ['task_type', 'text', ({ spec }) => spec.taskType],
  ['short_name', 'text', ({ spec }) => spec.shortName],
  ['environment_name', 'text', ({ spec }) => spec.environmentName],
  ['spec', 'bytea', ({ spec }) => spec.bytes],
  ['created_at', 'int8', ({ at }) => at],
]

export const runColumns: ReadonlyArray<Column<NewRun>> = [
  ['id', 'int8', ({ run }) => run.id],
  ['project', 'text', ({ run }) => run.project],
  ['domain', 'text', ({ run }) => run.domain],
  ['name', 'text', ({ run }) => run.name],
  ['source', 'int4', ({ run }) => run.source],
  ['spec_digest', 'text', ({ run }) => run.specDigest],
  ['task_project', 'text', ({ run }) => run.taskProject],
  ['task_domain', 'text', ({ run }) => run.taskDomain],
  ['task_name', 'text', ({ run }) => run.taskName],
  ['task_version', 'text', ({ run }) => run.taskVersion],
  ['task_type', 'text', ({ run }) => run.taskType],
  ['run_spec', 'bytea', ({ run }) => run.runSpec],
  ['request_digest', 'text', ({ run }) => run.requestDigest],
  ['run_base', 'text', ({ run }) => run.runBase],
  ['created_by', 'bytea', ({ run }) => run.createdBy],
  ['created_by_subject', 'text', ({ run }) => run.createdBySubject],
  ['trigger_name', 'text', ({ run }) => run.trigger?.name ?? null],
  ['trigger_task_name', 'text', ({ run }) => run.trigger?.taskName ?? null],
  ['trigger_revision', 'int8', ({ run }) => run.trigger?.revision ?? null],
  ['launch_plan_name', 'text', ({ run }) => run.launchPlan?.name ?? null],
  ['launch_plan_version', 'text', ({ run }) => run.launchPlan?.version ?? null],
  ['launch_plan_max_runs', 'int8', ({ run }) => run.launchPlan?.queueLimit ?? null],
  ['phase', 'int4', ({ root }) => root.state.phase],
  ['attempts', 'int4', ({ root }) => root.state.attempt],
  ['cache_status', 'int4', ({ root }) => root.cacheStatus],
  ['created_at', 'int8', ({ root }) => root.createdAt],
  ['updated_at', 'int8', ({ root }) => root.state.updatedAt],
  ['ended_at', 'int8', ({ root }) => root.state.endedAt],
  ['owner', 'int8', ({ owner }) => owner],
]

export const labelColumns: ReadonlyArray<Column<Label>> = [
  ['run_id', 'int8', ({ runId }) => runId],
  ['key', 'text', ({ key }) => key],
  ['value', 'text', ({ value }) => value],
]

/** What of a run changes, by its id: what its root action says. */
export const rootColumns: ReadonlyArray<Column<ActionRecord>> = [
  ['id', 'int8', (root) => root.runId],
  ['phase', 'int4', (root) => root.state.phase],
  ['attempts', 'int4', (root) => root.state.attempt],
  ['cache_status', 'int4', (root) => root.cacheStatus],
  ['updated_at', 'int8', (root) => root.state.updatedAt],
  ['ended_at', 'int8', (root) => root.state.endedAt],
]

/** What of an action changes, by its run and its place in it. */
export const changedColumns: ReadonlyArray<Column<ActionRecord>> = [
  ['run_id', 'int8', (action) => action.runId],
  ['seq', 'int4', (action) => action.seq],
  ['outputs', 'bytea', (action) => action.outputs],
  ['outputs_uri', 'text', (action) => action.outputsUri],
  ['error', 'bytea', (action) => toErrorBytes(action.state.failure)],
  ['cache_status', 'int4', (action) => action.cacheStatus],
  ['cache_source', 'text', (action) => action.cacheSource],
  ['phase', 'int4', (action) => action.state.phase],
  ['attempt', 'int4', (action) => action.state.attempt],
  ['user_failures', 'int4', (action) => action.state.userFailures],
  ['system_failures', 'int4', (action) => action.state.systemFailures],
  ['not_before', 'int8', (action) => action.state.notBefore],
  ['timeline', 'text', (action) => action.state.timeline],
  ['abort_reason', 'text', (action) => action.state.abortReason],
  ['ended_by', 'bytea', (action) => action.state.endedBy],
  ['updated_at', 'int8', (action) => action.state.updatedAt],
  ['ended_at', 'int8', (action) => action.state.endedAt],
]

export const createdColumns: ReadonlyArray<Column<ActionRecord>> = [
  ...changedColumns,
  ['name', 'text', (action) => action.name],
  ['parent_seq', 'int4', (action) => action.parentSeq],
  ['action_type', 'int4', (action) => action.actionType],
  ['action_group', 'text', (action) => action.group],
  ['spec_digest', 'text', (action) => action.specDigest],
  ['inputs', 'bytea', (action) => action.inputs],
  ['inputs_uri', 'text', (action) => action.inputsUri],
  ['cache_key', 'text', (action) => action.cacheKey],
  ['queue', 'text', (action) => action.queue],
  ['is_external', 'int4', (action) => (action.isExternal ? 1 : 0)],
  ['created_at', 'int8', (action) => action.createdAt],
]

export const attemptColumns: ReadonlyArray<Column<AttemptRecord>> = [
  ['run_id', 'int8', (attempt) => attempt.runId],
  ['seq', 'int4', (attempt) => attempt.seq],
  ['attempt', 'int4', (attempt) => attempt.attempt],
  ['phase', 'int4', (attempt) => attempt.phase],
  ['timeline', 'text', (attempt) => attempt.timeline],
  ['error', 'bytea', (attempt) => toErrorBytes(attempt.failure)],
]

export const logColumns: ReadonlyArray<Column<LogChunkRecord>> = [
  ['run_id', 'int8', (chunk) => chunk.runId],
  ['seq', 'int4', (chunk) => chunk.seq],
  ['attempt', 'int4', (chunk) => chunk.attempt],
  ['chunk', 'int4', (chunk) => chunk.chunk],
  ['lines', 'bytea', (chunk) => chunk.lines],
  ['line_count', 'int4', (chunk) => chunk.lineCount],
]

export const resultColumns: ReadonlyArray<Column<ResultRecord>> = [
  ['key', 'text', (result) => result.key],
  ['project', 'text', (result) => result.project],
  ['domain', 'text', (result) => result.domain],
  ['source', 'text', (result) => result.source],
  ['outputs', 'bytea', (result) => result.outputs],
  ['outputs_uri', 'text', (result) => result.outputsUri],
  ['created_at', 'int8', (result) => result.at],
]

/** The rows of a batch by where they go, in the order in which they are written. */
export interface BatchRows {
  readonly specs: ReadonlyArray<NewSpec>
  readonly runs: ReadonlyArray<NewRun>
  readonly labels: ReadonlyArray<Label>
  readonly created: ReadonlyArray<ActionRecord>
  readonly changed: ReadonlyArray<ActionRecord>
  readonly roots: ReadonlyArray<ActionRecord>
  readonly attempts: ReadonlyArray<AttemptRecord>
  readonly logs: ReadonlyArray<LogChunkRecord>
  readonly results: ReadonlyArray<ResultRecord>
}

export function toRows(batch: EngineBatch, owner: number): BatchRows {
  const { runs, created, changed, attempts, logs } = batch
  const roots = new Map<number, ActionRecord>()
  if (runs.length > 0) for (const action of created) if (action.parentSeq === null) roots.set(action.runId, action)
  return {
    specs: inOrder(latest(batch.specs, digestOf), digestOf).map((spec) => ({ spec, at: batch.at })),
    runs: runs.map((run) => ({ run, root: roots.get(run.id)!, owner })),
    labels: runs.flatMap((run) => Object.entries(labelsOf(run)).map(([key, value]) => ({ runId: run.id, key, value }))),
    created,
    changed,
    roots: changed.filter(({ parentSeq }) => parentSeq === null),
    attempts,
    logs,
    results: inOrder(latest(batch.results, placeOf), placeOf),
  }
}

// Several servers write specs and results of the same keys: in one order, so that none waits for one that waits for it.
function inOrder<Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string): ReadonlyArray<Row> {
  return rows.length < 2 ? rows : rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

// One statement may not write a row twice: of several with one key the last stands.
function latest<Row>(rows: ReadonlyArray<Row>, key: (row: Row) => string): ReadonlyArray<Row> {
  return rows.length < 2 ? rows : [...new Map(rows.map((row) => [key(row), row])).values()]
}

function digestOf({ digest }: SpecRow): string {
  return digest
}

function placeOf({ key, project, domain }: ResultRecord): string {
  return `${key}/${project}/${domain}`
}
