import type { Migration } from './migration.ts'

export const artifacts: Migration = {
  name: '0007-artifacts',
  statements: ({ dialect, text, bytes }) => [
    // Positions are given one after the other, by whoever holds the row of `artifact_progress`, so that what has a lower
    // one is there before what has a higher one: those who follow artifacts miss none, whatever commits when.
    `create table artifacts (
      position bigint primary key,
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      version ${text} not null,
      spec ${bytes} not null,
      value_uri ${text},
      value_size bigint not null,
      digest ${text} not null,
      source_run ${text},
      source_action ${text},
      source_external_ref ${text},
      created_by ${bytes},
      created_by_subject ${text},
      created_at bigint not null,
      unique (project, domain, name, version)
    )`,
    `create index artifacts_listed on artifacts (project, domain, position)`,
    `create index artifacts_named on artifacts (project, domain, name, position)`,
    `create index artifacts_source on artifacts (project, domain, source_run)`,
    `create table artifact_metadata (
      position bigint not null,
      key ${text} not null,
      value ${text} not null,
      primary key (position, key)
    ) ${dialect === 'sqlite' ? 'without rowid' : ''}`,
    `create index artifact_metadata_value on artifact_metadata (key, value)`,
    `create table artifact_names (
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      latest bigint not null,
      versions bigint not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (project, domain, name)
    )`,
    `create index artifact_names_listed on artifact_names (project, domain, latest)`,
    `create table artifact_progress (
      id integer primary key,
      last_position bigint not null,
      fired_to bigint not null,
      recorded_to bigint not null,
      specs_read_to bigint not null
    )`,
    `insert into artifact_progress (id, last_position, fired_to, recorded_to, specs_read_to) values (1, 0, 0, 0, 0)`,
    `create table artifact_specs (digest ${text} primary key)`,
    `create table artifact_producers (
      run_id bigint not null,
      seq integer not null,
      primary key (run_id, seq)
    ) ${dialect === 'sqlite' ? 'without rowid' : ''}`,
    // What the recorder looks for: specs that are new, and runs that ended while no server was there to see it.
    `create index task_specs_created on task_specs (created_at, digest)`,
    `create index runs_ended on runs (ended_at) where ended_at is not null`,
    `create index triggers_on_artifact on triggers (project, domain) where automation_type = 3`,
  ],
}
