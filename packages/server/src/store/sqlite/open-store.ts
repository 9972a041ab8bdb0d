import type { Store } from '../store.ts'
import { openDatabase } from './database.ts'
import { SqliteEngineStore } from './engine-store.ts'
import { createQueryDatabase } from './kysely-dialect.ts'

/** The embedded store of a data folder. Throws DataFolderError when the folder cannot be used. */
export function openSqliteStore(dataDir: string): Store {
  const database = openDatabase(dataDir)
  return {
    engine: new SqliteEngineStore(database),
    queries: createQueryDatabase(database),
    close: async () => database.close(),
  }
}
