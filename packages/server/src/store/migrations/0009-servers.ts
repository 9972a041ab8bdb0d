import type { Migration } from './migration.ts'

/** The servers that share a database, and which of them has which run. An embedded database has one, and no rows here. */
export const servers: Migration = {
  name: '0009-servers',
  statements: ({ text, autoId }) => [
    `create table servers (
      id ${autoId},
      url ${text} not null,
      version ${text} not null,
      keys ${text} not null,
      beat bigint not null,
      notified bigint not null,
      started_at bigint not null
    )`,
    `alter table runs add column owner bigint`,
  ],
}
