import { type CompiledQuery, sql } from 'kysely'
import type { RunKey } from '../engine/model.ts'
import { type PlanName, takePlanTurn } from './launch-plans-repository.ts'
import type { QueryDatabase } from './query-database.ts'

/** A run that is to be one of so many of its launch plan, of any version, that are under way. */
export interface PlaceRequest {
  readonly run: RunKey
  /** The name of its launch plan, in the run's project and domain. */
  readonly plan: string
  readonly maxRuns: number
  /** Of the server that asks, as `LaunchPlanPlacesTable.owner`. */
  readonly server: number
  readonly now: number
}

/** What became of it. */
export interface Place {
  readonly isTaken: boolean
  /** The other runs that are under way: how many, and the names of some, the newest first. */
  readonly busy: number
  readonly others: ReadonlyArray<string>
  /** Runs that wait, and came before. */
  readonly ahead: number
}

const namedRuns = 3

/**
 * The places of runs among those of their launch plans. Whoever asks for one waits until the one before has been answered, over
 * all servers of a database, so that none is given twice.
 */
export class LaunchPlanPlacesRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** Takes a place for a run that is to be made, if there is one. Again is harmless. */
  async take(request: PlaceRequest): Promise<Place> {
    await this.#database.writeTogether([...this.#begin(request), this.#insert(request, false)])
    return this.#read(request)
  }

  /** Takes a place for a run that is there, or has it wait behind those that came before. Again is harmless. */
  async takeInTurn(request: PlaceRequest): Promise<Place> {
    await this.#database.writeTogether([...this.#begin(request), this.#insert(request, true), this.#advance(request)])
    return this.#read(request)
  }

  /** Frees the places that a server which begins finds without a run: those that were taken by servers that are gone. */
  async begin(server: number): Promise<void> {
    const run = sql`r.project = launch_plan_places.project and r.domain = launch_plan_places.domain
      and r.launch_plan_name = launch_plan_places.name and r.name = launch_plan_places.run`
    await this.#database.db
      .deleteFrom('launch_plan_places')
      .where(sql<boolean>`not exists (select 1 from runs as r where ${run}) and (owner = ${server} or ${isLeftBehind})`)
      .execute()
  }

  /** Gives back the place of a run that has not come to be. */
  async giveBack({ run, plan, server }: Pick<PlaceRequest, 'run' | 'plan' | 'server'>): Promise<void> {
    await this.#delete(nameOf({ run, plan }))
      .where('run', '=', run.run)
      .where('owner', '=', server)
      .where(
        sql<boolean>`not exists (select 1 from runs as r where ${isOfPlan({ run, plan })} and r.name = ${run.run})`,
      )
      .execute()
  }

  /** The turn of the plan first, then the places of runs that have ended or never were. */
  #begin(request: PlaceRequest): ReadonlyArray<CompiledQuery> {
    const ofPlace = sql`r.name = launch_plan_places.run and ${isOfPlan(request)}`
    const isOver = sql<boolean>`exists (select 1 from runs as r where ${ofPlace} and not ${isLive})`
    const neverWas = sql<boolean>`(not exists (select 1 from runs as r where ${ofPlace})
      and (owner is null or owner <> ${request.server}) and ${isLeftBehind})`
    return [
      takePlanTurn(this.#database, nameOf(request), undefined),
      this.#delete(nameOf(request)).where(sql<boolean>`(${isOver} or ${neverWas})`).compile(),
    ]
  }

  #insert(request: PlaceRequest, waits: boolean): CompiledQuery {
    const { run, plan, maxRuns, server, now } = request
    const owner = waits ? sql.lit(null) : sql`cast(${server} as bigint)`
    const condition = waits ? sql`1 = 1` : sql`${busyOf(request)} < cast(${maxRuns} as bigint)`
    return sql`insert into launch_plan_places (project, domain, name, run, waits, max_runs, created_at, owner)
      select cast(${run.project} as text), cast(${run.domain} as text), cast(${plan} as text), cast(${run.run} as text),
        ${sql.lit(waits ? 1 : 0)}, cast(${maxRuns} as bigint), cast(${now} as bigint), ${owner}
      where ${condition} on conflict (project, domain, name, run) ${sql.raw(waits ? 'do nothing' : 'do update set owner = excluded.owner')}`.compile(
      this.#database.db,
    )
  }

  #advance(request: PlaceRequest): CompiledQuery {
    return sql`update launch_plan_places set waits = 0 where ${isPlaceOf(request, 'launch_plan_places')}
      and run = ${request.run.run} and waits = 1 and ${aheadOf(request)} = 0
      and ${busyOf(request)} < launch_plan_places.max_runs`.compile(this.#database.db)
  }

  async #read(request: PlaceRequest): Promise<Place> {
    const { db } = this.#database
    const { run } = request
    const { rows } = await sql<{ taken: number; busy: number; ahead: number }>`select
      (select count(*) from launch_plan_places as p
        where ${isPlaceOf(request, 'p')} and p.run = ${run.run} and p.waits = 0) as taken,
      ${busyOf(request)} as busy, ${aheadOf(request)} as ahead`.execute(db)
    const [row = { taken: 0, busy: 0, ahead: 0 }] = rows
    if (Number(row.taken) > 0) return { isTaken: true, busy: Number(row.busy), others: [], ahead: 0 }
    const others = await sql<{ name: string }>`select r.name from runs as r where ${isBusy(request)}
      order by r.id desc limit ${sql.lit(namedRuns)}`.execute(db)
    const names = others.rows.map(({ name }) => name)
    return { isTaken: false, busy: Number(row.busy), others: names, ahead: Number(row.ahead) }
  }

  #delete({ project, domain, name }: PlanName) {
    return this.#database.db
      .deleteFrom('launch_plan_places')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
  }
}

