import type { ListRequest } from '@tern/idl/common'
import { type CompiledQuery, sql } from 'kysely'
import type { SpecRecord } from '../engine/model.ts'
import { type ListFields, numberField, optionalTextField, textField, timeField } from './list-fields.ts'
import { type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'

/** Names one version of a task. */
export interface TaskKey {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly version: string
}

export interface NewTask {
  readonly key: TaskKey
  readonly environment: string
  readonly functionName: string
  readonly deployedBy: string
  readonly environmentDescription: string
  readonly shortDescription: string
  readonly spec: SpecRecord
}

/** A deployed task version as lists show it. */
export interface TaskSummary {
  readonly key: TaskKey
  readonly environment: string
  readonly functionName: string
  readonly deployedBy: string
  readonly shortDescription: string
  /** First deployment of this version. */
  readonly deployedAt: number
  /** Triggers that start this version. */
  readonly totalTriggers: number
  readonly activeTriggers: number
}

export interface TaskScope {
  readonly project?: string
  readonly domain?: string
  readonly deployedBy?: string
}

export interface TaskPage extends Page<TaskSummary> {
  /** Tasks in the scope. */
  readonly total: number
  /** Tasks in the scope that the filters let through. */
  readonly filteredTotal: number
}

const columns = [
  't.project',
  't.domain',
  't.name',
  't.version',
  't.environment',
  't.function_name',
  't.deployed_by',
  't.short_description',
  't.total_triggers',
  't.active_triggers',
  't.created_at',
] as const

export class TasksRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /**
   * Stores a version and its spec, and what follows from that, together. A version that exists gets the new spec, and
   * keeps its first date.
   */
  async deploy(task: NewTask, at: number, also: ReadonlyArray<CompiledQuery> = []): Promise<void> {
    const { db } = this.#database
    const { spec } = task
    const insertSpec = db
      .insertInto('task_specs')
      .values({
        digest: spec.digest,
        action_type: spec.actionType,
        task_org: spec.taskOrg,
        task_project: spec.taskProject,
        task_domain: spec.taskDomain,
        task_name: spec.taskName,
        task_version: spec.taskVersion,
        task_type: spec.taskType,
        short_name: spec.shortName,
        environment_name: spec.environmentName,
        spec: spec.bytes,
        created_at: at,
      })
      .onConflict((conflict) => conflict.column('digest').doNothing())
    const values = {
      environment: task.environment,
      function_name: task.functionName,
      spec_digest: spec.digest,
      deployed_by: task.deployedBy,
      env_description: task.environmentDescription,
      short_description: task.shortDescription,
      updated_at: at,
    }
    const upsertTask = db
      .insertInto('tasks')
      .values({ ...task.key, ...values, created_at: at })
      .onConflict((conflict) => conflict.columns(['project', 'domain', 'name', 'version']).doUpdateSet(values))
    await this.#database.writeTogether([insertSpec.compile(), upsertTask.compile(), ...also])
  }

  /** A version and its serialized flyteidl2.task.TaskSpec. */
  async find(key: TaskKey): Promise<(TaskSummary & { readonly spec: Uint8Array }) | undefined> {
    const row = await this.#database.db
      .selectFrom('tasks as t')
      .innerJoin('task_specs as s', 's.digest', 't.spec_digest')
      .select([...columns, 's.spec'])
      .where('t.project', '=', key.project)
      .where('t.domain', '=', key.domain)
      .where('t.name', '=', key.name)
      .where('t.version', '=', key.version)
      .executeTakeFirst()
    return row && { ...toTaskSummary(row), spec: row.spec }
  }

  /** The latest version of each task, the last deployed first unless the request says otherwise. */
  async listLatest(scope: TaskScope, request: ListRequest | undefined): Promise<TaskPage> {
    const plan = planList(this.#database, request, {
      name: `tasks ${JSON.stringify(scope)}`,
      fields: taskFields,
      defaultOrder: newestFirst,
    })
    let query = this.#latest(scope).select([...columns, ...sortColumns(plan.order)])
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    const page = plan.toPage(await query.limit(plan.fetch).execute(), toTaskSummary)
    return { ...page, ...(await this.#count(scope, request)) }
  }

  /** The versions of a task, the last deployed first unless the request says otherwise. */
  async listVersions(task: Omit<TaskKey, 'version'>, request: ListRequest | undefined): Promise<Page<TaskSummary>> {
    const plan = planList(this.#database, request, {
      name: `versions ${JSON.stringify(task)}`,
      fields: versionFields,
      defaultOrder: newestFirst,
    })
    let query = this.#database.db
      .selectFrom('tasks as t')
      .select([...columns, ...sortColumns(plan.order)])
      .where('t.project', '=', task.project)
      .where('t.domain', '=', task.domain)
      .where('t.name', '=', task.name)
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toTaskSummary)
  }

  async #count(scope: TaskScope, request: ListRequest | undefined) {
    const counted = request && { ...request, token: '' }
    const plan = planList(this.#database, counted, { name: 'count', fields: taskFields, defaultOrder: newestFirst })
    let filtered = this.#latest(scope).select((eb) => eb.fn.countAll<number>().as('count'))
    const total = await filtered.executeTakeFirstOrThrow()
    if (plan.conditions.length === 0) return { total: Number(total.count), filteredTotal: Number(total.count) }
    for (const condition of plan.conditions) filtered = filtered.where(condition)
    const { count } = await filtered.executeTakeFirstOrThrow()
    return { total: Number(total.count), filteredTotal: Number(count) }
  }

  #latest(scope: TaskScope) {
    let query = this.#database.db.selectFrom('tasks as t').where(isLatest)
    if (scope.project !== undefined) query = query.where('t.project', '=', scope.project)
    if (scope.domain !== undefined) query = query.where('t.domain', '=', scope.domain)
    if (scope.deployedBy !== undefined) query = query.where('t.deployed_by', '=', scope.deployedBy)
    return query
  }
}

