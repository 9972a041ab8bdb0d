import type { Generated } from 'kysely'

/** Launch plans, and the places that their runs take. */
export interface LaunchPlanTables {
  launch_plans: LaunchPlansTable
  launch_plan_turns: LaunchPlanTurnsTable
  launch_plan_places: LaunchPlanPlacesTable
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
  /**
   * The server that makes the run: `servers.id`, or 0 where the database is embedded. Of no meaning once the run is there; null for
   * places that were taken by runs that are there.
   */
  owner: number | null
}
