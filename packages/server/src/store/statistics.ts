import { sql } from 'kysely'
import type { QueryDatabase } from './query-database.ts'

/**
 * Tells the database's planner how its tables look now, as a database server does by itself some time after they have
 * grown a lot.
 */
export async function gatherStatistics({ db }: QueryDatabase): Promise<void> {
  await sql`analyze`.execute(db)
}
