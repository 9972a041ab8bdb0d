import { type Backoff, backoffDelayMs } from '@tern/core'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { toActionRecord, toCachedResult, toRunRecord, toSpecRow, type StoredRow } from '../engine-rows.ts'
import type {
  ActionRecord,
  CachedResult,
  EngineBatch,
  EngineStore,
  LiveRun,
  RunRecord,
  SpecRow,
  StoredRun,
} from '../engine-store.ts'
import { type ColumnType, type ColumnValue, toArrayParameter } from './array-parameter.ts'
import { chunksOf } from './chunks.ts'
import { toRows } from './columns.ts'
import { type CommitStatement, commitStatement, withoutRuns } from './commit-statement.ts'
import type { PostgresDatabase } from './database.ts'
import { isTakenName, isTransientError } from './errors.ts'
import { Gathered } from './gathered.ts'
import { allRuns, freeRuns, isLive, placeAmongServers, type Share, takeRuns } from './take-over.ts'
import { storableText } from './types.ts'
import { Writer } from './writer.ts'

// Of runs in one message when a server starts; each comes with all its live actions.
const runsPerPage = 50
// Ids of runs fetched at a time. Those that a server does not use are never used.
const idsPerFetch = 32
// Actions looked up in one message, each with its inputs and outputs.
const actionsPerLookUp = 500
// How long other servers have to take their share of the runs of one that ended.
const shareDelayMs = 200
const retryDelay: Backoff = { baseMs: 50, factor: 2, capMs: 2_000 }

interface ActionName {
  readonly runId: number
  readonly name: string
}

/**
 * The engine's side of a Postgres database. One statement is one commit; look-ups go over the pool and are made again
 * while the database cannot be reached, since nobody else would make them again.
 */
export class PostgresEngineStore implements EngineStore {
  readonly #database: PostgresDatabase
  readonly #writer: Writer
  readonly #closing = new AbortController()
  readonly #actions = new Gathered((keys: ReadonlyArray<ActionName>) => this.#findActions(keys), actionsPerLookUp)
  #ids: number[] = []
  #fetchingIds: Promise<void> | undefined

  private constructor(database: PostgresDatabase, writer: Writer) {
    this.#database = database
    this.#writer = writer
  }

  /** Registers this server in the database. */
  static async open(database: PostgresDatabase, logger: Logger): Promise<PostgresEngineStore> {
    return new PostgresEngineStore(database, await Writer.open(database, logger))
  }

  /** The number of this server, by which the database knows the runs that it has. */
  get serverId(): number {
    return this.#writer.serverId
  }

