import type { Migration } from './migration.ts'

export const retention: Migration = {
  name: '0020-retention',
  statements: ({ text }) => [
    // Runs that are gone for everybody, and whose actions are still to be deleted, a portion at a time.
    `create table deleted_runs (run_id bigint primary key)`,
    // Which server does what only one of them does at a time, and until when it has the turn.
    `create table background_turns (name ${text} primary key, holder ${text} not null, held_until bigint not null)`,
    // Whether anything refers to what a run has left in storage.
    `create index cached_results_source on cached_results (source)`,
    `create index cache_entries_output on cache_entries (output_uri)`,
    `create index cache_entries_updated on cache_entries (updated_at)`,
    `create index actions_reused on actions (cache_source) where cache_source is not null`,
  ],
}
