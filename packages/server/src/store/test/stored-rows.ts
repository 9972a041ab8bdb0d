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

  /** How many rows of a run there are, by table; tables without any are left out. */
  async ofRun({ db }: QueryDatabase, runId: number): Promise<Readonly<Record<string, number>>> {
    const tables = ['actions', 'attempts', 'log_chunks', 'run_labels', 'condition_webhooks', 'deleted_runs'] as const
    const counts: Record<string, number> = {}
    for (const table of tables) {
      const rows = await db.selectFrom(table).select('run_id').where('run_id', '=', runId).execute()
      if (rows.length > 0) counts[table] = rows.length
    }
    return counts
  },

  /** A trigger of which nothing matters but its spec, a serialized flyteidl2.trigger.TriggerSpec. */
  async addTrigger({ db }: QueryDatabase, spec: Uint8Array): Promise<void> {
    const name = { project: 'p', domain: 'd', task_name: 't', name: 'n' }
    const automation = { automation_spec: new Uint8Array(), automation_type: 1 }
    const times = { scheduled_from: 0, deployed_at: 0, updated_at: 0 }
    const rest = { task_version: 'v1', active: 0, description: '', latest_revision: 1 }
    await db
      .insertInto('triggers')
      .values({ ...name, spec, ...automation, ...times, ...rest })
      .execute()
  },

  async logChunks({ db }: QueryDatabase, runId: number): Promise<ReadonlyArray<Uint8Array>> {
    const query = db.selectFrom('log_chunks').select('lines').where('run_id', '=', runId)
    const rows = await query.orderBy('seq').orderBy('attempt').orderBy('chunk').execute()
    return rows.map(({ lines }) => lines)
  },
}
