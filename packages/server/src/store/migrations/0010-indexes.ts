import type { Migration } from './migration.ts'

// What stands for a missing time or duration in the order of rows: see list-fields.ts.
const missing = Number.MAX_SAFE_INTEGER

// What lists are ordered and filtered by of a spec, without the spec itself, which is large. SQLite would rather look
// each up by its digest.
const specSummaries = `create index task_specs_summary on task_specs
  (digest, task_name, task_version, environment_name, action_type, task_type, task_project, task_domain)`

/**
 * Indexes for the orders in which lists are mostly read. Lists in other orders sort the keys of what is in their scope,
 * which takes some ten milliseconds for a hundred thousand; an index for each of those orders would cost more with every
 * run. Actions have no index that runs do not need while they live: most of them are written once and never listed.
 */
export const indexes: Migration = {
  name: '0010-indexes',
  statements: ({ dialect }) => [
    `create index runs_listed_everywhere on runs (phase, created_at desc, id desc)`,
    `create index runs_created_everywhere on runs (created_at, id)`,
    `create index runs_by_update on runs (project, domain, updated_at, id)`,
    `create index runs_by_end on runs (project, domain, coalesce(ended_at, ${missing}), id)`,
    `create index runs_by_duration on runs (project, domain, coalesce(ended_at - created_at, ${missing}), id)`,
    `create index runs_by_trigger on runs (project, domain, trigger_task_name, trigger_name, created_at, id)
      where trigger_name is not null`,
    ...(dialect === 'postgres' ? [specSummaries] : []),
  ],
}
