import type { ListRequest } from '@tern/idl/common'
import { FiringState } from '@tern/idl/trigger'
import { type CompiledQuery, type Selectable, sql } from 'kysely'
import { enumField, type ListFields, numberField, textField, timeField } from './list-fields.ts'
import { type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { TriggerFiringsTable } from './schema/trigger-tables.ts'
import { compareKeys, type TriggerKey } from './triggers-repository.ts'

/** What became of an instant of a trigger. */
export interface FiringRow {
  readonly key: TriggerKey
  /** The instant. */
  readonly at: number
  readonly state: FiringState
  readonly runName: string
  /** The run that was under way; empty for none. */
  readonly otherRunName: string
  readonly failures: number
  readonly failingSince: number | null
  readonly message: string
  readonly nextAttemptAt: number | null
  readonly updatedAt: number
}

/** Which runs an instant gives way to: any under way, or only those of later instants. */
export type GivesWay = 'to any' | 'to later'

export interface FiringDecision {
  readonly key: TriggerKey
  readonly at: number
  readonly runName: string
  readonly givesWay: GivesWay
  readonly now: number
}

/** How many firings of a trigger are kept, the latest ones. */
export const maxFirings = 100

const { STARTING, STARTED, RETRYING, SKIPPED } = FiringState
const pendingStates = sql<boolean>`(state = 1 or state = 3)`

export class FiringsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** The firings of a trigger, the last instant first unless the request says otherwise. */
  async list(key: TriggerKey, request: ListRequest | undefined): Promise<Page<FiringRow>> {
    const plan = planList(this.#database, request, {
      name: `firings ${JSON.stringify(key)}`,
      fields: firingFields,
      defaultOrder: [{ expression: sql.ref('scheduled_at'), descending: true }],
    })
    let query = this.#of(key).selectAll().select(sortColumns(plan.order))
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toFiringRow)
  }

  /** Firings to be gone on with, the earliest instants first, in pages: those that come after `last`. */
  async pending(last: FiringRow | undefined, limit: number): Promise<ReadonlyArray<FiringRow>> {
    let query = this.#database.db.selectFrom('trigger_firings').selectAll().where(pendingStates)
    if (last !== undefined) {
      const { project, domain, taskName, name } = last.key
      const place = sql.join([last.at, project, domain, taskName, name])
      query = query.where(sql<boolean>`(scheduled_at, project, domain, task_name, name) > (${place})`)
    }
    const rows = await query
      .orderBy('scheduled_at')
      .orderBy('project')
      .orderBy('domain')
      .orderBy('task_name')
      .orderBy('name')
      .limit(limit)
      .execute()
    return rows.map(toFiringRow)
  }

  /**
   * Decides whether the run of an instant is started, or the instant left out for another run of its trigger that is
   * under way or being started. Whoever decides first decides for all; an instant that is being retried is decided anew.
   */
  async decide(decision: FiringDecision): Promise<FiringRow> {
    const { key, at } = decision
    await this.#database.writeTogether([
      this.#lock(key),
      this.#forgetOld(key),
      this.#insertDecision(decision),
      this.#settle(key, at, false),
    ])
    return toFiringRow(await this.#of(key).selectAll().where('scheduled_at', '=', at).executeTakeFirstOrThrow())
  }

  /** The runs of a trigger that are under way, but for one. */
  async liveRuns(key: TriggerKey, except: string): Promise<ReadonlyArray<string>> {
    const rows = await this.#database.db
      .selectFrom('runs as r')
      .select('r.name')
      .where(isLiveRunOf(key))
      .where('r.name', '<>', except)
      .orderBy('r.id')
      .execute()
    return rows.map(({ name }) => name)
  }

  /**
   * Remembers what became of instants, and that they are done with. What was started or left out stays so, whatever
   * another server says later.
   */
  async record(firings: ReadonlyArray<FiringRow>): Promise<void> {
    const inOrder = Array.from(firings).sort((a, b) => compareKeys(a.key, b.key))
    await this.#database.writeTogether(
      inOrder.flatMap((firing) => [
        this.#settle(firing.key, firing.at, firing.state === STARTED),
        this.#put(firing),
        this.#forgetOld(firing.key),
      ]),
    )
  }

  #of({ project, domain, taskName, name }: TriggerKey) {
    return this.#database.db
      .selectFrom('trigger_firings')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('task_name', '=', taskName)
      .where('name', '=', name)
  }

  #trigger({ project, domain, taskName, name }: TriggerKey) {
    return this.#database.db
      .updateTable('triggers')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('task_name', '=', taskName)
      .where('name', '=', name)
  }

  // Changes nothing, but makes others who decide for the same trigger wait until this is committed.
  #lock(key: TriggerKey): CompiledQuery {
    return this.#trigger(key)
      .set((column) => ({ latest_revision: column.ref('latest_revision') }))
      .compile()
  }

  #settle(key: TriggerKey, at: number, isStarted: boolean): CompiledQuery {
    const later = (column: string) =>
      sql<number>`case when ${sql.ref(column)} > ${at} then ${sql.ref(column)} else ${at} end`
    return this.#trigger(key)
      .set({ settled_at: later('settled_at'), ...(isStarted && { triggered_at: later('triggered_at') }) })
      .compile()
  }

  #insertDecision({ key, at, runName, givesWay, now }: FiringDecision): CompiledQuery {
    const { project, domain, taskName, name } = key
    const ofTrigger = sql`f.project = ${project} and f.domain = ${domain} and f.task_name = ${taskName}
      and f.name = ${name}`
    const otherInstant =
      givesWay === 'to any' ? sql`f.scheduled_at <> ${at}` : sql`f.scheduled_at > ${at} and f.run_name <> ${runName}`
    const starting = sql`select f.run_name from trigger_firings as f
      where ${ofTrigger} and f.state = ${sql.lit(STARTING)} and ${otherInstant} limit 1`
    const isLater =
      givesWay === 'to any'
        ? sql`1 = 1`
        : sql`exists (select 1 from trigger_firings as f
            where ${ofTrigger} and f.run_name = r.name and f.scheduled_at > ${at})`
    const live = sql`select r.name from runs as r
      where ${isLiveRunOf(key)} and r.name <> ${runName} and ${isLater} order by r.id desc limit 1`
    const reason = givesWay === 'to any' ? 'a run of the trigger was under way' : 'a later firing had been started'
    return sql`insert into trigger_firings (project, domain, task_name, name, scheduled_at, state, run_name,
        other_run_name, failures, message, updated_at)
      select cast(${project} as text), cast(${domain} as text), cast(${taskName} as text), cast(${name} as text),
        cast(${at} as bigint), case when d.other = '' then ${sql.lit(STARTING)} else ${sql.lit(SKIPPED)} end,
        cast(${runName} as text), d.other, 0, case when d.other = '' then '' else cast(${reason} as text) end,
        cast(${now} as bigint)
      from (select coalesce((${live}), (${starting}), '') as other) as d where true
      on conflict (project, domain, task_name, name, scheduled_at) do update set state = excluded.state,
        other_run_name = excluded.other_run_name, message = excluded.message, next_attempt_at = null,
        updated_at = excluded.updated_at
      where trigger_firings.state = ${sql.lit(RETRYING)}`.compile(this.#database.db)
  }

  #put(firing: FiringRow): CompiledQuery {
    const { project, domain, taskName, name } = firing.key
    const values = {
      state: firing.state,
      run_name: firing.runName,
      other_run_name: firing.otherRunName,
      failures: firing.failures,
      failing_since: firing.failingSince,
      message: firing.message,
      next_attempt_at: firing.nextAttemptAt,
      updated_at: firing.updatedAt,
    }
    return this.#database.db
      .insertInto('trigger_firings')
      .values({ project, domain, task_name: taskName, name, scheduled_at: firing.at, ...values })
      .onConflict((conflict) =>
        conflict
          .columns(['project', 'domain', 'task_name', 'name', 'scheduled_at'])
          .doUpdateSet(values)
          .where('trigger_firings.state', 'not in', [STARTED, SKIPPED]),
      )
      .compile()
  }

  #forgetOld({ project, domain, taskName, name }: TriggerKey): CompiledQuery {
    return this.#database.db
      .deleteFrom('trigger_firings')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('task_name', '=', taskName)
      .where('name', '=', name)
      .where(
        sql<boolean>`scheduled_at <= (select f.scheduled_at from trigger_firings as f
          where f.project = ${project} and f.domain = ${domain} and f.task_name = ${taskName} and f.name = ${name}
          order by f.scheduled_at desc limit 1 offset ${sql.lit(maxFirings)})`,
      )
      .compile()
  }
}

// As the index `runs_trigger_live` has it.
function isLiveRunOf({ project, domain, taskName, name }: TriggerKey) {
  return sql<boolean>`r.project = ${project} and r.domain = ${domain} and r.trigger_task_name = ${taskName}
    and r.trigger_name = ${name} and r.trigger_name is not null and (r.phase < 5 or r.phase = 9)`
}

const firingFields: ListFields = {
  byName: {
    scheduled_at: timeField('scheduled_at'),
    state: enumField('state', 'FIRING_STATE_', FiringState),
    run_name: textField('run_name'),
    failures: numberField('failures'),
    updated_at: timeField('updated_at'),
  },
}

function toFiringRow(row: Selectable<TriggerFiringsTable>): FiringRow {
  return {
    key: { project: row.project, domain: row.domain, taskName: row.task_name, name: row.name },
    at: row.scheduled_at,
    state: row.state as FiringState,
    runName: row.run_name,
    otherRunName: row.other_run_name,
    failures: row.failures,
    failingSince: row.failing_since,
    message: row.message,
    nextAttemptAt: row.next_attempt_at,
    updatedAt: row.updated_at,
  }
}