const versionKey = sql`t.project || '/' || t.domain || '/' || t.name || '/' || t.version`
const newestFirst = [
  { expression: sql.ref('t.created_at'), descending: true },
  { expression: versionKey, descending: true },
]

// The latest version is the one that was deployed last for the first time; deploying an old one again changes nothing.
const isLatest = sql<boolean>`not exists (
  select 1 from tasks as n where n.project = t.project and n.domain = t.domain and n.name = t.name
    and (n.created_at > t.created_at or (n.created_at = t.created_at and n.version > t.version))
)`

const versionFields: ListFields = {
  byName: { version: textField('t.version'), created_at: timeField('t.created_at') },
}

const taskFields: ListFields = {
  byName: {
    project: textField('t.project'),
    domain: textField('t.domain'),
    name: textField('t.name'),
    task_name: textField('t.name'),
    version: textField('t.version'),
    environment: textField('t.environment'),
    function_name: textField('t.function_name'),
    deployed_by: textField('t.deployed_by'),
    created_at: timeField('t.created_at'),
    updated_at: timeField('t.updated_at'),
    total_triggers: numberField('t.total_triggers'),
    active_triggers: numberField('t.active_triggers'),
    env_description: optionalTextField('t.env_description'),
    short_description: optionalTextField('t.short_description'),
  },
}

function toTaskSummary(row: {
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly version: string
  readonly environment: string
  readonly function_name: string
  readonly deployed_by: string
  readonly short_description: string | null
  readonly total_triggers: number
  readonly active_triggers: number
  readonly created_at: number
}): TaskSummary {
  return {
    key: { project: row.project, domain: row.domain, name: row.name, version: row.version },
    environment: row.environment,
    functionName: row.function_name,
    deployedBy: row.deployed_by,
    shortDescription: row.short_description ?? '',
    deployedAt: row.created_at,
    totalTriggers: row.total_triggers,
    activeTriggers: row.active_triggers,
  }
}
