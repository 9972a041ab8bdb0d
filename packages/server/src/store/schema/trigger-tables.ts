import type { ColumnType, Generated } from 'kysely'

/** Triggers, and when they fired. */
export interface TriggerTables {
  triggers: TriggersTable
  trigger_firings: TriggerFiringsTable
  trigger_revisions: TriggerRevisionsTable
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
