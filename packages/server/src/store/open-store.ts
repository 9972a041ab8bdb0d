import type { Logger } from 'pino'
import { makeDataFolder } from './data-folder.ts'
import { openSqliteStore } from './sqlite/open-store.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Folder of the embedded database, which is used when no other is named. Made when it does not exist. */
  readonly dataDir: string
  /** Address of a database on a Postgres server: `postgres://user:password@host:5432/database`. */
  readonly database?: string | undefined
  readonly logger: Logger
}

/**
 * Opens the store and brings its tables up to date.
 *
 * Throws DataFolderError or DatabaseError when it cannot be used.
 */
export async function openStore({ dataDir, database, logger }: StoreOptions): Promise<Store> {
  if (database === undefined) return openSqliteStore(dataDir)
  makeDataFolder(dataDir)
  // Loaded by those only who want it: the embedded store starts faster without.
  const { openPostgresStore } = await import('./postgres/open-store.ts')
  return openPostgresStore(database, logger)
}
