import { NotificationState } from '@tern/idl/notification'
import { sql } from 'kysely'
import type { RunKey } from '../engine/model.ts'
import type { QueryDatabase } from './query-database.ts'

/** A notification of a run: by its place among the rules of the request that made the run. */
export interface NotificationKey extends RunKey {
  readonly requestDigest: string
  readonly index: number
}

/** What became of a notification. */
export interface NotificationRow extends NotificationKey {
  /** A serialised flyteidl2.task.InlineRule. */
  readonly rule: Uint8Array
  readonly state: NotificationState
  readonly failures: number
  readonly message: string
  readonly nextAttemptAt: number | null
  readonly deliveredAt: number | null
}

/** One that may be sent now, and how its run ended. */
export interface DueNotification extends NotificationRow {
  readonly phase: number
  /** A serialised tern.worker.v1.TaskError; null for none. */
  readonly error: Uint8Array | null
  readonly abortReason: string
}

type Outcome = Pick<NotificationRow, 'state' | 'failures' | 'message' | 'nextAttemptAt' | 'deliveredAt'>

const { WAITING, SENDING } = NotificationState
const atOnce = 100

/** Notifications of runs: which there are, and what became of them. */
export class NotificationsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** Notes the notifications of a run that is about to be made; again for the same request, changes nothing. */
  async add(
    run: RunKey & { readonly requestDigest: string },
    rules: ReadonlyArray<Uint8Array>,
    now: number,
  ): Promise<void> {
    const rows = rules.map((rule, index) => ({
      project: run.project,
      domain: run.domain,
      run: run.run,
      request_digest: run.requestDigest,
      rule_index: index,
      rule,
      state: WAITING,
      failures: 0,
      message: '',
      next_attempt_at: null,
      delivered_at: null,
      created_at: now,
    }))
    const insert = this.#database.db.insertInto('run_notifications').values(rows)
    await insert.onConflict((conflict) => conflict.doNothing()).execute()
  }

  /** Those of a run, in the order of its rules. */
  async list({ project, domain, run }: RunKey): Promise<ReadonlyArray<NotificationRow>> {
    const rows = await this.#ofRuns()
      .where('n.project', '=', project)
      .where('n.domain', '=', domain)
      .where('n.run', '=', run)
      .orderBy('n.rule_index')
      .execute()
    return rows.map(toRow)
  }

  /** Whether any waits for its run to end, or to be sent. */
  async hasOpen(): Promise<boolean> {
    const row = await this.#database.db
      .selectFrom('run_notifications')
      .select('state')
      .where(isOpen)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  /**
   * Those whose runs have ended and that nobody has sent yet; when there are many, some of them.
   *
   * @param runs the runs to look at, or all
   */
  async waiting(runs: ReadonlyArray<number> | 'all'): Promise<ReadonlyArray<DueNotification>> {
    const query = this.#ofEnded().where('n.state', '=', WAITING)
    const rows = await (runs === 'all' ? query : query.where('r.id', 'in', runs)).execute()
    return rows.map(toDue)
  }

  /** Those that are to be sent again, or that whoever was sending them has left; when there are many, some of them. */
  async due(now: number): Promise<ReadonlyArray<DueNotification>> {
    const rows = await this.#ofEnded().where('n.state', '=', SENDING).where('n.next_attempt_at', '<=', now).execute()
    return rows.map(toDue)
  }

  /** When the next one that failed is to be sent again; null for never. */
  async nextAttemptAt(): Promise<number | null> {
    const row = await this.#database.db
      .selectFrom('run_notifications')
      .select((all) => all.fn.min('next_attempt_at').as('at'))
      .where(isOpen)
      .where('state', '=', SENDING)
      .executeTakeFirst()
    return row?.at === undefined || row.at === null ? null : Number(row.at)
  }

  /** Takes a notification for sending, until a time. False when somebody else has taken it. */
  async claim(due: NotificationRow, until: number): Promise<boolean> {
    const { numUpdatedRows } = await this.#update(due, { ...due, state: SENDING, nextAttemptAt: until })
      .where('state', '=', due.state)
      .where('next_attempt_at', due.nextAttemptAt === null ? 'is' : '=', due.nextAttemptAt)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  /** Gives back what an earlier server was sending, or was to send again. */
  async releaseClaims(now: number): Promise<void> {
    const release = this.#database.db.updateTable('run_notifications').set({ next_attempt_at: now })
    await release.where(isOpen).where('state', '=', SENDING).where('next_attempt_at', '>', now).execute()
  }

  async record(key: NotificationKey, outcome: Outcome): Promise<void> {
    await this.#update(key, outcome).execute()
  }

  /** Forgets those whose runs are gone, or were never made. */
  async forgetWithoutRun(createdBefore: number): Promise<void> {
    await this.#database.db
      .deleteFrom('run_notifications')
      .where('created_at', '<', createdBefore)
      .where((all) =>
        all.not(
          all.exists(
            all
              .selectFrom('runs as r')
              .select('r.id')
              .whereRef('r.project', '=', 'run_notifications.project')
              .whereRef('r.domain', '=', 'run_notifications.domain')
              .whereRef('r.name', '=', 'run_notifications.run')
              .whereRef('r.request_digest', '=', 'run_notifications.request_digest'),
          ),
        ),
      )
      .execute()
  }

  #ofEnded() {
    return this.#ofRuns()
      .innerJoin('actions as a', (join) => join.onRef('a.run_id', '=', 'r.id').on('a.seq', '=', 0))
      .select(['r.phase', 'a.error', 'a.abort_reason'])
      .where(sql<boolean>`n.state < 3`)
      .where('r.ended_at', 'is not', null)
      .orderBy('r.id')
      .limit(atOnce)
  }

  #ofRuns() {
    return this.#database.db
      .selectFrom('run_notifications as n')
      .innerJoin('runs as r', (join) =>
        join
          .onRef('r.project', '=', 'n.project')
          .onRef('r.domain', '=', 'n.domain')
          .onRef('r.name', '=', 'n.run')
          .onRef('r.request_digest', '=', 'n.request_digest'),
      )
      .selectAll('n')
  }

  #update(key: NotificationKey, { state, failures, message, nextAttemptAt, deliveredAt }: Outcome) {
    return this.#database.db
      .updateTable('run_notifications')
      .set({ state, failures, message, next_attempt_at: nextAttemptAt, delivered_at: deliveredAt })
      .where('project', '=', key.project)
      .where('domain', '=', key.domain)
      .where('run', '=', key.run)
      .where('request_digest', '=', key.requestDigest)
      .where('rule_index', '=', key.index)
  }
}

// As the index has it.
const isOpen = sql<boolean>`state < 3`

interface StoredRow {
  readonly project: string
  readonly domain: string
  readonly run: string
  readonly request_digest: string
  readonly rule_index: number
  readonly rule: Uint8Array
  readonly state: number
  readonly failures: number
  readonly message: string
  readonly next_attempt_at: number | null
  readonly delivered_at: number | null
}

function toRow(row: StoredRow): NotificationRow {
  return {
    project: row.project,
    domain: row.domain,
    run: row.run,
    requestDigest: row.request_digest,
    index: row.rule_index,
    rule: row.rule,
    state: row.state as NotificationState,
    failures: row.failures,
    message: row.message,
    nextAttemptAt: row.next_attempt_at,
    deliveredAt: row.delivered_at,
  }
}

function toDue(
  row: StoredRow & { readonly phase: number; readonly error: Uint8Array | null; readonly abort_reason: string | null },
): DueNotification {
  return { ...toRow(row), phase: row.phase, error: row.error, abortReason: row.abort_reason ?? '' }
}
