import type { EngineStore } from './engine-store.ts'
import type { QueryDatabase } from './query-database.ts'

/** An open store: one database, seen by the engine and by the repositories. */
export interface Store {
  readonly engine: EngineStore
  readonly queries: QueryDatabase
  close(): Promise<void>
}
