import type { Migration } from './migration.ts'

export const images: Migration = {
  name: '0017-images',
  statements: ({ text }) => [
    `create table images (
      name ${text} primary key,
      digest ${text} not null,
      run_project ${text} not null,
      run_domain ${text} not null,
      run_name ${text} not null,
      built_at bigint not null
    )`,
  ],
}
