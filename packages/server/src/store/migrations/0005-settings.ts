import type { Migration } from './migration.ts'

export const settings: Migration = {
  name: '0005-settings',
  statements: ({ text, bytes }) => [
    `create table settings (
      domain ${text} not null,
      project ${text} not null,
      settings ${bytes} not null,
      version bigint not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (domain, project)
    )`,
  ],
}
