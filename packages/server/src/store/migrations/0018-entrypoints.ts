import type { Migration } from './migration.ts'

/** Lists of tasks may be of entrypoints only. Tasks that were deployed before are none until they are deployed again. */
export const entrypoints: Migration = {
  name: '0018-entrypoints',
  statements: () => [`alter table tasks add column is_entrypoint integer not null default 0`],
}
