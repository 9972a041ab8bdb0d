/** What is reported by those that execute attempts elsewhere, and the cache that they share. */
export interface ReportTables {
  action_events: ActionEventsTable
  action_event_counts: ActionEventCountsTable
  action_states: ActionStatesTable
  cache_entries: CacheEntriesTable
  cache_reservations: CacheReservationsTable
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
