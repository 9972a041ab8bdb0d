import type { ColumnType, Generated } from 'kysely'

/** What runs leave behind: the engine writes it. */
export interface RunTables {
  runs: RunsTable
  run_labels: RunLabelsTable
  actions: ActionsTable
  attempts: AttemptsTable
  log_chunks: LogChunksTable
  cached_results: CachedResultsTable
  condition_webhooks: ConditionWebhooksTable
  run_notifications: RunNotificationsTable
  deleted_runs: DeletedRunsTable
}

/** One row a run: what lists of runs show. Phase, attempts and times repeat those of the root action `a0`. */
export interface RunsTable {
  id: Generated<number>
  project: string
  domain: string
  name: string
  /** flyteidl2.workflow.RunSource. */
  source: number
  spec_digest: string
  task_project: string
  task_domain: string
  task_name: string
  task_version: string
  task_type: string
  /** flyteidl2.task.RunSpec. */
  run_spec: Uint8Array
  /** Digest of the CreateRun request: repeating it gives the same run, a different one with the same name is refused. */
  request_digest: string
  /** Where the run's inputs and outputs are written, without a trailing slash. */
  run_base: string
  trigger_name: string | null
  trigger_task_name: string | null
  trigger_revision: number | null
  launch_plan_name: ColumnType<string | null, string | null | undefined, string | null>
  launch_plan_version: ColumnType<string | null, string | null | undefined, string | null>
  /** How many runs of its launch plan may be under way at once; null for a run that waits for no place. */
  launch_plan_max_runs: ColumnType<number | null, number | null | undefined, number | null>
  /** flyteidl2.common.EnrichedIdentity. */
  created_by: Uint8Array | null
  created_by_subject: string | null
  phase: number
  attempts: number
  cache_status: number
  created_at: number
  updated_at: number
  ended_at: number | null
  /** The server that has the live run: `servers.id`. Null where the database is embedded. */
  owner: ColumnType<number | null, number | null | undefined, number | null>
}

/** The labels of runs' specs, again, so that lists can be filtered by them. */
export interface RunLabelsTable {
  run_id: number
  key: string
  value: string
}

/** One row an action; the root is `a0` with seq 0. The current attempt lives here, earlier ones in `attempts`. */
export interface ActionsTable {
  run_id: number
  /** Position in the run, in order of creation: the keyset for paging through a run. */
  seq: number
  name: string
  /** Null for the root action. */
  parent_seq: number | null
  action_type: number
  phase: number
  action_group: string | null
  spec_digest: string
  /** flyteidl2.task.Inputs; null when they are at `inputs_uri`. */
  inputs: Uint8Array | null
  /** Full path of an inputs.pb file. */
  inputs_uri: string | null
  /** flyteidl2.task.Outputs; null when there are none or they are at `outputs_uri`. */
  outputs: Uint8Array | null
  /** Prefix that holds outputs.pb (for traces: the file itself). */
  outputs_uri: string | null
  /** tern.worker.v1.TaskError of the attempt that ended the action, or of the latest failed attempt. */
  error: Uint8Array | null
  cache_key: string | null
  /** flyteidl2.core.CatalogCacheStatus. */
  cache_status: number
  /** Where a cached or recovered result comes from: `project/domain/run/action/attempt`. */
  cache_source: string | null
  queue: string | null
  /** Number of the current attempt, from 1. */
  attempt: number
  user_failures: number
  system_failures: number
  /** Earliest time of the next attempt, while the action backs off. */
  not_before: number | null
  /** Phase transitions of the current attempt, `phase:epochMs` joined by commas, oldest first. */
  timeline: string
  abort_reason: string | null
  /** flyteidl2.common.EnrichedIdentity of who aborted the action, or gave the condition its value. */
  ended_by: Uint8Array | null
  /** 1 when something outside the server executes the action, and reports what becomes of it. */
  is_external: number
  created_at: number
  updated_at: number
  ended_at: number | null
}

/** Attempts that another one has replaced. */
export interface AttemptsTable {
  run_id: number
  seq: number
  attempt: number
  phase: number
  timeline: string
  error: Uint8Array | null
}

/** Captured output of an attempt, in the order it was written. */
export interface LogChunksTable {
  run_id: number
  seq: number
  attempt: number
  chunk: number
  /** tern.worker.v1.LogChunk (its `attempt` field is not meaningful here). */
  lines: Uint8Array
  /** Number of lines in this chunk. */
  line_count: number
}

/** Results by cache key, the latest of each project and domain. */
export interface CachedResultsTable {
  key: string
  project: string
  domain: string
  /** The attempt that computed it: `project/domain/run/action/attempt`. */
  source: string
  /** flyteidl2.task.Outputs; null when there are none or they are at `outputs_uri`. */
  outputs: Uint8Array | null
  outputs_uri: string | null
  created_at: number
}

/** What became of telling others that a condition waits, for conditions that ask for it. */
export interface ConditionWebhooksTable {
  run_id: number
  /** Name of the condition's action. */
  action: string
  /** Null when nobody took it. */
  delivered_at: number | null
  /** Why nobody took it; else empty. */
  error: string
}

/** Notifications that runs ask for, and what became of them. Written before the run is. */
export interface RunNotificationsTable {
  project: string
  domain: string
  run: string
  /** Of the run, if this is a notification of it. */
  request_digest: string
  /** Place among the rules of the run. */
  rule_index: number
  /** flyteidl2.task.InlineRule. */
  rule: Uint8Array
  /** tern.notification.v1.NotificationState. */
  state: number
  failures: number
  /** Why it was not taken the last time; else empty. */
  message: string
  /** While it is being sent, when another may send it; after it failed, when it is sent again. */
  next_attempt_at: number | null
  delivered_at: number | null
  created_at: number
}

/** Runs that have been deleted, and whose actions are still to be. */
export interface DeletedRunsTable {
  run_id: number
}
