import type { QueryDatabase } from '../query-database.ts'

/** Rows as they are in the database, for tests of what writes them. */
export const storedRows = {
  /** Takes a table away, so that what reads it fails. */
  async dropTable({ db }: QueryDatabase, table: string): Promise<void> {
    await db.schema.dropTable(table).execute()
  },

  async actionsIn({ db }: QueryDatabase, phase: number): Promise<number> {
    const rows = await db.selectFrom('actions').select('seq').where('phase', '=', phase).execute()
    return rows.length
  },

  replacedAttempts({ db }: QueryDatabase) {
    const query = db.selectFrom('attempts').select(['phase', 'error'])
    return query.orderBy('run_id').orderBy('seq').orderBy('attempt').execute()
  },

  async logChunks({ db }: QueryDatabase, runId: number): Promise<ReadonlyArray<Uint8Array>> {
    const query = db.selectFrom('log_chunks').select('lines').where('run_id', '=', runId)
    const rows = await query.orderBy('seq').orderBy('attempt').orderBy('chunk').execute()
    return rows.map(({ lines }) => lines)
  },
}
