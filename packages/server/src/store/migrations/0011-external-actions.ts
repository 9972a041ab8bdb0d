import type { Migration } from './migration.ts'

export const externalActions: Migration = {
  name: '0011-external-actions',
  statements: () => [
    `alter table actions add column is_external integer not null default 0`,
    // Who gave a condition its value ended it no less than who aborts an action.
    `alter table actions rename column aborted_by to ended_by`,
  ],
}
