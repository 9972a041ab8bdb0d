import { type RawBuilder, sql, type SqlBool } from 'kysely'
import type { QueryDatabase } from './query-database.ts'

/** A run that has ended, as far as it takes to delete it. */
export interface EndedRun {
  readonly id: number
  readonly project: string
  readonly domain: string
  readonly name: string
  /** Where its inputs and outputs are. */
  readonly runBase: string
  /** A serialized flyteidl2.task.RunSpec. */
  readonly runSpec: Uint8Array
  readonly endedAt: number
}

/** Where a walk through the runs by the time of their end has come to. */
export interface EndedRunPosition {
  readonly endedAt: number
  readonly id: number
}

/** A run that goes on. */
export interface LiveRunSpec {
  readonly id: number
  /** A serialized flyteidl2.task.RunSpec. */
  readonly runSpec: Uint8Array
}

/** Where a walk through the specs by the time they were made has come to. */
export interface SpecPosition {
  readonly createdAt: number
  readonly digest: string
}

/** Where a walk through all actions has come to. */
export interface ActionPosition {
  readonly runId: number
  readonly seq: number
}

export interface ReferringAction extends ActionPosition {
  readonly specDigest: string
  /** Full path of an inputs.pb file; null where the inputs are in the row. */
  readonly inputsUri: string | null
}

export interface CachedResultPosition {
  readonly key: string
  readonly project: string
  readonly domain: string
}

// What belongs to an action; the action itself is deleted after them.
const tablesOfActions = ['attempts', 'action_event_counts', 'action_states', 'artifact_producers'] as const
// Of these, a single action may have any number of rows. With what tells the rows of a run apart.
const longTables = {
  log_chunks: ['run_id', 'seq', 'attempt', 'chunk'],
  action_events: ['run_id', 'seq', 'attempt', 'phase', 'version'],
} as const
const allTablesOfActions = [...tablesOfActions, 'actions'] as const
const rowsAtOnce = 2000
const runsAtOnce = 100

