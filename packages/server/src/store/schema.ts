import type { ColumnType, Generated } from 'kysely'

/**
 * The tables of the store, as Kysely sees them. Times are UTC epoch milliseconds, enums are the protocol's numbers,
 * `Uint8Array` columns hold serialized protobuf messages. The statements that create them are in `migrations/`.
 */
export interface Schema {
  projects: ProjectsTable
  task_specs: TaskSpecsTable
  tasks: TasksTable
  servers: ServersTable
  runs: RunsTable
  run_labels: RunLabelsTable
  actions: ActionsTable
  attempts: AttemptsTable
  log_chunks: LogChunksTable
  cached_results: CachedResultsTable
  triggers: TriggersTable
  trigger_revisions: TriggerRevisionsTable
  condition_webhooks: ConditionWebhooksTable
  run_notifications: RunNotificationsTable
  images: ImagesTable
  trigger_firings: TriggerFiringsTable
  launch_plans: LaunchPlansTable
  launch_plan_turns: LaunchPlanTurnsTable
  launch_plan_places: LaunchPlanPlacesTable
  task_turns: TaskTurnsTable
  action_events: ActionEventsTable
  action_event_counts: ActionEventCountsTable
  action_states: ActionStatesTable
  cache_entries: CacheEntriesTable
  cache_reservations: CacheReservationsTable
  artifacts: ArtifactsTable
  artifact_metadata: ArtifactMetadataTable
  artifact_names: ArtifactNamesTable
  artifact_progress: ArtifactProgressTable
  artifact_specs: ArtifactSpecsTable
  artifact_producers: ArtifactProducersTable
  deleted_runs: DeletedRunsTable
  background_turns: BackgroundTurnsTable
  settings: SettingsTable
  secrets: SecretsTable
}

export interface ProjectsTable {
  id: string
  name: string
  description: string
  /** flyteidl2.task.Labels, or null. */
  labels: Uint8Array | null
  /** flyteidl2.project.ProjectState. */
  state: number
  created_at: number
  updated_at: number
}

/** Task, trace and condition specs, content-addressed and stored once; the other columns repeat what lists need. */
export interface TaskSpecsTable {
  digest: string
  /** flyteidl2.workflow.ActionType: whether `spec` is a TaskSpec, a TraceSpec or a ConditionAction. */
  action_type: number
  task_org: string
  task_project: string
  task_domain: string
  task_name: string
  task_version: string
  task_type: string
  short_name: string
  environment_name: string
  spec: Uint8Array
  /** When it was written last: those in use are written again now and then, and nobody else's are deleted. */
  created_at: number
}

