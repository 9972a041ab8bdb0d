import { type CompiledQuery, type RawBuilder, sql } from 'kysely'
import type { AttemptRef } from './logs-repository.ts'
import type { QueryDatabase } from './query-database.ts'

/** What was reported of an attempt. Attempt, phase and version name it: the same once more is the same event. */
export interface EventRow extends AttemptRef {
  readonly phase: number
  readonly version: number
  readonly reportedAt: number
  readonly hasLogContext: boolean
  /** flyteidl2.workflow.ActionEvent, without its id. */
  readonly event: Uint8Array
}

/** An event with its place among those of its attempt, from 1; later ones have higher places, with gaps. */
export interface PlacedEvent {
  readonly attempt: number
  readonly position: number
  /** flyteidl2.workflow.ActionEvent, without its id. */
  readonly event: Uint8Array
}

const placedColumns = ['attempt', 'position', 'event'] as const
// A row has nine values, and a statement may have some thirty thousand.
const rowsPerStatement = 500

/** Events of attempts, as whoever executes them reported them. */
export class EventsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** Stores events in one transaction; those that are stored already stay as they are. */
  async add(events: ReadonlyArray<EventRow>): Promise<void> {
    // Always in this order, so that two that add to the same attempts wait for each other and not both.
    const byAttempt = [...Map.groupBy(events, attemptKey).values()].sort(compareAttempts)
    const queries = byAttempt.flatMap((rows) => [this.#count(rows), ...this.#insert(rows)])
    if (queries.length > 0) await this.#database.writeTogether(queries)
  }

  /** The next events of an attempt, in the order in which they were stored; 0 is before the first. */
  async after(ref: AttemptRef, position: number, limit: number): Promise<ReadonlyArray<PlacedEvent>> {
    return this.#eventsOf(ref)
      .select(placedColumns)
      .where('position', '>', position)
      .orderBy('position')
      .limit(limit)
      .execute()
  }

  /** The event reported last of those that say where the attempt's logs are. */
  async latestWithLogContext(ref: AttemptRef): Promise<Uint8Array | undefined> {
    const row = await this.#eventsOf(ref)
      .select('event')
      .where('has_log_context', '=', 1)
      .orderBy('reported_at', 'desc')
      .orderBy('phase', 'desc')
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row?.event
  }

  /** The events of an action that were stored before another, or at all, the latest first. */
  async newestBefore(
    { runId, seq }: Pick<AttemptRef, 'runId' | 'seq'>,
    before: PlacedEvent | undefined,
    limit: number,
  ): Promise<ReadonlyArray<PlacedEvent>> {
    const query = this.#database.db
      .selectFrom('action_events')
      .select(placedColumns)
      .where('run_id', '=', runId)
      .where('seq', '=', seq)
      .orderBy('attempt', 'desc')
      .orderBy('position', 'desc')
      .limit(limit)
    if (before === undefined) return query.execute()
    return query
      .where((eb) => eb(eb.refTuple('attempt', 'position'), '<', eb.tuple(before.attempt, before.position)))
      .execute()
  }

  #eventsOf({ runId, seq, attempt }: AttemptRef) {
    return this.#database.db
      .selectFrom('action_events')
      .where('run_id', '=', runId)
      .where('seq', '=', seq)
      .where('attempt', '=', attempt)
  }

  #count(rows: ReadonlyArray<EventRow>): CompiledQuery {
    const { runId, seq, attempt } = first(rows)
    return this.#database.db
      .insertInto('action_event_counts')
      .values({ run_id: runId, seq, attempt, last_position: rows.length })
      .onConflict((conflict) =>
        conflict
          .columns(['run_id', 'seq', 'attempt'])
          .doUpdateSet((eb) => ({ last_position: eb('action_event_counts.last_position', '+', rows.length) })),
      )
      .compile()
  }

  #insert(rows: ReadonlyArray<EventRow>): CompiledQuery[] {
    const values = rows.map((row, index) => ({
      run_id: row.runId,
      seq: row.seq,
      attempt: row.attempt,
      phase: row.phase,
      version: row.version,
      position: positionFromEnd(row, rows.length - 1 - index),
      reported_at: row.reportedAt,
      has_log_context: row.hasLogContext ? 1 : 0,
      event: row.event,
    }))
    const statements: CompiledQuery[] = []
    for (let from = 0; from < values.length; from += rowsPerStatement) {
      const insert = this.#database.db
        .insertInto('action_events')
        .values(values.slice(from, from + rowsPerStatement))
        .onConflict((conflict) => conflict.columns(['run_id', 'seq', 'attempt', 'phase', 'version']).doNothing())
      statements.push(insert.compile())
    }
    return statements
  }
}

function positionFromEnd({ runId, seq, attempt }: AttemptRef, fromEnd: number): RawBuilder<number> {
  return sql<number>`(select last_position from action_event_counts
    where run_id = ${runId} and seq = ${seq} and attempt = ${attempt}) - ${sql.lit(fromEnd)}`
}

function attemptKey({ runId, seq, attempt }: AttemptRef): string {
  return `${runId}/${seq}/${attempt}`
}

function compareAttempts(left: ReadonlyArray<EventRow>, right: ReadonlyArray<EventRow>): number {
  const [a, b] = [first(left), first(right)]
  return a.runId - b.runId || a.seq - b.seq || a.attempt - b.attempt
}

function first(rows: ReadonlyArray<EventRow>): EventRow {
  const [row] = rows
  if (row === undefined) throw new TypeError('a group has at least one event')
  return row
}
