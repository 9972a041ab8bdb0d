import type { Migration } from './migration.ts'

export const triggers: Migration = {
  name: '0002-triggers',
  statements: ({ text, bytes, autoId }) => [
    `create table triggers (
      id ${autoId},
      project ${text} not null,
      domain ${text} not null,
      task_name ${text} not null,
      name ${text} not null,
      latest_revision bigint not null,
      spec ${bytes} not null,
      automation_spec ${bytes} not null,
      automation_type integer not null,
      task_version ${text} not null,
      active integer not null,
      description ${text} not null,
      deployed_by ${bytes},
      updated_by ${bytes},
      deployed_at bigint not null,
      updated_at bigint not null,
      scheduled_from bigint not null,
      triggered_at bigint,
      deleted_at bigint,
      unique (project, domain, task_name, name)
    )`,
    // What a list shows first, and what the scheduler reads again: the latest changes.
    `create index triggers_listed on triggers (project, domain, active desc, updated_at desc, id desc)`,
    `create index triggers_updated on triggers (updated_at, id)`,
    `create table trigger_revisions (
      project ${text} not null,
      domain ${text} not null,
      task_name ${text} not null,
      name ${text} not null,
      revision bigint not null,
      action integer not null,
      spec ${bytes} not null,
      automation_spec ${bytes} not null,
      task_version ${text} not null,
      active integer not null,
      description ${text} not null,
      deployed_by ${bytes},
      updated_by ${bytes},
      deployed_at bigint not null,
      updated_at bigint not null,
      triggered_at bigint,
      deleted_at bigint,
      created_at bigint not null,
      primary key (project, domain, task_name, name, revision)
    )`,
  ],
}
