import type { EngineStore } from './engine-store.ts'
import type { QueryDatabase } from './query-database.ts'
import type { ServerStore } from './server-store.ts'

/** An open store: one database, seen by the engine and by the repositories. */
export interface Store {
  readonly engine: EngineStore
  readonly queries: QueryDatabase
  /** The servers that share the database; left out where one has it to itself. */
  readonly servers?: ServerStore
  close(): Promise<void>
}
