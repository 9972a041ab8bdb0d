import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { retryInPlace } from '@tern/core'
import { toActionRecord, toCachedResult, toRunRecord, toSpecRow } from '../engine-rows.ts'
import type {
  ActionRecord,
  CachedResult,
  EngineBatch,
  EngineStore,
  LiveRun,
  RunRecord,
  SpecRow,
} from '../engine-store.ts'
import * as sql from './statements.ts'

// SQLite's result codes (the low byte): busy, locked, read-only, I/O error, full, cannot open.
const transientCodes = new Set([5, 6, 8, 10, 13, 14])

/** The engine's side of the embedded store: prepared statements, and one transaction a batch. */
export class SqliteEngineStore implements EngineStore {
  readonly #database: DatabaseSync
  readonly #insertSpec: StatementSync
  readonly #insertRun: StatementSync
  readonly #insertLabel: StatementSync
  readonly #updateRun: StatementSync
  readonly #insertAction: StatementSync
  readonly #updateAction: StatementSync
  readonly #insertAttempt: StatementSync
  readonly #insertLogChunk: StatementSync
  readonly #insertResult: StatementSync
  readonly #findAction: StatementSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #lastRunId: number

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insertSpec = database.prepare(sql.insertSpec)
    this.#insertRun = database.prepare(sql.insertRun)
    this.#insertLabel = database.prepare(sql.insertLabel)
    this.#updateRun = database.prepare(sql.updateRun)
    this.#insertAction = database.prepare(sql.insertAction)
    this.#updateAction = database.prepare(sql.updateAction)
    this.#insertAttempt = database.prepare(sql.insertAttempt)
    this.#insertLogChunk = database.prepare(sql.insertLogChunk)
    this.#insertResult = database.prepare(sql.insertResult)
    this.#findAction = database.prepare('select * from actions where run_id = ? and name = ?')
    this.#begin = database.prepare('begin immediate')
    this.#commit = database.prepare('commit')
    this.#lastRunId = Number(database.prepare('select coalesce(max(id), 0) as id from runs').get()?.['id'] ?? 0)
  }

  commit(batch: EngineBatch): ReadonlyArray<ActionRecord> {
    this.#begin.run()
    try {
      const rejected = this.#write(batch)
      this.#commit.run()
      return rejected
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback')
      throw error
    }
  }

  isTransient(error: unknown): boolean {
    const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0
    return transientCodes.has(code & 0xff)
  }

  #write(batch: EngineBatch): ReadonlyArray<ActionRecord> {
    const rejected: ActionRecord[] = []
    for (const spec of batch.specs) sql.runSpecInsert(this.#insertSpec, spec, batch.at)
    for (const action of batch.created) {
      if (!sql.runActionInsert(this.#insertAction, action)) rejected.push(action)
    }
    if (batch.runs.length > 0) this.#writeRuns(batch)
    for (const action of batch.changed) {
      sql.runActionUpdate(this.#updateAction, action)
      if (action.parentSeq === null) sql.runRunUpdate(this.#updateRun, action)
    }
    for (const attempt of batch.attempts) sql.runAttemptInsert(this.#insertAttempt, attempt)
    for (const chunk of batch.logs) sql.runLogChunkInsert(this.#insertLogChunk, chunk)
    for (const result of batch.results) sql.runResultInsert(this.#insertResult, result)
    return rejected
  }

  #writeRuns(batch: EngineBatch): void {
    const roots = new Map<number, ActionRecord>()
    for (const action of batch.created) if (action.parentSeq === null) roots.set(action.runId, action)
    for (const run of batch.runs) {
      sql.runRunInsert(this.#insertRun, run, roots.get(run.id)!)
      sql.runLabelInserts(this.#insertLabel, run)
    }
  }

  newRunId(): number {
    this.#lastRunId += 1
    return this.#lastRunId
  }

  async findRun(
    project: string,
    domain: string,
    name: string,
  ): Promise<{ readonly id: number; readonly requestDigest: string } | undefined> {
    const row = await this.#again(() =>
      this.#database
        .prepare('select id, request_digest from runs where project = ? and domain = ? and name = ?')
        .get(project, domain, name),
    )
    return row && { id: Number(row['id']), requestDigest: String(row['request_digest']) }
  }

  async findAction(runId: number, name: string): Promise<ActionRecord | undefined> {
    const row = await this.#again(() => this.#findAction.get(runId, name))
    return row && toActionRecord(row)
  }

  async findCached(
    key: string,
    scope?: { readonly project: string; readonly domain: string },
  ): Promise<CachedResult | undefined> {
    const row = await this.#again(() =>
      this.#database.prepare(sql.findResult).get(key, scope?.project ?? null, scope?.domain ?? null),
    )
    return row && toCachedResult(row)
  }

  async findInputs(runId: number, seq: number): Promise<Uint8Array | null> {
    const row = await this.#again(() =>
      this.#database.prepare('select inputs from actions where run_id = ? and seq = ?').get(runId, seq),
    )
    return (row?.['inputs'] as Uint8Array | null | undefined) ?? null
  }

  async findSpec(digest: string): Promise<SpecRow | undefined> {
    const row = await this.#again(() => this.#database.prepare('select * from task_specs where digest = ?').get(digest))
    return row && toSpecRow(row)
  }

  /** A look-up, made again while the database fails for a reason that passes: nobody else would make it again. */
  async #again<Row>(find: () => Row): Promise<Row> {
    return retryInPlace(async () => find(), { isTransient: (error) => this.isTransient(error) })
  }

  async *liveRuns(): AsyncIterable<LiveRun> {
    const page = this.#database.prepare(
      `select ${sql.runColumns} from runs where (phase < 5 or phase = 9) and id > ? order by id limit 100`,
    )
    for (let after = 0; ; ) {
      const runs = page.all(after).map(toRunRecord)
      for (const run of runs) yield this.#liveRun(run)
      const last = runs.at(-1)
      if (last === undefined) return
      after = last.id
    }
  }

  #liveRun(run: RunRecord): LiveRun {
    const actions = this.#database
      .prepare('select * from actions where run_id = ? and (phase < 5 or phase = 9) order by seq')
      .all(run.id)
      .map(toActionRecord)
    const row = this.#database.prepare('select max(seq) + 1 as next from actions where run_id = ?').get(run.id)
    return { run, actions, nextSeq: Number(row?.['next'] ?? 0) }
  }
}
