import { ActionPhase } from '@tern/idl/common'
import { ActionType } from '@tern/idl/workflow'
import { sql } from 'kysely'
import type { QueryDatabase } from './query-database.ts'

/** A spec that may say that its task produces artifacts. */
export interface UnreadSpec {
  readonly digest: string
  readonly createdAt: number
}

/** An action that succeeded, of a task whose outputs may be artifacts. */
export interface Producer {
  readonly runId: number
  readonly seq: number
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly action: string
  readonly attempt: number
  readonly specDigest: string
  /** flyteidl2.task.Outputs; null when there are none or they are at `outputsUri`. */
  readonly outputs: Uint8Array | null
  readonly outputsUri: string | null
  /** Who started the run: flyteidl2.common.EnrichedIdentity */
  readonly createdBy: Uint8Array | null
  readonly createdBySubject: string | null
}

/** How far the recorder of produced artifacts is. */
export interface RecorderProgress {
  readonly recordedTo: number
  readonly specsReadTo: number
}

/** Reads of what tasks produced, for those who make artifacts of it. */
export class ProducedRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async progress(): Promise<RecorderProgress> {
    const row = await this.#database.db
      .selectFrom('artifact_progress')
      .select(['recorded_to', 'specs_read_to'])
      .where('id', '=', 1)
      .executeTakeFirstOrThrow()
    return { recordedTo: row.recorded_to, specsReadTo: row.specs_read_to }
  }

  /** Remembers how far the recorder is; neither goes back. */
  async setProgress({ recordedTo, specsReadTo }: RecorderProgress): Promise<void> {
    await this.#database.db
      .updateTable('artifact_progress')
      .set({ recorded_to: later('recorded_to', recordedTo), specs_read_to: later('specs_read_to', specsReadTo) })
      .where('id', '=', 1)
      .execute()
  }

  /** Specs that came at or after a time, oldest first. */
  async specsSince(time: number, after: UnreadSpec | undefined, limit: number): Promise<ReadonlyArray<UnreadSpec>> {
    const rows = await this.#database.db
      .selectFrom('task_specs')
      .select(['digest', 'created_at'])
      .where('created_at', '>=', after?.createdAt ?? time)
      .where((where) =>
        after === undefined
          ? where.val(true)
          : where.or([where('created_at', '>', after.createdAt), where('digest', '>', after.digest)]),
      )
      .orderBy('created_at')
      .orderBy('digest')
      .limit(limit)
      .execute()
    return rows.map((row) => ({ digest: row.digest, createdAt: row.created_at }))
  }

  /** The task specs among these, serialized. At most a few hundred at a time. */
  async taskSpecs(
    digests: ReadonlyArray<string>,
  ): Promise<ReadonlyArray<{ readonly digest: string; readonly spec: Uint8Array }>> {
    if (digests.length === 0) return []
    return this.#database.db
      .selectFrom('task_specs')
      .select(['digest', 'spec'])
      .where('action_type', '=', ActionType.TASK)
      .where('digest', 'in', digests)
      .execute()
  }

  async producingSpecs(): Promise<ReadonlyArray<string>> {
    const rows = await this.#database.db.selectFrom('artifact_specs').select('digest').execute()
    return rows.map(({ digest }) => digest)
  }

  async addProducingSpecs(digests: ReadonlyArray<string>): Promise<void> {
    if (digests.length === 0) return
    await this.#database.db
      .insertInto('artifact_specs')
      .values(digests.map((digest) => ({ digest })))
      .onConflict((conflict) => conflict.column('digest').doNothing())
      .execute()
  }

  /** Those of these actions that produced something which is not recorded. At most a few hundred at a time. */
  async findProducers(runId: number, seqs: ReadonlyArray<number>): Promise<ReadonlyArray<Producer>> {
    if (seqs.length === 0) return []
    const rows = await this.#producers().where('a.run_id', '=', runId).where('a.seq', 'in', seqs).execute()
    return rows.map(toProducer)
  }

  /** Those that produced something since a time, of the actions of a run from one place on and before another. */
  async producersSince(runId: number, time: number, from: number, to: number): Promise<ReadonlyArray<Producer>> {
    const rows = await this.#producers()
      .where('a.run_id', '=', runId)
      .where('a.seq', '>=', from)
      .where('a.seq', '<', to)
      .where('a.ended_at', '>=', time)
      .execute()
    return rows.map(toProducer)
  }

  /** How many actions a run has. */
  async size(runId: number): Promise<number> {
    const row = await this.#database.db
      .selectFrom('actions')
      .select(({ fn }) => fn.max('seq').as('last'))
      .where('run_id', '=', runId)
      .executeTakeFirst()
    return row === undefined || row.last === null ? 0 : row.last + 1
  }

  /** Remembers that what an action produced has been recorded. */
  async setRecorded({ runId, seq }: Producer): Promise<void> {
    await this.#database.db
      .insertInto('artifact_producers')
      .values({ run_id: runId, seq })
      .onConflict((conflict) => conflict.columns(['run_id', 'seq']).doNothing())
      .execute()
  }

  /** Runs that had not ended at a time, in pages by id. */
  async runsSince(time: number, afterId: number, limit: number): Promise<ReadonlyArray<number>> {
    const live = await this.#database.db
      .selectFrom('runs')
      .select('id')
      // Written as the index of live runs has it.
      .where(sql<boolean>`(phase < 5 or phase = 9)`)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(limit)
      .execute()
    const ended = await this.#database.db
      .selectFrom('runs')
      .select('id')
      .where('ended_at', '>=', time)
      .where('id', '>', afterId)
      .orderBy('id')
      .limit(limit)
      .execute()
    const ids = new Set([...live, ...ended].map(({ id }) => id))
    return Array.from(ids)
      .sort((a, b) => a - b)
      .slice(0, limit)
  }

  #producers() {
    return (
      this.#database.db
        .selectFrom('actions as a')
        .innerJoin('artifact_specs as s', 's.digest', 'a.spec_digest')
        .innerJoin('runs as r', 'r.id', 'a.run_id')
        .select([
          'a.run_id',
          'a.seq',
          'a.name',
          'a.attempt',
          'a.spec_digest',
          'a.outputs',
          'a.outputs_uri',
          'r.project',
          'r.domain',
          'r.name as run',
          'r.created_by',
          'r.created_by_subject',
        ])
        .where('a.phase', '=', ActionPhase.SUCCEEDED)
        // A cached result was produced by somebody else, and then.
        .where('a.cache_source', 'is', null)
        .where((of) =>
          of.not(
            of.exists(
              of
                .selectFrom('artifact_producers as d')
                .select('d.seq')
                .whereRef('d.run_id', '=', 'a.run_id')
                .whereRef('d.seq', '=', 'a.seq'),
            ),
          ),
        )
    )
  }
}

function later(column: string, time: number) {
  return sql<number>`case when ${sql.ref(column)} < ${sql.lit(time)} then ${sql.lit(time)} else ${sql.ref(column)} end`
}

interface ProducerRow {
  readonly run_id: number
  readonly seq: number
  readonly name: string
  readonly attempt: number
  readonly spec_digest: string
  readonly outputs: Uint8Array | null
  readonly outputs_uri: string | null
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly created_by: Uint8Array | null
  readonly created_by_subject: string | null
}

function toProducer(row: ProducerRow): Producer {
  return {
    runId: row.run_id,
    seq: row.seq,
    project: row.project,
    domain: row.domain,
    run: row.run,
    action: row.name,
    attempt: row.attempt,
    specDigest: row.spec_digest,
    outputs: row.outputs,
    outputsUri: row.outputs_uri,
    createdBy: row.created_by,
    createdBySubject: row.created_by_subject,
  }
}
