import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
// oxlint-disable-next-line eslint/no-restricted-imports -- the store of a dead server can only be asked directly
import { DatabaseSync } from 'node:sqlite'
// oxlint-disable-next-line eslint/no-restricted-imports -- as above
import { Client } from 'pg'
import { PostgresServer } from '@tern/test-support/postgres'

/** Where a server that is killed keeps its state. */
export interface CrashStore {
  /** What the server is told of its database; undefined for the embedded one. */
  readonly database: string | undefined
  /** Names of the actions of a run that a dead server's store has in this phase. */
  actionsIn(phase: number, run: string, dataDir: string): Promise<ReadonlySet<string>>
  close(): Promise<void>
}

export interface CrashStoreKind {
  readonly name: string
  readonly isAvailable: boolean
  /** How often each kind of crash is tried. */
  readonly rounds: number
  open(): Promise<CrashStore>
}

const query = 'select a.name from actions a join runs r on r.id = a.run_id where r.name = $1 and a.phase = $2'

const embedded: CrashStore = {
  database: undefined,
  // The files are copied: a look must not change them.
  async actionsIn(phase, run, dataDir) {
    const copy = join(dataDir, '..', 'copy.db')
    for (const suffix of ['', '-wal']) {
      const file = join(dataDir, `tern.db${suffix}`)
      if (existsSync(file)) copyFileSync(file, `${copy}${suffix}`)
    }
    const database = new DatabaseSync(copy)
    const rows = database.prepare(query.replace('$1', '?').replace('$2', '?')).all(run, phase)
    database.close()
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${copy}${suffix}`, { force: true })
    return new Set(rows.map((row) => String(row['name'])))
  },
  async close() {},
}

async function openPostgres(): Promise<CrashStore> {
  const server = await PostgresServer.start()
  return {
    database: server.url(),
    async actionsIn(phase, run) {
      const client = new Client({ connectionString: server.url() })
      await client.connect()
      const { rows } = await client.query<{ readonly name: string }>(query, [run, phase])
      await client.end()
      return new Set(rows.map(({ name }) => name))
    },
    close: () => server.stop(),
  }
}

export const crashStores: ReadonlyArray<CrashStoreKind> = [
  { name: 'SQLite', isAvailable: true, rounds: 2, open: async () => embedded },
  {
    name: 'Postgres',
    isAvailable: PostgresServer.isAvailable || process.env['CI'] === 'true',
    rounds: 1,
    open: openPostgres,
  },
]
