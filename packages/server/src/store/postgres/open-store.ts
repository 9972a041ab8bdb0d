import type { Logger } from 'pino'
import type { Store } from '../store.ts'
import { openPostgres } from './database.ts'
import { PostgresEngineStore } from './engine-store.ts'
import { createQueryDatabase } from './kysely-dialect.ts'

// A server that was killed may have left a commit under way, which ends soon.
const defaultPatienceMs = 10_000

/**
 * The store in a database on a Postgres server, by its address.
 *
 * Throws DatabaseError when it cannot be used, or when another Tern server uses it and goes on doing so.
 *
 * @param patienceMs how long to wait for another server to end, in milliseconds
 */
export async function openPostgresStore(url: string, logger: Logger, patienceMs = defaultPatienceMs): Promise<Store> {
  const database = await openPostgres(url, logger)
  try {
    const engine = await PostgresEngineStore.open(database, { logger, patienceMs })
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
