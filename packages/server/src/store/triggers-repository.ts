import type { ListRequest } from '@tern/idl/common'
import type { TriggerRevisionAction } from '@tern/idl/trigger'
import { type CompiledQuery, sql } from 'kysely'
import { type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { TaskKey } from './tasks-repository.ts'
import { keyColumns, revisionFields, stateColumns, toRevision, toStoredTrigger, triggerFields } from './trigger-rows.ts'

/** A write that is executed together with others. */
export type Write = CompiledQuery

/** Names one trigger. */
export interface TriggerKey {
  readonly project: string
  readonly domain: string
  readonly taskName: string
  readonly name: string
}

/** The task that triggers belong to, whatever its version. */
export type TaskName = Omit<TaskKey, 'version'>

/** A trigger, as it is or as it was. */
export interface TriggerState {
  readonly key: TriggerKey
  readonly revision: number
  /** flyteidl2.trigger.TriggerSpec. */
  readonly spec: Uint8Array
  /** flyteidl2.task.TriggerAutomationSpec. */
  readonly automation: Uint8Array
  readonly taskVersion: string
  readonly active: boolean
  readonly description: string
  /** flyteidl2.common.EnrichedIdentity. */
  readonly deployedBy: Uint8Array | null
  /** flyteidl2.common.EnrichedIdentity. */
  readonly updatedBy: Uint8Array | null
  readonly deployedAt: number
  /** The last change of any kind. */
  readonly updatedAt: number
  /** The latest instant that the schedule has fired for. */
  readonly triggeredAt: number | null
  readonly deletedAt: number | null
}

/** A trigger as it is now. */
export interface StoredTrigger extends TriggerState {
  /** flyteidl2.task.TriggerAutomationSpecType. */
  readonly automationType: number
  /** Since when the schedule counts. */
  readonly scheduledFrom: number
  /** Instants up to here are done with: fired, left out, or kept to be tried again. */
  readonly settledAt: number | null
}

/** A revision: what was done, and what came of it. */
export interface TriggerRevisionRow extends TriggerState {
  readonly action: TriggerRevisionAction
  readonly createdAt: number
}

/** A next revision of a trigger. */
export interface TriggerChange {
  readonly action: TriggerRevisionAction
  readonly before: StoredTrigger | undefined
  readonly after: StoredTrigger
}

export interface TriggerScope {
  readonly project?: string
  readonly domain?: string
  readonly taskName?: string
  readonly taskVersion?: string
}

/** A place in the order of changes of triggers. */
export interface ChangePlace {
  readonly updatedAt: number
  readonly id: number
}

/** What the scheduler reads of a trigger. */
export interface ScheduleRow {
  readonly id: number
  readonly trigger: StoredTrigger
}

export class TriggersRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** A trigger, also when it has been deleted. */
  async find(key: TriggerKey): Promise<StoredTrigger | undefined> {
    const row = await this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .where('project', '=', key.project)
      .where('domain', '=', key.domain)
      .where('task_name', '=', key.taskName)
      .where('name', '=', key.name)
      .executeTakeFirst()
    return row && toStoredTrigger(row)
  }

  /** Every trigger of a task, the deleted ones too. */
  async ofTask(task: TaskName): Promise<ReadonlyArray<StoredTrigger>> {
    const rows = await this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .where('project', '=', task.project)
      .where('domain', '=', task.domain)
      .where('task_name', '=', task.name)
      .execute()
    return rows.map(toStoredTrigger)
  }

  /** The triggers of that name, of any task, that have not been deleted. */
  async named({ project, domain, name }: Omit<TriggerKey, 'taskName'>): Promise<ReadonlyArray<StoredTrigger>> {
    const rows = await this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .where('project', '=', project)
      .where('domain', '=', domain)
      .where('name', '=', name)
      .where('deleted_at', 'is', null)
      .execute()
    return rows.map(toStoredTrigger)
  }

  async findRevision(key: TriggerKey, revision: number): Promise<TriggerRevisionRow | undefined> {
    const row = await this.#revisions(key).selectAll().where('revision', '=', revision).executeTakeFirst()
    return row && toRevision(row)
  }

  /** Triggers that have not been deleted: active ones first, the last changed first, unless the request says otherwise. */
  async list(scope: TriggerScope, request: ListRequest | undefined): Promise<Page<StoredTrigger>> {
    const plan = planList(this.#database, request, {
      name: `triggers ${JSON.stringify(scope)}`,
      fields: triggerFields,
      defaultOrder: ['active', 'updated_at', 'id'].map((column) => ({ expression: sql.ref(column), descending: true })),
    })
    let query = this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .select(sortColumns(plan.order))
      .where('deleted_at', 'is', null)
    if (scope.project !== undefined) query = query.where('project', '=', scope.project)
    if (scope.domain !== undefined) query = query.where('domain', '=', scope.domain)
    if (scope.taskName !== undefined) query = query.where('task_name', '=', scope.taskName)
    if (scope.taskVersion !== undefined) query = query.where('task_version', '=', scope.taskVersion)
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toStoredTrigger)
  }

  /** The revisions of a trigger, the latest first unless the request says otherwise. */
  async history(key: TriggerKey, request: ListRequest | undefined): Promise<Page<TriggerRevisionRow>> {
    const plan = planList(this.#database, request, {
      name: `trigger revisions ${JSON.stringify(key)}`,
      fields: revisionFields,
      defaultOrder: [{ expression: sql.ref('revision'), descending: true }],
    })
    let query = this.#revisions(key).selectAll().select(sortColumns(plan.order))
    for (const condition of plan.conditions) query = query.where(condition)
    for (const { expression, descending } of plan.order) query = query.orderBy(expression, descending ? 'desc' : 'asc')
    return plan.toPage(await query.limit(plan.fetch).execute(), toRevision)
  }

  /** The one trigger of each of these task versions that have exactly one, by version. */
  async onlyTriggersOf(tasks: ReadonlyArray<TaskKey>): Promise<ReadonlyMap<TaskKey, StoredTrigger>> {
    const found = new Map<TaskKey, StoredTrigger>()
    if (tasks.length === 0) return found
    const rows = await this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .where('deleted_at', 'is', null)
      .where((where) =>
        where.or(
          tasks.map(({ project, domain, name, version }) =>
            where.and({ project, domain, task_name: name, task_version: version }),
          ),
        ),
      )
      .execute()
    const byVersion = new Map(
      rows.map((row) => [versionId(row.project, row.domain, row.task_name, row.task_version), row]),
    )
    for (const task of tasks) {
      const row = byVersion.get(versionId(task.project, task.domain, task.name, task.version))
      if (row !== undefined) found.set(task, toStoredTrigger(row))
    }
    return found
  }

  /** Triggers that changed after a place, deleted ones too, in the order of their changes. */
  async changedAfter({ updatedAt, id }: ChangePlace, limit: number): Promise<ReadonlyArray<ScheduleRow>> {
    const rows = await this.#database.db
      .selectFrom('triggers')
      .selectAll()
      .where(sql<boolean>`(updated_at, id) > (${sql.join([updatedAt, id])})`)
      .orderBy('updated_at')
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.map((row) => ({ id: row.id, trigger: toStoredTrigger(row) }))
  }

  /**
   * The writes that make changes. Each inserts its revision, so that of two changes to the same revision one fails, and
   * with it everything that is written together.
   */
  writesOf(changes: ReadonlyArray<TriggerChange>): ReadonlyArray<Write> {
    // In one order, as the scheduler has it: whoever changes several of the same triggers at once waits, and no more.
    return Array.from(changes)
      .sort((a, b) => compareKeys(a.after.key, b.after.key))
      .flatMap((change) => [this.#insertRevision(change), this.#putTrigger(change.after)])
  }

  /**
   * The writes that changes of triggers of a task's versions begin with. They change nothing, but make others who change
   * triggers of the same versions wait, so that each counts what those before have left.
   */
  lockWritesOf(task: TaskName, versions: Iterable<string>): ReadonlyArray<Write> {
    return Array.from(new Set(versions))
      .sort()
      .map((version) =>
        this.#version(task, version)
          .set((column) => ({ total_triggers: column.ref('total_triggers') }))
          .compile(),
      )
  }

  /** The writes that bring the counts of triggers of a task's versions up to date, to follow what changed them. */
  summaryWritesOf(task: TaskName, versions: Iterable<string>): ReadonlyArray<Write> {
    const live = sql`from triggers as g where g.project = tasks.project and g.domain = tasks.domain
      and g.task_name = tasks.name and g.task_version = tasks.version and g.deleted_at is null`
    return Array.from(new Set(versions), (version) =>
      this.#version(task, version)
        .set({
          total_triggers: sql<number>`(select count(*) ${live})`,
          active_triggers: sql<number>`(select count(*) ${live} and g.active = 1)`,
          trigger_name: sql<string>`(select min(g.name) ${live} having count(*) = 1)`,
          trigger_types: sql<number>`(select coalesce(sum(distinct (1 << g.automation_type)), 0) ${live})`,
        })
        .compile(),
    )
  }

  /** Executes writes in one transaction. */
  async write(writes: ReadonlyArray<Write>): Promise<void> {
    await this.#database.writeTogether(writes)
  }

  #version(task: TaskName, version: string) {
    return this.#database.db
      .updateTable('tasks')
      .where('project', '=', task.project)
      .where('domain', '=', task.domain)
      .where('name', '=', task.name)
      .where('version', '=', version)
  }

  #revisions(key: TriggerKey) {
    return this.#database.db
      .selectFrom('trigger_revisions')
      .where('project', '=', key.project)
      .where('domain', '=', key.domain)
      .where('task_name', '=', key.taskName)
      .where('name', '=', key.name)
  }

  #insertRevision({ action, after }: TriggerChange): Write {
    return this.#database.db
      .insertInto('trigger_revisions')
      .values({
        ...keyColumns(after.key),
        ...stateColumns(after),
        revision: after.revision,
        action,
        triggered_at: after.triggeredAt,
        created_at: after.updatedAt,
      })
      .compile()
  }

  // What the scheduler writes beside changes, `triggered_at` and `settled_at`, is left as it is.
  #putTrigger(after: StoredTrigger): Write {
    const values = {
      ...stateColumns(after),
      latest_revision: after.revision,
      automation_type: after.automationType,
      scheduled_from: after.scheduledFrom,
    }
    return this.#database.db
      .insertInto('triggers')
      .values({ ...keyColumns(after.key), ...values, triggered_at: after.triggeredAt })
      .onConflict((conflict) => conflict.columns(['project', 'domain', 'task_name', 'name']).doUpdateSet(values))
      .compile()
  }
}

/** A trigger's name as one text, by whose order rows of several triggers are written. */
export function triggerId({ project, domain, taskName, name }: TriggerKey): string {
  return JSON.stringify([project, domain, taskName, name])
}

export function compareKeys(a: TriggerKey, b: TriggerKey): number {
  const [left, right] = [triggerId(a), triggerId(b)]
  return left === right ? 0 : left < right ? -1 : 1
}

function versionId(...parts: ReadonlyArray<string>): string {
  return JSON.stringify(parts)
}