/** Deployed task versions. */
export interface TasksTable {
  project: string
  domain: string
  name: string
  version: string
  environment: string
  function_name: string
  spec_digest: string
  deployed_by: string
  env_description: string | null
  short_description: string | null
  total_triggers: ColumnType<number, number | undefined, number>
  active_triggers: ColumnType<number, number | undefined, number>
  /** The trigger, when there is exactly one. */
  trigger_name: ColumnType<string | null, string | null | undefined, string | null>
  /** The kinds of its triggers: the sum of `1 << TriggerAutomationSpecType`. */
  trigger_types: ColumnType<number, number | undefined, number>
  /** 1 for the latest version of a task, else 0. */
  is_latest: ColumnType<number, number | undefined, number>
  /** 1 for a task that says it is where runs begin, else 0. */
  is_entrypoint: ColumnType<number, number | undefined, number>
  /** First deployment of this version; the latest version of a task is the one deployed last for the first time. */
  created_at: number
  updated_at: number
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

/** The servers that share a database; none where it is embedded. Each holds an advisory lock of its number. */
export interface ServersTable {
  id: Generated<number>
  /** Where the others reach it; empty while it starts. */
  url: string
  version: string
  /** JSON: what tells the keys of servers apart, by the name of the key. */
  keys: string
  /** Grows while the server is well. */
  beat: number
  /** How many messages it has sent to the others. */
  notified: number
  started_at: number
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

/** Versions of launch plans. */
export interface LaunchPlansTable {
  id: Generated<number>
  project: string
  domain: string
  name: string
  version: string
  /** tern.launchplan.v1.LaunchPlanSpec. */
  spec: Uint8Array
  task_project: string
  task_domain: string
  task_name: string
  task_version: string
  /** 1 for the version that callers get who name none, and that the schedule starts, else 0. */
  active: number
  /** 1 for the version that stands for the name in lists: the active one, or else the newest. Else 0. */
  is_shown: number
  /** flyteidl2.common.EnrichedIdentity. */
  deployed_by: Uint8Array | null
  deployed_at: number
  /** Since when it is, or was last, active. */
  activated_at: number | null
}

/** What changes of the versions of a launch plan take turns with, and runs that look for a place. */
export interface LaunchPlanTurnsTable {
  project: string
  domain: string
  name: string
  turn: number
}

/** Runs that have a place among those of their launch plan, or wait for one. Not those of plans without a limit. */
export interface LaunchPlanPlacesTable {
  /** The order in which they came. */
  id: Generated<number>
  project: string
  domain: string
  /** Of the launch plan. */
  name: string
  run: string
  /** 1 while it waits, else 0. */
  waits: number
  max_runs: number
  created_at: number
}

/** What deployments of a task take turns with. */
export interface TaskTurnsTable {
  project: string
  domain: string
  name: string
  turn: number
}

/** What a trigger and each of its revisions have in common. */
interface TriggerColumns {
  project: string
  domain: string
  task_name: string
  name: string
  /** flyteidl2.trigger.TriggerSpec. */
  spec: Uint8Array
  /** flyteidl2.task.TriggerAutomationSpec. */
  automation_spec: Uint8Array
  task_version: string
  /** 0 or 1. */
  active: number
  description: string
  /** flyteidl2.common.EnrichedIdentity. */
  deployed_by: Uint8Array | null
  /** flyteidl2.common.EnrichedIdentity. */
  updated_by: Uint8Array | null
  deployed_at: number
  /** The last change of any kind. */
  updated_at: number
  /** The latest instant that the schedule has fired for, by the schedule. */
  triggered_at: number | null
  deleted_at: number | null
}

/** Triggers as they are now; deleted ones stay, so that their revisions go on counting when they come back. */
export interface TriggersTable extends TriggerColumns {
  id: Generated<number>
  latest_revision: number
  /** flyteidl2.task.TriggerAutomationSpecType. */
  automation_type: number
  /** Since when the schedule counts: it was deployed, changed or switched on then. */
  scheduled_from: number
  /** Instants up to here are done with: fired, left out, or kept in `trigger_firings` to be tried again. */
  settled_at: ColumnType<number | null, number | null | undefined, number | null>
}

/** What became of the latest instants of each trigger. */
export interface TriggerFiringsTable {
  project: string
  domain: string
  task_name: string
  name: string
  scheduled_at: number
  /** tern.trigger.v1.FiringState. */
  state: number
  run_name: string
  /** Empty for none. */
  other_run_name: string
  failures: number
  failing_since: number | null
  message: string
  next_attempt_at: number | null
  updated_at: number
}

/** Every state that a trigger has been in. */
export interface TriggerRevisionsTable extends TriggerColumns {
  revision: number
  /** flyteidl2.trigger.TriggerRevisionAction. */
  action: number
  created_at: number
}

/** What whoever executes an attempt reported of it. */
export interface ActionEventsTable {
  run_id: number
  seq: number
  attempt: number
  phase: number
  version: number
  /** Place among the events of the attempt, in the order in which they were stored; with gaps. */
  position: number
  reported_at: number
  /** 0 or 1. */
  has_log_context: number
  /** flyteidl2.workflow.ActionEvent, without its id. */
  event: Uint8Array
}

/** Gives events of an attempt their places. */
export interface ActionEventCountsTable {
  run_id: number
  seq: number
  attempt: number
  last_position: number
}

/** What executors keep with an action, as a text of JSON. */
export interface ActionStatesTable {
  run_id: number
  seq: number
  state: string
  updated_at: number
}

/** Outputs that executors outside the server share. */
export interface CacheEntriesTable {
  /** Empty, as is the domain, for keys of the first version of the service. */
  project: string
  domain: string
  key: string
  output_uri: string
  /** flyteidl2.cacheservice.Metadata, without its times. */
  metadata: Uint8Array
  created_at: number
  updated_at: number
}

/** Who is computing such outputs. */
export interface CacheReservationsTable {
  project: string
  domain: string
  key: string
  owner: string
  heartbeat_ms: number
  expires_at: number
}

/** Images that were built: by name, what was built last. */
export interface ImagesTable {
  /** With its tag. */
  name: string
  /** Of what it is made of. */
  digest: string
  run_project: string
  run_domain: string
  run_name: string
  built_at: number
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

/** What one server does at a time. */
export interface BackgroundTurnsTable {
  name: string
  /** Tells servers apart. */
  holder: string
  /** Then the turn may be taken by another. */
  held_until: number
}

/** What is set for all, for a domain, or for a project in a domain. */
export interface SettingsTable {
  /** Empty, as is the project, for what is set for all. */
  domain: string
  /** Empty for what is set for a domain. */
  project: string
  /** flyteidl2.settings.Settings, as it was set: without what is inherited. */
  settings: Uint8Array
  /** From 1; every change adds one. */
  version: number
  created_at: number
  updated_at: number
}

/** Secrets of all, of a domain, or of a project in a domain. */
export interface SecretsTable {
  /** Empty, as is the project, for a secret of all. */
  domain: string
  /** Empty for a secret of a domain. */
  project: string
  name: string
  /** flyteidl2.secret.SecretType */
  type: number
  /** Tells which key the value is sealed with. */
  key_id: string
  /** The value, encrypted. */
  sealed_value: Uint8Array
  created_at: number
  updated_at: number
}

/** Versions of artifacts: values with a name. */
export interface ArtifactsTable {
  /** One more than that of the one created before, without gaps: what is there with a position has all before it. */
  position: number
  project: string
  domain: string
  name: string
  version: string
  /** flyteidl2.artifact.ArtifactSpec; without its value when that is at `value_uri`. */
  spec: Uint8Array
  /** Full path of a serialized flyteidl2.core.Literal. */
  value_uri: string | null
  /** Of the serialized value, in bytes. */
  value_size: number
  /** Of what the version is: creating the same again gives the same version, something else is refused. */
  digest: string
  /** The run and action that produced it, in its own project and domain. */
  source_run: string | null
  source_action: string | null
  source_external_ref: string | null
  /** flyteidl2.common.EnrichedIdentity. */
  created_by: Uint8Array | null
  created_by_subject: string | null
  created_at: number
}

/** The metadata that users gave artifacts, again, so that lists can be filtered by it. */
export interface ArtifactMetadataTable {
  position: number
  key: string
  value: string
}

/** Names of artifacts, with their latest versions. */
export interface ArtifactNamesTable {
  project: string
  domain: string
  name: string
  /** Position of the latest version. */
  latest: number
  versions: number
  created_at: number
  /** When the latest version was created. */
  updated_at: number
}

/** One row: the last position given, and how far those are who follow artifacts and the outputs that become them. */
export interface ArtifactProgressTable {
  id: number
  last_position: number
  /** Triggers have fired for the artifacts up to this position. */
  fired_to: number
  /** Outputs of actions that ended before this time have been recorded. */
  recorded_to: number
  /** Specs that came before this time have been looked at. */
  specs_read_to: number
}

/** Actions whose outputs have been made artifacts, those that are to be. */
export interface ArtifactProducersTable {
  run_id: number
  seq: number
}

/** Specs of tasks whose outputs may be artifacts. */
export interface ArtifactSpecsTable {
  digest: string
}
