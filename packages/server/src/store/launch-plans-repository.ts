import type { ListRequest } from '@tern/idl/common'
import { type CompiledQuery, type Selectable, sql } from 'kysely'
import { flagField, type ListFields, textField, timeField } from './list-fields.ts'
import { inPlan, type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { LaunchPlansTable } from './schema/launch-plan-tables.ts'
import type { TaskKey } from './tasks-repository.ts'

/** Names a launch plan, whatever its version. */
export interface PlanName {
  readonly project: string
  readonly domain: string
  readonly name: string
}

export interface PlanKey extends PlanName {
  readonly version: string
}

/** A version of a launch plan. */
export interface StoredPlan {
  readonly key: PlanKey
  /** tern.launchplan.v1.LaunchPlanSpec. */
  readonly spec: Uint8Array
  readonly task: TaskKey
  readonly active: boolean
  /** flyteidl2.common.EnrichedIdentity. */
  readonly deployedBy: Uint8Array | null
  readonly deployedAt: number
  /** Since when it is, or was last, active. */
  readonly activatedAt: number | null
}

export interface NewPlan extends Pick<StoredPlan, 'key' | 'spec' | 'task' | 'deployedBy' | 'deployedAt'> {}

export type PlanScope =
  | { readonly kind: 'project'; readonly project: string; readonly domain: string }
  | { readonly kind: 'task'; readonly task: Omit<TaskKey, 'version'> }
  | { readonly kind: 'versions'; readonly plan: PlanName }

export class LaunchPlansRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async find({ version, ...plan }: PlanKey): Promise<StoredPlan | undefined> {
    const row = await this.#versions(plan).where('version', '=', version).executeTakeFirst()
    return row && toStoredPlan(row)
  }

  /** The version that stands for the name: the active one, or else the newest. */
  async findShown(plan: PlanName): Promise<StoredPlan | undefined> {
    const row = await this.#versions(plan).where('is_shown', '=', 1).executeTakeFirst()
    return row && toStoredPlan(row)
  }

  /** The versions of a name that there are, the newest first, at most so many. */
  async versions(plan: PlanName, limit: number): Promise<ReadonlyArray<string>> {
    const rows = await this.#versions(plan).orderBy('id', 'desc').limit(limit).execute()
    return rows.map(({ version }) => version)
  }

  /** Each name once, or all versions of one name, the newest first; names in their order, unless the request says otherwise. */
  async list(scope: PlanScope, request: ListRequest | undefined): Promise<Page<StoredPlan>> {
    const id = { expression: sql.ref('id'), descending: true }
    const name = { expression: sql.ref('name'), descending: false }
    const plan = planList(this.#database, request, {
      name: `launch plans ${JSON.stringify(scope)}`,
      fields: planFields,
      defaultOrder: scope.kind === 'versions' ? [id] : [name, id],
    })
    const rows = this.#inScope(scope).select(sortColumns(plan.order))
    return plan.toPage(await inPlan(rows, plan).execute(), toStoredPlan)
  }

  /** Which turn of changes a name is at: one that is planned now has to be the next. */
  async turnOf({ project, domain, name }: PlanName): Promise<number> {
    const row = await this.#database.db
      .selectFrom('launch_plan_turns')
      .select('turn')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
      .executeTakeFirst()
    return row?.turn ?? 0
  }

  /** The writes that begin a change: whoever changes the same name waits, and fails unless it is at the turn that was seen. */
  turnWrites(plan: PlanName, seen: number): ReadonlyArray<CompiledQuery> {
    return [takePlanTurn(this.#database, plan, seen)]
  }

  /** The writes that store a version. It fails where there is one. */
  insertWrites({ key, spec, task, deployedBy, deployedAt }: NewPlan): ReadonlyArray<CompiledQuery> {
    const values = {
      spec,
      task_project: task.project,
      task_domain: task.domain,
      task_name: task.name,
      task_version: task.version,
      active: 0,
      is_shown: 0,
      deployed_by: deployedBy,
      deployed_at: deployedAt,
    }
    const insert = this.#database.db
      .insertInto('launch_plans')
      .values({ ...key, ...values, activated_at: null })
      .compile()
    return [insert, ...this.#showWrites(key)]
  }

  /** The writes that make a version the active one; none of them, for undefined. */
  activateWrites(plan: PlanName, version: string | undefined, at: number): ReadonlyArray<CompiledQuery> {
    const off = this.#update(plan).set({ active: 0 }).where('active', '=', 1)
    if (version === undefined) return [off.compile(), ...this.#showWrites(plan)]
    const on = this.#update(plan).set({ active: 1, activated_at: at }).where('version', '=', version)
    return [off.where('version', '<>', version).compile(), on.compile(), ...this.#showWrites(plan)]
  }

  /** Executes writes in one transaction. */
  async write(writes: ReadonlyArray<CompiledQuery>): Promise<void> {
    await this.#database.writeTogether(writes)
  }

  #showWrites(plan: PlanName): ReadonlyArray<CompiledQuery> {
    const { project, domain, name } = plan
    const shown = sql<number>`(select p.id from launch_plans as p where p.project = ${project} and p.domain = ${domain}
      and p.name = ${name} order by p.active desc, p.id desc limit 1)`
    return [
      this.#update(plan).set({ is_shown: 0 }).where('is_shown', '=', 1).compile(),
      this.#update(plan).set({ is_shown: 1 }).where('id', '=', shown).compile(),
    ]
  }

  #update({ project, domain, name }: PlanName) {
    return this.#database.db
      .updateTable('launch_plans')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
  }

  #versions({ project, domain, name }: PlanName) {
    return this.#database.db
      .selectFrom('launch_plans')
      .selectAll()
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
  }

  #inScope(scope: PlanScope) {
    const plans = this.#database.db.selectFrom('launch_plans').selectAll()
    switch (scope.kind) {
      case 'versions':
        return this.#versions(scope.plan)
      case 'project':
        return plans.where('is_shown', '=', 1).where('project', '=', scope.project).where('domain', '=', scope.domain)
      case 'task':
        return plans
          .where('is_shown', '=', 1)
          .where('task_project', '=', scope.task.project)
          .where('task_domain', '=', scope.task.domain)
          .where('task_name', '=', scope.task.name)
    }
  }
}

/** Whoever does the same waits until this is committed, and fails, if it says what turn it has seen. */
export function takePlanTurn(
  { db }: QueryDatabase,
  { project, domain, name }: PlanName,
  seen: number | undefined,
): CompiledQuery {
  const present = sql<number>`launch_plan_turns.turn`
  // Null is refused, and with it everything that is written together.
  const turn = seen === undefined ? present : sql<number>`case when ${present} = ${seen} then ${present} + 1 end`
  return db
    .insertInto('launch_plan_turns')
    .values({ project, domain, name, turn: seen === undefined ? 0 : 1 })
    .onConflict((conflict) => conflict.columns(['project', 'domain', 'name']).doUpdateSet({ turn }))
    .compile()
}

const planFields: ListFields = {
  byName: {
    name: textField('name'),
    task_name: textField('task_name'),
    version: textField('version'),
    active: flagField('active'),
    deployed_at: timeField('deployed_at'),
  },
}

function toStoredPlan(row: Selectable<LaunchPlansTable>): StoredPlan {
  return {
    key: { project: row.project, domain: row.domain, name: row.name, version: row.version },
    spec: row.spec,
    task: { project: row.task_project, domain: row.task_domain, name: row.task_name, version: row.task_version },
    active: row.active === 1,
    deployedBy: row.deployed_by,
    deployedAt: row.deployed_at,
    activatedAt: row.activated_at,
  }
}