  /** Commits and look-ups that are still being tried fail. The server's runs are free for others. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#writer.close()
  }

  commit(batch: EngineBatch): ReadonlyArray<ActionRecord> | Promise<ReadonlyArray<ActionRecord>> {
    // The rows are read before this returns: the engine's entries go on changing while the commit is under way.
    const statements = chunksOf(toRows(batch, this.serverId)).flatMap((rows) => commitStatement(rows) ?? [])
    return statements.length === 0 ? [] : this.#commit(statements, batch)
  }

  async #commit(
    statements: ReadonlyArray<CommitStatement>,
    { runs, created }: EngineBatch,
  ): Promise<ReadonlyArray<ActionRecord>> {
    try {
      const count = await this.#writer.commit(statements)
      return count === created.length ? [] : await this.#refused(created)
    } catch (error) {
      if (runs.length === 0 || !isTakenName(error)) throw error
      return this.#commitWithout(await this.#namedByOthers(runs), statements, created)
    }
  }

  /** Other servers were faster to take the names of these runs: the rest of the batch is committed without them. */
  async #commitWithout(
    taken: ReadonlySet<number>,
    statements: ReadonlyArray<CommitStatement>,
    created: ReadonlyArray<ActionRecord>,
  ): Promise<ReadonlyArray<ActionRecord>> {
    await this.#writer.commit(statements.map((statement) => withoutRuns(statement, [...taken])))
    const others = created.filter(({ runId }) => !taken.has(runId))
    return [...created.filter(({ runId }) => taken.has(runId)), ...(await this.#refused(others))]
  }

  async #namedByOthers(runs: ReadonlyArray<RunRecord>): Promise<ReadonlySet<number>> {
    const rows = await this.#query(
      `select u.id from unnest($1::int8[], $2::text[], $3::text[], $4::text[]) u (id, project, domain, name)
        join runs r on r.project = u.project and r.domain = u.domain and r.name = u.name and r.id <> u.id`,
      [
        arrayOf('int8', runs, ({ id }) => id),
        arrayOf('text', runs, ({ project }) => project),
        arrayOf('text', runs, ({ domain }) => domain),
        arrayOf('text', runs, ({ name }) => name),
      ],
    )
    return new Set(rows.map((row) => row['id'] as number))
  }

  /**
   * Of actions that were to be created and had rows already: those that are not their own rows. An action's own row is
   * there when the batch had been committed before, and the answer did not arrive.
   */
  async #refused(created: ReadonlyArray<ActionRecord>): Promise<ReadonlyArray<ActionRecord>> {
    const { rows } = await this.#database.pool.query<{ readonly i: number; readonly seq: number | null }>({
      text: `select u.i::int4, a.seq from unnest($1::int8[], $2::text[], $3::int4[]) with ordinality u (run_id, name, seq, i)
        left join actions a on a.run_id = u.run_id and a.name = u.name where a.seq is distinct from u.seq`,
      values: [
        arrayOf('int8', created, ({ runId }) => runId),
        arrayOf('text', created, ({ name }) => name),
        arrayOf('int4', created, ({ seq }) => seq),
      ],
    })
    return rows.map(({ i, seq }) => {
      const action = created[i - 1]!
      if (seq !== null) return action
      throw new Error(`the place ${action.seq} in run ${action.runId} is taken by another action than ${action.name}`)
    })
  }

  isTransient(error: unknown): boolean {
    return isTransientError(error)
  }

  async newRunId(): Promise<number> {
    for (;;) {
      const id = this.#ids.shift()
      if (id !== undefined) return id
      this.#fetchingIds ??= this.#fetchIds().finally(() => (this.#fetchingIds = undefined))
      await this.#fetchingIds
    }
  }

  async #fetchIds(): Promise<void> {
    const sequence = `pg_get_serial_sequence('runs', 'id')`
    const rows = await this.#query(`select nextval(${sequence}) as id from generate_series(1, $1)`, [idsPerFetch])
    this.#ids = rows.map((row) => row['id'] as number)
  }

  async findRun(project: string, domain: string, name: string): Promise<StoredRun | undefined> {
    const text = `select r.id, r.request_digest, ${isLive} as is_live, nullif(s.url, '') as url from runs r
      left join servers s on s.id = r.owner and s.id <> $4 where r.project = $1 and r.domain = $2 and r.name = $3`
    const [row] = await this.#query(text, [project, domain, name, this.serverId])
    return (
      row && {
        id: row['id'] as number,
        requestDigest: row['request_digest'] as string,
        isLive: row['is_live'] as boolean,
        ownerUrl: row['url'] as string | null,
      }
    )
  }

  findAction(runId: number, name: string): Promise<ActionRecord | undefined> {
    return this.#actions.ask({ runId, name })
  }

  async #findActions(keys: ReadonlyArray<ActionName>): Promise<ReadonlyArray<ActionRecord | undefined>> {
    const found: (ActionRecord | undefined)[] = Array.from({ length: keys.length })
    const rows = await this.#query(
      `select u.i::int4 as asked, a.* from unnest($1::int8[], $2::text[]) with ordinality u (run_id, name, i)
        join actions a on a.run_id = u.run_id and a.name = u.name`,
      [arrayOf('int8', keys, ({ runId }) => runId), arrayOf('text', keys, ({ name }) => name)],
    )
    for (const row of rows) found[(row['asked'] as number) - 1] = toActionRecord(row)
    return found
  }

  async findCached(
    key: string,
    scope?: { readonly project: string; readonly domain: string },
  ): Promise<CachedResult | undefined> {
    const text = `select source, outputs, outputs_uri from cached_results
      where key = $1 and ($2::text is null or (project = $2 and domain = $3)) order by created_at desc limit 1`
    const [row] = await this.#query(text, [key, scope?.project ?? null, scope?.domain ?? null])
    return row && toCachedResult(row)
  }

  async findInputs(runId: number, seq: number): Promise<Uint8Array | null> {
    const [row] = await this.#query('select inputs from actions where run_id = $1 and seq = $2', [runId, seq])
    return (row?.['inputs'] as Uint8Array | null | undefined) ?? null
  }

  async findSpec(digest: string): Promise<SpecRow | undefined> {
    const [row] = await this.#query('select * from task_specs where digest = $1', [digest])
    return row && toSpecRow(row)
  }

  async *liveRuns(): AsyncIterable<LiveRun> {
    const [row] = await this.#query(placeAmongServers, [this.serverId])
    const share = row as unknown as Share
    if (share.divisor > 1) {
      yield* this.#take(share)
      // The others take theirs at the same time, those that are well.
      if ((await this.#free(0, 1, allRuns)).length > 0) await delay(shareDelayMs)
    }
    yield* this.#take(allRuns)
  }

  async *#take(share: Share): AsyncIterable<LiveRun> {
    for (let after = 0; ; ) {
      const free = await this.#free(after, runsPerPage, share)
      const last = free.at(-1)
      if (last === undefined) return
      await this.#again(() => takeRuns(this.#database.pool, this.serverId, free))
      yield* await this.#load(free)
      after = last
    }
  }

  async #free(after: number, limit: number, { divisor, remainder }: Share): Promise<ReadonlyArray<number>> {
    return (await this.#query(freeRuns, [after, limit, divisor, remainder])).map((row) => row['id'] as number)
  }

  /** Those of the runs that are this server's, with their live actions. */
  async #load(ids: ReadonlyArray<number>): Promise<ReadonlyArray<LiveRun>> {
    const runs = await this.#query(
      `select r.*, (select max(seq) + 1 from actions where run_id = r.id) as next_seq from runs r
        where id = any($1::int8[]) and owner = $2 and ${isLive} order by id`,
      [ids, this.serverId],
    )
    const actions = await this.#query(
      `select * from actions r where run_id = any($1::int8[]) and ${isLive} order by run_id, seq`,
      [runs.map((run) => run['id'])],
    )
    const byRun = Map.groupBy(actions.map(toActionRecord), ({ runId }) => runId)
    return runs.map((row) => {
      const run = toRunRecord(row)
      return { run, actions: byRun.get(run.id) ?? [], nextSeq: (row['next_seq'] as number | null) ?? 0 }
    })
  }

  /** A look-up, prepared once on each connection, and made again until the database can be reached. */
  async #query(text: string, values: ReadonlyArray<unknown>): Promise<ReadonlyArray<StoredRow>> {
    const parameters = values.map((value) => (typeof value === 'string' ? storableText(value) : value))
    const { pool } = this.#database
    const { rows } = await this.#again(() => pool.query({ name: nameOf(text), text, values: parameters }))
    return rows as ReadonlyArray<StoredRow>
  }

  async #again<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let failures = 0; ; failures++) {
      try {
        return await work()
      } catch (error) {
        if (this.#closing.signal.aborted || !isTransientError(error)) throw error
        await delay(backoffDelayMs(retryDelay, failures), undefined, { signal: this.#closing.signal })
      }
    }
  }
}

function arrayOf<Row>(type: ColumnType, rows: ReadonlyArray<Row>, value: (row: Row) => ColumnValue): Buffer {
  return toArrayParameter(type, rows.map(value))
}

const names = new Map<string, string>()

/** A name for each text, which the connections know prepared statements by. */
function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `engine ${names.size + 1}`
  names.set(text, name)
  return name
}
