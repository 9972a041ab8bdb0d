import type { ListRequest } from '@tern/idl/common'
import { type CompiledQuery, type SelectQueryBuilder, sql } from 'kysely'
import type { SpecRecord } from '../engine/model.ts'
import { type ListFields, numberField, optionalTextField, textField, textOf, timeField } from './list-fields.ts'
import { type LatestRun, latestRunsOf } from './latest-runs.ts'
import { type ListPlan, type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { Schema } from './schema.ts'
import type { TasksTable } from './schema/task-tables.ts'
import { insertSpec, markLatest, takeTurn, upsertTask } from './task-writes.ts'

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
  readonly isEntrypoint: boolean
  readonly spec: SpecRecord
}

/** What is written together with a version. */
export interface DeployTogether {
  /** The turn that the writes were planned at: when the task has been deployed since, nothing is written. */
  readonly turn?: number
  readonly before?: ReadonlyArray<CompiledQuery>
  readonly after?: ReadonlyArray<CompiledQuery>
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
  /** A filter rather than a scope: totals count the tasks of others, too. */
  readonly deployedBy?: string
  /** Likewise a filter: whether the task says that runs begin with it. */
  readonly isEntrypoint?: boolean
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

  /** Stores a spec on its own, under its digest. */
  async storeSpec(spec: SpecRecord, at: number): Promise<void> {
    await this.#database.writeTogether([insertSpec(this.#database.db, spec, at)])
  }

  /** Which turn of deployments a task is at: one that is planned now has to be the next. */
  async turnOf({ project, domain, name }: Omit<TaskKey, 'version'>): Promise<number> {
    const row = await this.#database.db
      .selectFrom('task_turns')
      .select('turn')
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
      .executeTakeFirst()
    return row?.turn ?? 0
  }

  /**
   * Stores a version and its spec, and what follows from that, together. A version that exists gets the new spec, and
   * keeps its first date; a new one is the latest, whatever the clock says.
   */
  async deploy(task: NewTask, at: number, { turn, before = [], after = [] }: DeployTogether = {}): Promise<void> {
    const { db } = this.#database
    await this.#database.writeTogether([
      takeTurn(db, task.key, turn),
      ...before,
      insertSpec(db, task.spec, at),
      upsertTask(db, task, at),
      markLatest(db, task.key),
      ...after,
    ])
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

  async latestVersion({ project, domain, name }: Omit<TaskKey, 'version'>): Promise<string | undefined> {
    const row = await this.#database.db
      .selectFrom('tasks as t')
      .select('t.version')
      .where(isLatest)
      .where('t.project', '=', project)
      .where('t.domain', '=', domain)
      .where('t.name', '=', name)
      .executeTakeFirst()
    return row?.version
  }

  /** The latest version of each task, the last deployed first unless the request says otherwise. */
  async listLatest(scope: TaskScope, request: ListRequest | undefined): Promise<TaskPage> {
    const plan = planList(this.#database, request, {
      name: `tasks ${JSON.stringify(scope)}`,
      fields: taskFields,
      defaultOrder: newestFirst,
    })
    const selected = this.#latest(scope).select([...columns, ...sortColumns(plan.order)])
    let query = filteredBy(selected, scope, plan)
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

  /** The latest run of each of the tasks that has one: of that version, or of any. */
  async latestRunsOf(
    tasks: ReadonlyArray<TaskKey>,
    versions: 'this version' | 'any version',
  ): Promise<ReadonlyMap<TaskKey, LatestRun>> {
    return latestRunsOf(this.#database, tasks, versions)
  }

  async #count(scope: TaskScope, request: ListRequest | undefined) {
    const counted = request && { ...request, token: '' }
    const plan = planList(this.#database, counted, { name: 'count', fields: taskFields, defaultOrder: newestFirst })
    const count = this.#latest(scope).select((eb) => eb.fn.countAll<number>().as('count'))
    const total = Number((await count.executeTakeFirstOrThrow()).count)
    const { deployedBy, isEntrypoint } = scope
    const isUnfiltered = plan.conditions.length === 0 && deployedBy === undefined && isEntrypoint === undefined
    if (isUnfiltered) return { total, filteredTotal: total }
    const filtered = await filteredBy(count, scope, plan).executeTakeFirstOrThrow()
    return { total, filteredTotal: Number(filtered.count) }
  }

  #latest(scope: TaskScope) {
    let query = this.#database.db.selectFrom('tasks as t').where(isLatest)
    if (scope.project !== undefined) query = query.where('t.project', '=', scope.project)
    if (scope.domain !== undefined) query = query.where('t.domain', '=', scope.domain)
    return query
  }
}

const versionKey = sql`t.project || '/' || t.domain || '/' || t.name || '/' || t.version`
const newestFirst = [
  { expression: sql.ref('t.created_at'), descending: true },
  { expression: versionKey, descending: true },
]

const isLatest = sql<boolean>`t.is_latest = 1`

/** What the request asks for, of the latest versions. */
function filteredBy<O>(
  query: SelectQueryBuilder<Schema & { t: TasksTable }, 't', O>,
  { deployedBy, isEntrypoint }: TaskScope,
  { conditions }: ListPlan,
) {
  let filtered = deployedBy === undefined ? query : query.where('t.deployed_by', '=', deployedBy)
  if (isEntrypoint !== undefined) filtered = filtered.where('t.is_entrypoint', '=', isEntrypoint ? 1 : 0)
  for (const condition of conditions) filtered = filtered.where(condition)
  return filtered
}

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
    trigger_name: optionalTextField('t.trigger_name'),
    trigger_types: numberField('t.trigger_types'),
    env_description: optionalTextField('t.env_description'),
    short_description: optionalTextField('t.short_description'),
    task_type: textOf(sql`(select s.task_type from task_specs as s where s.digest = t.spec_digest)`),
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
