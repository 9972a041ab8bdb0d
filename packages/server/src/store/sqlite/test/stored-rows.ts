import type { DatabaseSync } from 'node:sqlite'

/** Rows as they are in the database, for tests of what writes them. */
export const storedRows = {
  /** Takes a table away, so that what reads it fails. */
  dropTable(database: DatabaseSync, table: string): void {
    database.exec(`drop table ${table}`)
  },

  actionsIn(database: DatabaseSync, phase: number): number {
    return Number(database.prepare('select count(*) as n from actions where phase = ?').get(phase)?.['n'])
  },

  replacedAttempts(database: DatabaseSync): ReadonlyArray<{ readonly phase: number; readonly error: Uint8Array }> {
    const rows = database.prepare('select phase, error from attempts order by run_id, seq, attempt').all()
    return rows as unknown as { phase: number; error: Uint8Array }[]
  },

  logChunks(database: DatabaseSync, runId: number): ReadonlyArray<Uint8Array> {
    const rows = database
      .prepare('select lines from log_chunks where run_id = ? order by seq, attempt, chunk')
      .all(runId)
    return rows.map((row) => row['lines'] as Uint8Array)
  },
}
