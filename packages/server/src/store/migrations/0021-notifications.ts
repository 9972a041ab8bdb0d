import type { Migration } from './migration.ts'

export const notifications: Migration = {
  name: '0021-notifications',
  statements: ({ text, bytes }) => [
    // Written before the run is, so that none is ever without: by its name, and the request that made it.
    `create table run_notifications (
      project ${text} not null,
      domain ${text} not null,
      run ${text} not null,
      request_digest ${text} not null,
      rule_index integer not null,
      rule ${bytes} not null,
      state integer not null,
      failures integer not null,
      message ${text} not null,
      next_attempt_at bigint,
      delivered_at bigint,
      created_at bigint not null,
      primary key (project, domain, run, request_digest, rule_index)
    )`,
    `create index run_notifications_open on run_notifications (state, next_attempt_at) where state < 3`,
  ],
}
