import type { Migration } from './migration.ts'

export const startersAndPlaces: Migration = {
  name: '0023-starters-and-places',
  statements: () => [
    // The runs that somebody started, in the order in which they came.
    `create index runs_by_starter on runs (project, domain, created_by_subject, created_at, id)
      where created_by_subject is not null`,
    // The server that makes the run which the place is for: of one that is gone, the place is free.
    `alter table launch_plan_places add column owner bigint`,
  ],
}
