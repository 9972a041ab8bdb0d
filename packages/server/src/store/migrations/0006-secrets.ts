import type { Migration } from './migration.ts'

export const secrets: Migration = {
  name: '0006-secrets',
  statements: ({ text, bytes }) => [
    `create table secrets (
      domain ${text} not null,
      project ${text} not null,
      name ${text} not null,
      type integer not null,
      key_id ${text} not null,
      sealed_value ${bytes} not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (domain, project, name)
    )`,
  ],
}
