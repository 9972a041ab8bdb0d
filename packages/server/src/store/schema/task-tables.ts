import type { ColumnType } from 'kysely'

/** Projects, and the tasks that are deployed in them. */
export interface TaskTables {
  projects: ProjectsTable
  task_specs: TaskSpecsTable
  tasks: TasksTable
  task_turns: TaskTurnsTable
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

/** What deployments of a task take turns with. */
export interface TaskTurnsTable {
  project: string
  domain: string
  name: string
  turn: number
}
