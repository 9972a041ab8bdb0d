import type { Migration } from './migration.ts'

const withoutRowid = (dialect: string): string => (dialect === 'sqlite' ? 'without rowid' : '')

export const events: Migration = {
  name: '0003-events',
  statements: ({ dialect, text, bytes }) => [
    `create table action_events (
      run_id bigint not null,
      seq integer not null,
      attempt integer not null,
      phase integer not null,
      version bigint not null,
      position bigint not null,
      reported_at bigint not null,
      has_log_context integer not null,
      event ${bytes} not null,
      primary key (run_id, seq, attempt, phase, version)
    ) ${withoutRowid(dialect)}`,
    `create unique index action_events_position on action_events (run_id, seq, attempt, position)`,
    // Whoever adds events of an attempt counts them here first, and so waits for whoever is doing so: positions appear in
    // the order of their numbers, and a reader that went as far as one has not missed a lower one.
    `create table action_event_counts (
      run_id bigint not null,
      seq integer not null,
      attempt integer not null,
      last_position bigint not null,
      primary key (run_id, seq, attempt)
    ) ${withoutRowid(dialect)}`,
    `create table action_states (
      run_id bigint not null,
      seq integer not null,
      state ${text} not null,
      updated_at bigint not null,
      primary key (run_id, seq)
    ) ${withoutRowid(dialect)}`,
  ],
}
