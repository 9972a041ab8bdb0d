import type { ActionPhase } from '@tern/idl/common'
import type { ActionType } from '@tern/idl/workflow'
import type { RunKey } from '../engine/model.ts'
import type { QueryDatabase } from './query-database.ts'

/** What reports need to know of an action. */
export interface ReportedAction {
  readonly runId: number
  readonly seq: number
  readonly name: string
  readonly actionType: ActionType
  readonly phase: ActionPhase
  /** Number of the current attempt, from 1. */
  readonly attempt: number
  /** Something outside the server executes it, and reports what becomes of it. */
  readonly isExternal: boolean
  readonly abortReason: string | null
  readonly specDigest: string
}

const namesPerStatement = 500

/** Reads of actions that something outside the server reports of, and what it keeps with them. */
export class ExternalActionsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** Those of the named actions of a run that there are. Undefined when there is no such run. */
  async find(
    { project, domain, run }: RunKey,
    names: ReadonlyArray<string>,
  ): Promise<ReadonlyMap<string, ReportedAction> | undefined> {
    const stored = await this.#database.db
      .selectFrom('runs')
      .select('id')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', run)
      .executeTakeFirst()
    if (stored === undefined) return undefined
    const found = new Map<string, ReportedAction>()
    for (let from = 0; from < names.length; from += namesPerStatement) {
      const rows = await this.#named(stored.id, names.slice(from, from + namesPerStatement))
      for (const row of rows) found.set(row.name, row)
    }
    return found
  }

  /** Keeps a text with an action, in place of what was kept before. */
  async putState(runId: number, seq: number, state: string, at: number): Promise<void> {
    const values = { state, updated_at: at }
    await this.#database.db
      .insertInto('action_states')
      .values({ run_id: runId, seq, ...values })
      .onConflict((conflict) => conflict.columns(['run_id', 'seq']).doUpdateSet(values))
      .execute()
  }

  async findState(runId: number, seq: number): Promise<string | undefined> {
    const row = await this.#database.db
      .selectFrom('action_states')
      .select('state')
      .where('run_id', '=', runId)
      .where('seq', '=', seq)
      .executeTakeFirst()
    return row?.state
  }

  async #named(runId: number, names: ReadonlyArray<string>): Promise<ReadonlyArray<ReportedAction>> {
    const rows = await this.#database.db
      .selectFrom('actions')
      .select(['seq', 'name', 'action_type', 'phase', 'attempt', 'is_external', 'abort_reason', 'spec_digest'])
      .where('run_id', '=', runId)
      .where('name', 'in', names)
      .execute()
    return rows.map((row) => ({
      runId,
      seq: row.seq,
      name: row.name,
      actionType: row.action_type as ActionType,
      phase: row.phase as ActionPhase,
      attempt: row.attempt,
      isExternal: row.is_external === 1,
      abortReason: row.abort_reason,
      specDigest: row.spec_digest,
    }))
  }
}
