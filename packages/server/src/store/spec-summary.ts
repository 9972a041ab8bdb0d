import { ActionType } from '@tern/idl/workflow'
import { sql } from 'kysely'

/** What lists show of a spec. */
export interface SpecSummary {
  readonly actionType: ActionType
  readonly taskOrg: string
  readonly taskProject: string
  readonly taskDomain: string
  readonly taskName: string
  readonly taskVersion: string
  readonly taskType: string
  readonly shortName: string
  readonly environmentName: string
  /** flyteidl2.workflow.ConditionAction; null for tasks and traces. */
  readonly condition: Uint8Array | null
}

/** The columns of `task_specs as s` that make a SpecSummary. */
export const specColumns = [
  's.action_type as spec_action_type',
  's.task_org',
  's.task_project',
  's.task_domain',
  's.task_name',
  's.task_version',
  's.task_type',
  's.short_name',
  's.environment_name',
  // A condition's type is shown in lists, and stands in its spec only.
  sql<Uint8Array | null>`case when s.action_type = ${sql.lit(ActionType.CONDITION)} then s.spec end`.as(
    'condition_spec',
  ),
] as const

interface SpecColumns {
  readonly spec_action_type: number
  readonly task_org: string
  readonly task_project: string
  readonly task_domain: string
  readonly task_name: string
  readonly task_version: string
  readonly task_type: string
  readonly short_name: string
  readonly environment_name: string
  readonly condition_spec: Uint8Array | null
}

export function toSpecSummary(row: SpecColumns): SpecSummary {
  return {
    actionType: row.spec_action_type as ActionType,
    taskOrg: row.task_org,
    taskProject: row.task_project,
    taskDomain: row.task_domain,
    taskName: row.task_name,
    taskVersion: row.task_version,
    taskType: row.task_type,
    shortName: row.short_name,
    environmentName: row.environment_name,
    condition: row.condition_spec,
  }
}
