import type { Migration } from './migration.ts'

export const cacheEntries: Migration = {
  name: '0004-cache-entries',
  statements: ({ text, bytes }) => [
    `create table cache_entries (
      project ${text} not null,
      domain ${text} not null,
      key ${text} not null,
      output_uri ${text} not null,
      metadata ${bytes} not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (project, domain, key)
    )`,
    `create table cache_reservations (
      project ${text} not null,
      domain ${text} not null,
      key ${text} not null,
      owner ${text} not null,
      heartbeat_ms bigint not null,
      expires_at bigint not null,
      primary key (project, domain, key)
    )`,
    `create index cache_reservations_expired on cache_reservations (expires_at)`,
  ],
}
