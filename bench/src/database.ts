import { PostgresServer } from '@tern/test-support/postgres'

export interface OpenedDatabase {
  /** Its address; undefined for the embedded store. */
  readonly url: string | undefined
  close(): Promise<void>
}

/**
 * The database to measure on. For `postgres`, a new one each time, which syncs every commit; else the one at the address.
 *
 * @param choice undefined for the embedded store
 */
export async function openDatabase(choice: string | undefined): Promise<OpenedDatabase> {
  if (choice !== 'postgres') return { url: choice, close: async () => {} }
  const postgres = await PostgresServer.start({ durable: true })
  return { url: postgres.url(), close: () => postgres.stop() }
}
