import type { Migration } from './migration.ts'

// The latest version of a task is the one that was deployed last for the first time.
const isNewest = `not exists (
  select 1 from tasks as n where n.project = tasks.project and n.domain = tasks.domain and n.name = tasks.name
    and (n.created_at > tasks.created_at or (n.created_at = tasks.created_at and n.version > tasks.version))
)`

const liveTriggers = `from triggers as g where g.project = tasks.project and g.domain = tasks.domain
  and g.task_name = tasks.name and g.task_version = tasks.version and g.deleted_at is null`

export const triggerPolicies: Migration = {
  name: '0008-trigger-policies',
  statements: ({ text }) => [
    `alter table tasks add column is_latest integer not null default 0`,
    `alter table tasks add column trigger_name ${text}`,
    `alter table tasks add column trigger_types integer not null default 0`,
    `update tasks set
      is_latest = case when ${isNewest} then 1 else 0 end,
      trigger_name = (select min(g.name) ${liveTriggers} having count(*) = 1),
      trigger_types = (select coalesce(sum(distinct (1 << g.automation_type)), 0) ${liveTriggers})`,
    // Lists of tasks have their latest versions, the last deployed first.
    `create index tasks_listed on tasks (project, domain, created_at desc) where is_latest = 1`,
    `create index tasks_listed_everywhere on tasks (created_at desc) where is_latest = 1`,
    // What lists show as the latest run of each version of a task.
    `create index runs_task_version on runs
      (task_project, task_domain, task_name, task_version, created_at desc, id desc)`,
    // Whether a trigger has a run under way: few are, of however many there have been.
    `create index runs_trigger_live on runs (project, domain, trigger_task_name, trigger_name, id)
      where trigger_name is not null and (phase < 5 or phase = 9)`,
    // One row a task, which deployments of the task take turns with.
    `create table task_turns (
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      turn bigint not null,
      primary key (project, domain, name)
    )`,
    `alter table triggers add column settled_at bigint`,
    `update triggers set settled_at = triggered_at`,
    `create table trigger_firings (
      project ${text} not null,
      domain ${text} not null,
      task_name ${text} not null,
      name ${text} not null,
      scheduled_at bigint not null,
      state integer not null,
      run_name ${text} not null,
      other_run_name ${text} not null,
      failures integer not null,
      failing_since bigint,
      message ${text} not null,
      next_attempt_at bigint,
      updated_at bigint not null,
      primary key (project, domain, task_name, name, scheduled_at)
    )`,
    // Those that are to be gone on with after a restart: starting (1) and retrying (3).
    `create index trigger_firings_pending on trigger_firings (scheduled_at, project, domain, task_name, name)
      where state = 1 or state = 3`,
  ],
}