type Asked = Pick<PlaceRequest, 'run' | 'plan'>

const isLive = sql`(r.phase < 5 or r.phase = 9)`

/** Whoever has removed the server from those that there are has made sure before that it can make nothing more. */
const isLeftBehind = sql`(owner is null or not exists (select 1 from servers as s where s.id = owner))`

function nameOf({ run, plan }: Asked): PlanName {
  return { project: run.project, domain: run.domain, name: plan }
}

// As the index `runs_launch_plan_live` has it.
function isOfPlan({ run, plan }: Asked) {
  return sql`r.project = ${run.project} and r.domain = ${run.domain} and r.launch_plan_name = ${plan}
    and r.launch_plan_name is not null`
}

function isPlaceOf({ run, plan }: Asked, table: 'p' | 'launch_plan_places') {
  const column = (name: string) => sql.ref(`${table}.${name}`)
  return sql`${column('project')} = ${run.project} and ${column('domain')} = ${run.domain} and ${column('name')} = ${plan}`
}

/** Live runs of the plan, but for this one: those that have no limit or that waited have a place all the same. */
function isBusy(asked: Asked) {
  return sql`${isOfPlan(asked)} and ${isLive} and r.name <> ${asked.run.run}
    and (r.launch_plan_max_runs is null or exists (select 1 from launch_plan_places as p
      where ${isPlaceOf(asked, 'p')} and p.run = r.name and p.waits = 0))`
}

/** They, and those that have a place and are just being made. */
function busyOf(asked: Asked) {
  return sql`((select count(*) from runs as r where ${isBusy(asked)}) + (select count(*) from launch_plan_places as p
    where ${isPlaceOf(asked, 'p')} and p.waits = 0 and p.run <> ${asked.run.run}
      and not exists (select 1 from runs as r where ${isOfPlan(asked)} and r.name = p.run)))`
}

/** Those that wait, and came before this one, or all that wait, before it has come. */
function aheadOf(asked: Asked) {
  return sql`(select count(*) from launch_plan_places as p where ${isPlaceOf(asked, 'p')} and p.waits = 1
    and p.id < coalesce((select q.id from launch_plan_places as q where q.project = p.project and q.domain = p.domain
      and q.name = p.name and q.run = ${asked.run.run}), p.id + 1))`
}
