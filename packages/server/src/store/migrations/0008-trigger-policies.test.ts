import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRepositories } from '../repositories.ts'
import { openSqliteStore } from '../sqlite/open-store.ts'
import { migrations } from './index.ts'
import type { DialectTypes } from './migration.ts'

const types: DialectTypes = { dialect: 'sqlite', text: 'text', bytes: 'blob', autoId: 'integer primary key' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-migration-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A database as it was before, with tasks and triggers in it. */
function anOlderDatabase(): void {
  const database = new DatabaseSync(join(folder, 'tern.db'))
  database.exec('create table schema_migrations (name text primary key, applied_at integer not null)')
  for (const migration of migrations.filter(({ name }) => name < '0008')) {
    for (const statement of migration.statements(types)) database.exec(statement)
    database.prepare('insert into schema_migrations values (?, 0)').run(migration.name)
  }
  const task = database.prepare(`insert into tasks (project, domain, name, version, environment, function_name,
    spec_digest, deployed_by, created_at, updated_at) values ('p', 'd', ?, ?, 'env', 'main', 'x', '', ?, ?)`)
  task.run('env.one', 'v1', 10, 90)
  task.run('env.one', 'v2', 20, 20)
  task.run('env.two', 'v1', 30, 30)
  const trigger = database.prepare(`insert into triggers (project, domain, task_name, name, latest_revision, spec,
    automation_spec, automation_type, task_version, active, description, deployed_at, updated_at, scheduled_from,
    triggered_at, deleted_at) values ('p', 'd', ?, ?, 1, x'', x'', ?, 'v1', 1, '', 1, 1, 1, ?, ?)`)
  trigger.run('env.two', 'nightly', 2, 77, null)
  trigger.run('env.two', 'gone', 3, null, 5)
  trigger.run('env.one', 'a', 1, null, null)
  trigger.run('env.one', 'b', 2, null, null)
  database.close()
}

test('a database from before knows the latest versions, the kinds of triggers, and what had fired', async () => {
  anOlderDatabase()
  const store = openSqliteStore(folder)
  try {
    const { tasks, triggers } = createRepositories(store.queries)
    const { items, total } = await tasks.listLatest({}, undefined)
    expect([total, ...items.map(({ key }) => `${key.name} ${key.version}`)]).toEqual([2, 'env.two v1', 'env.one v2'])
    const rows = await store.queries.db
      .selectFrom('tasks')
      .select(['name', 'version', 'is_latest', 'trigger_name', 'trigger_types'])
      .orderBy('name')
      .orderBy('version')
      .execute()
    expect(rows).toEqual([
      { name: 'env.one', version: 'v1', is_latest: 0, trigger_name: null, trigger_types: 6 },
      { name: 'env.one', version: 'v2', is_latest: 1, trigger_name: null, trigger_types: 0 },
      { name: 'env.two', version: 'v1', is_latest: 1, trigger_name: 'nightly', trigger_types: 4 },
    ])
    const key = { project: 'p', domain: 'd', taskName: 'env.two', name: 'nightly' }
    expect(await triggers.find(key)).toMatchObject({ triggeredAt: 77, settledAt: 77 })
  } finally {
    await store.close()
  }
})
