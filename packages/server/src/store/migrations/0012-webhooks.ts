import type { Migration } from './migration.ts'

export const webhooks: Migration = {
  name: '0012-webhooks',
  statements: ({ text }) => [
    `create table condition_webhooks (
      run_id bigint not null,
      action ${text} not null,
      delivered_at bigint,
      error ${text} not null,
      primary key (run_id, action)
    )`,
  ],
}
