import type { Logger } from 'pino'
import type { Store } from '../store.ts'
import { openPostgres } from './database.ts'
import { PostgresEngineStore } from './engine-store.ts'
import { createQueryDatabase } from './kysely-dialect.ts'
import { PostgresServers } from './servers.ts'

// A server that stops may take so long to end.
const defaultPatienceMs = 10_000

/**
 * The store in a database on a Postgres server, by its address. Several servers may have it open.
 *
 * Throws DatabaseError when it cannot be used.
 *
 * @param patienceMs how long to wait for another server of the same address to end, in milliseconds
 */
export async function openPostgresStore(url: string, logger: Logger, patienceMs = defaultPatienceMs): Promise<Store> {
  const database = await openPostgres(url, logger)
  try {
    const engine = await PostgresEngineStore.open(database, logger)
    const servers = new PostgresServers(database, { id: engine.serverId, logger, patienceMs })
    return {
      engine,
      servers,
      queries: createQueryDatabase(database.pool),
      async close() {
        await servers.close()
        await engine.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
