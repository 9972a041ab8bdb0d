import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bundleFile } from '../bundling/bundle-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tern-kinds-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** What is in the bundle of a file with this task. */
async function partsIn(imports: string, task: string): Promise<string[]> {
  const file = join(folder, 'tasks.ts')
  const lines = [
    `import { ${imports}, TaskEnvironment } from '@tern/sdk'`,
    `const env = new TaskEnvironment({ name: 'bundled' })`,
    `export const task = ${task}`,
  ]
  await writeFile(file, lines.join('\n'))
  // Where long lines are broken, inside of strings too, depends on the lengths of paths.
  const code = Buffer.from((await bundleFile(file)).bytes)
    .toString()
    .replaceAll('\\\n', '')
  const marks = {
    container: 'tern-container-',
    http: 'idempotency-key',
    sensor: 'there it is',
    connector: 'goes on with',
    sql: 'must be one statement',
    duckdb: 'read_parquet',
    sqlite: 'create temp table',
    postgres: 'pg_cancel_backend',
    pg: 'SCRAM-SERVER-FIRST-MESSAGE',
  }
  return Object.entries(marks).flatMap(([name, mark]) => (code.includes(mark) ? [name] : []))
}

test.each<[string, string, string, string[]]>([
  ['a function', 'run', `env.task({ name: 'a' }, async () => void run)`, []],
  ['a script', 'shellTask', `shellTask(env, { name: 'a', script: 'true' })`, ['container']],
  ['a request', 'httpTask', `httpTask(env, { name: 'a', url: 'http://a.test' })`, ['http']],
  ['a sensor', 'sensor', `sensor(env, { name: 'a', check: () => true })`, ['sensor']],
  [
    'a connector',
    'connector',
    `connector(env, { name: 'a', type: 't', do: () => ({ phase: 'succeeded' }) })`,
    ['connector'],
  ],
  ['SQLite', 'sqlTask, sqlite', `sqlTask(env, { name: 'a', database: sqlite(), query: 'q' })`, ['sql', 'sqlite']],
  ['DuckDB', 'sqlTask, duckdb', `sqlTask(env, { name: 'a', database: duckdb(), query: 'q' })`, ['sql', 'duckdb']],
  [
    'Postgres',
    'sqlTask, postgres',
    `sqlTask(env, { name: 'a', database: postgres({ secret: 's' }), query: 'q' })`,
    ['sql', 'postgres', 'pg'],
  ],
])(
  'the bundle of %s carries what it needs, and nothing of other kinds',
  { timeout: 120_000 },
  async (_, imports, task, parts) => {
    expect(await partsIn(imports, task)).toEqual(parts)
  },
)
