import type { QueryDatabase } from './query-database.ts'

/** Lines that were written together. */
export interface LogChunkRow {
  readonly chunk: number
  /** tern.worker.v1.LogChunk */
  readonly lines: Uint8Array
}

/** Which attempt's output. */
export interface AttemptRef {
  readonly runId: number
  readonly seq: number
  readonly attempt: number
}

/** Reads of captured output. The engine writes it. */
export class LogsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** The next chunks of an attempt's output, in the order it was written; -1 is before the first. */
  async chunksAfter(ref: AttemptRef, chunk: number, limit: number): Promise<ReadonlyArray<LogChunkRow>> {
    return this.#database.db
      .selectFrom('log_chunks')
      .select(['chunk', 'lines'])
      .where('run_id', '=', ref.runId)
      .where('seq', '=', ref.seq)
      .where('attempt', '=', ref.attempt)
      .where('chunk', '>', chunk)
      .orderBy('chunk')
      .limit(limit)
      .execute()
  }

  /** The attempts of an action that have written something. */
  async attemptsWithLogs(runId: number, seq: number): Promise<ReadonlySet<number>> {
    const rows = await this.#database.db
      .selectFrom('log_chunks')
      .select('attempt')
      .distinct()
      .where('run_id', '=', runId)
      .where('seq', '=', seq)
      .where('chunk', '=', 0)
      .execute()
    return new Set(rows.map((row) => row.attempt))
  }
}