/** Deletes what is over. Nothing here takes long: each method touches a bounded number of rows. */
export class RetentionRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /**
   * Takes or keeps the turn to work in the background, which one server has at a time. False when another has it.
   *
   * @param until UTC epoch milliseconds when the turn may be taken by another
   */
  async takeTurn(name: string, holder: string, now: number, until: number): Promise<boolean> {
    const taken = await this.#database.db
      .insertInto('background_turns')
      .values({ name, holder, held_until: until })
      .onConflict((conflict) =>
        conflict
          .column('name')
          .doUpdateSet({ holder, held_until: until })
          .where((eb) =>
            eb.or([eb('background_turns.holder', '=', holder), eb('background_turns.held_until', '<=', now)]),
          ),
      )
      .executeTakeFirst()
    return Number(taken.numInsertedOrUpdatedRows ?? 0) > 0
  }

  async leaveTurn(name: string, holder: string): Promise<void> {
    await this.#database.db
      .deleteFrom('background_turns')
      .where('name', '=', name)
      .where('holder', '=', holder)
      .execute()
  }

  /** The next runs that ended before a time, those that ended first at the front. The newest run is never among them. */
  async endedRuns(before: number, after: EndedRunPosition, limit: number): Promise<ReadonlyArray<EndedRun>> {
    const rows = await this.#database.db
      .selectFrom('runs')
      .select(['id', 'project', 'domain', 'name', 'run_base', 'run_spec', 'ended_at'])
      .where('ended_at', 'is not', null)
      .where('ended_at', '<', before)
      .where('ended_at', '>=', after.endedAt)
      .where((eb) => eb.or([eb('ended_at', '>', after.endedAt), eb('id', '>', after.id)]))
      // The embedded database numbers runs from the highest number that it finds when it is opened: what has been given
      // once must not be given again.
      .where('id', '<', (eb) => eb.selectFrom('runs as newest').select((of) => of.fn.max('newest.id').as('id')))
      .orderBy('ended_at')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(({ run_base, run_spec, ended_at, ...row }) => ({
      ...row,
      id: Number(row.id),
      runBase: run_base,
      runSpec: run_spec,
      endedAt: Number(ended_at),
    }))
  }

  /** The next runs that have not ended, in the order of their numbers. */
  async liveRuns(after: number, limit: number): Promise<ReadonlyArray<LiveRunSpec>> {
    const rows = await this.#database.db
      .selectFrom('runs')
      .select(['id', 'run_spec'])
      // As the index says it that has these alone.
      .where(sql<SqlBool>`(phase < 5 or phase = 9)`)
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(({ id, run_spec }) => ({ id: Number(id), runSpec: run_spec }))
  }

  /** Whether results of the run are to be reused, or have been by another run that is still there. */
  async isReused(run: EndedRun): Promise<boolean> {
    const [from, to] = sourcesOf(run)
    const cached = await this.#database.db
      .selectFrom('cached_results')
      .select('key')
      .where('source', '>=', from)
      .where('source', '<', to)
      .limit(1)
      .executeTakeFirst()
    if (cached !== undefined || (await this.#isShared(run))) return true
    const taken = await this.#database.db
      .selectFrom('actions')
      .select('seq')
      .where('cache_source', 'is not', null)
      .where('cache_source', '>=', from)
      .where('cache_source', '<', to)
      .where('run_id', '!=', run.id)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb.selectFrom('deleted_runs as d').select('d.run_id').where('d.run_id', '=', eb.ref('actions.run_id')),
          ),
        ),
      )
      .limit(1)
      .executeTakeFirst()
    return taken !== undefined
  }

  /** Whether outputs in its folder are shared with executors outside the server. */
  async #isShared({ runBase }: EndedRun): Promise<boolean> {
    const shared = await this.#database.db
      .selectFrom('cache_entries')
      .select('key')
      .where('output_uri', '>=', `${runBase}/`)
      .where('output_uri', '<', `${runBase}0`)
      .limit(1)
      .executeTakeFirst()
    return shared !== undefined
  }

  /** Whether values with names come from the run: they may refer to its files. */
  async hasArtifacts({ project, domain, name }: EndedRun): Promise<boolean> {
    const found = await this.#database.db
      .selectFrom('artifacts')
      .select('position')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('source_run', '=', name)
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  }

  /** From now on nobody finds the runs; their actions are to be deleted by `deleteActions`. */
  async deleteRuns(ids: ReadonlyArray<number>): Promise<void> {
    const { db } = this.#database
    await this.#database.writeTogether([
      db
        .insertInto('deleted_runs')
        .values(ids.map((id) => ({ run_id: id })))
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
      sql`delete from launch_plan_places where (project, domain, name, run) in (
        select project, domain, launch_plan_name, name from runs
        where id in (${sql.join(ids)}) and ended_at is not null and launch_plan_name is not null)`.compile(db),
      db.deleteFrom('run_labels').where('run_id', 'in', ids).compile(),
      db.deleteFrom('condition_webhooks').where('run_id', 'in', ids).compile(),
      db.deleteFrom('runs').where('id', 'in', ids).where('ended_at', 'is not', null).compile(),
    ])
  }

  /**
   * Deletes up to `limit` actions of deleted runs, with all they have; those that have very much, over several calls.
   * False when there were none.
   */
  async deleteActions(limit: number): Promise<boolean> {
    const [first, ...others] = await this.#deletedRuns(runsAtOnce)
    if (first === undefined) return false
    if (first.size > limit) await this.#deleteFirstActions(first.id, limit)
    else {
      let size = 0
      const small = [first, ...others].filter((run) => (size += run.size) <= limit)
      await this.#deleteAllActions(small.map(({ id }) => id))
    }
    return true
  }

  /** Some deleted runs whose actions may still be there, and how many those are at most. */
  async #deletedRuns(limit: number): Promise<ReadonlyArray<{ readonly id: number; readonly size: number }>> {
    const rows = await this.#database.db
      .selectFrom('deleted_runs as d')
      .select((eb) => [
        'd.run_id',
        eb
          .selectFrom('actions as a')
          .select((of) => of.fn.max('a.seq').as('last'))
          .whereRef('a.run_id', '=', 'd.run_id')
          .as('last'),
      ])
      .limit(limit)
      .execute()
    return rows.map(({ run_id, last }) => ({ id: Number(run_id), size: last === null ? 0 : Number(last) + 1 }))
  }

  async #deleteFirstActions(runId: number, limit: number): Promise<void> {
    const { db } = this.#database
    const last = await db
      .selectFrom('actions')
      .select('seq')
      .where('run_id', '=', runId)
      .orderBy('seq')
      .offset(limit - 1)
      .limit(1)
      .executeTakeFirst()
    const end = last?.seq ?? Number.MAX_SAFE_INTEGER
    const some = sql<SqlBool>`run_id = ${runId} and seq <= ${end}`
    if (await this.#deleteLongRows(some)) return
    await this.#database.writeTogether(
      allTablesOfActions.map((table) =>
        db.deleteFrom(table).where('run_id', '=', runId).where('seq', '<=', end).compile(),
      ),
    )
  }

  async #deleteAllActions(runIds: ReadonlyArray<number>): Promise<void> {
    const { db } = this.#database
    if (await this.#deleteLongRows(sql<SqlBool>`run_id in (${sql.join(runIds)})`)) return
    await this.#database.writeTogether([
      ...allTablesOfActions.map((table) => db.deleteFrom(table).where('run_id', 'in', runIds).compile()),
      db.deleteFrom('deleted_runs').where('run_id', 'in', runIds).compile(),
    ])
  }

  /** Deletes some of the rows of which an action may have any number. False when that was all. */
  async #deleteLongRows(where: RawBuilder<SqlBool>): Promise<boolean> {
    for (const [table, names] of Object.entries(longTables)) {
      const columns = sql.join(names.map((column) => sql.ref(column)))
      const { numAffectedRows = 0n } = await sql`
        delete from ${sql.table(table)} where (${columns}) in (
          select ${columns} from ${sql.table(table)} where ${where} order by ${columns} limit ${rowsAtOnce}
        )`.execute(this.#database.db)
      if (numAffectedRows >= BigInt(rowsAtOnce)) return true
    }
    return false
  }

  /** The next specs that were last written before a time and that no deployed task has. */
  async oldSpecs(before: number, after: SpecPosition, limit: number): Promise<ReadonlyArray<SpecPosition>> {
    const rows = await this.#database.db
      .selectFrom('task_specs')
      .select(['digest', 'created_at'])
      .where('created_at', '<', before)
      .where((eb) => eb(eb.refTuple('created_at', 'digest'), '>', eb.tuple(after.createdAt, after.digest)))
      .where('digest', 'not in', (eb) => eb.selectFrom('tasks').select('spec_digest'))
      .orderBy('created_at')
      .orderBy('digest')
      .limit(limit)
      .execute()
    return rows.map(({ digest, created_at }) => ({ digest, createdAt: Number(created_at) }))
  }

  /** The next actions, with what they refer to. */
  async actionsAfter(after: ActionPosition, limit: number): Promise<ReadonlyArray<ReferringAction>> {
    const rows = await this.#database.db
      .selectFrom('actions')
      .select(['run_id', 'seq', 'spec_digest', 'inputs_uri'])
      .where((eb) => eb(eb.refTuple('run_id', 'seq'), '>', eb.tuple(after.runId, after.seq)))
      .orderBy('run_id')
      .orderBy('seq')
      .limit(limit)
      .execute()
    return rows.map(({ run_id, seq, spec_digest, inputs_uri }) => ({
      runId: Number(run_id),
      seq,
      specDigest: spec_digest,
      inputsUri: inputs_uri,
    }))
  }

  /** The next triggers, in the order of their numbers: also those that are off, or deleted and may come back. */
  async triggersAfter(
    after: number,
    limit: number,
  ): Promise<ReadonlyArray<{ readonly id: number; readonly spec: Uint8Array }>> {
    const rows = await this.#database.db
      .selectFrom('triggers')
      .select(['id', 'spec'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map(({ id, spec }) => ({ id: Number(id), spec }))
  }

  /** Deletes specs that were last written before a time; not those of deployed tasks. */
  deleteSpecs(digests: ReadonlyArray<string>, before: number): Promise<void> {
    const { db } = this.#database
    const query = db
      .deleteFrom('task_specs')
      .where('digest', 'in', digests.length === 0 ? [''] : [...digests])
      .where('created_at', '<', before)
      .where('digest', 'not in', (eb) => eb.selectFrom('tasks').select('spec_digest'))
    return this.#database.writeTogether([query.compile()])
  }

  /**
   * Forgets those of the next `limit` cached results that were computed before a time. Returns where to go on, undefined
   * at the end.
   */
  async expireCached(
    before: number,
    after: CachedResultPosition,
    limit: number,
  ): Promise<CachedResultPosition | undefined> {
    const { db } = this.#database
    const rows = await db
      .selectFrom('cached_results')
      .select(['key', 'project', 'domain', 'created_at'])
      .where((eb) => eb(eb.refTuple('key', 'project', 'domain'), '>', eb.tuple(after.key, after.project, after.domain)))
      .orderBy('key')
      .orderBy('project')
      .orderBy('domain')
      .limit(limit)
      .execute()
    for (const { key, project, domain, created_at } of rows) {
      if (Number(created_at) >= before) continue
      await db
        .deleteFrom('cached_results')
        .where('key', '=', key)
        .where('project', '=', project)
        .where('domain', '=', domain)
        // It may have been computed again.
        .where('created_at', '<', before)
        .execute()
    }
    const last = rows.length < limit ? undefined : rows.at(-1)
    return last && { key: last.key, project: last.project, domain: last.domain }
  }

  /** Forgets up to `limit` of the outputs that executors share and that were stored before a time. False when none was left. */
  async expireShared(before: number, limit: number): Promise<boolean> {
    const rows = await this.#database.db
      .selectFrom('cache_entries')
      .select(['project', 'domain', 'key'])
      .where('updated_at', '<', before)
      .limit(limit)
      .execute()
    for (const { project, domain, key } of rows) {
      await this.#database.db
        .deleteFrom('cache_entries')
        .where('project', '=', project)
        .where('domain', '=', domain)
        .where('key', '=', key)
        .where('updated_at', '<', before)
        .execute()
    }
    return rows.length > 0
  }
}

/** Between which two texts the names of a run's attempts are: `0` follows `/`. */
function sourcesOf({ project, domain, name }: EndedRun): readonly [string, string] {
  const run = `${project}/${domain}/${name}`
  return [`${run}/`, `${run}0`]
}
