import type { Migration } from './migration.ts'

export const launchPlans: Migration = {
  name: '0022-launch-plans',
  statements: ({ text, bytes, autoId }) => [
    // One row a name, which changes of its versions take turns with, and which runs wait at for their place.
    `create table launch_plan_turns (
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      turn bigint not null,
      primary key (project, domain, name)
    )`,
    `create table launch_plans (
      id ${autoId},
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      version ${text} not null,
      spec ${bytes} not null,
      task_project ${text} not null,
      task_domain ${text} not null,
      task_name ${text} not null,
      task_version ${text} not null,
      active integer not null,
      is_shown integer not null,
      deployed_by ${bytes},
      deployed_at bigint not null,
      activated_at bigint,
      unique (project, domain, name, version)
    )`,
    // At most one version of a name is active.
    `create unique index launch_plans_active on launch_plans (project, domain, name) where active = 1`,
    // What lists of names have of each.
    `create unique index launch_plans_shown on launch_plans (project, domain, name) where is_shown = 1`,
    `create index launch_plans_task on launch_plans (task_project, task_domain, task_name, name)`,
    // Runs that have a place among those of their launch plan, or wait for one in the order of the ids.
    `create table launch_plan_places (
      id ${autoId},
      project ${text} not null,
      domain ${text} not null,
      name ${text} not null,
      run ${text} not null,
      waits integer not null,
      max_runs bigint not null,
      created_at bigint not null,
      unique (project, domain, name, run)
    )`,
    `alter table runs add column launch_plan_name ${text}`,
    `alter table runs add column launch_plan_version ${text}`,
    // How many runs of the plan may be under way at once; null for a run that waits for no place.
    `alter table runs add column launch_plan_max_runs bigint`,
    `create index runs_launch_plan on runs (project, domain, launch_plan_name, created_at desc, id desc)
      where launch_plan_name is not null`,
    // How many are under way: few are, of however many there have been.
    `create index runs_launch_plan_live on runs (project, domain, launch_plan_name, name)
      where launch_plan_name is not null and (phase < 5 or phase = 9)`,
  ],
}
