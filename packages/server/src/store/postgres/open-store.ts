import type { Logger } from 'pino'
import type { Store } from '../store.ts'
import { openPostgres } from './database.ts'
import { PostgresEngineStore } from './engine-store.ts'
import { createQueryDatabase } from './kysely-dialect.ts'

/**
 * The store in a database on a Postgres server, by its address.
 *
 * Throws DatabaseError when it cannot be used, or when another Tern server uses it.
 */
export async function openPostgresStore(url: string, logger: Logger): Promise<Store> {
  const database = await openPostgres(url, logger)
  try {
    const engine = await PostgresEngineStore.open(database, logger)
    return {
      engine,
      queries: createQueryDatabase(database.pool),
      async close() {
        await engine.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
