import { ActionPhase, type ListRequest } from '@tern/idl/common'
import type { CatalogCacheStatus } from '@tern/idl/core'
import { TriggerAutomationSpecType } from '@tern/idl/task'
import { ActionType, RunSource } from '@tern/idl/workflow'
import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { RunKey } from '../engine/model.ts'
import {
  enumField,
  enumOf,
  type ListField,
  type ListFields,
  numberField,
  optionalNumberField,
  optionalTextField,
  optionalTimeField,
  textField,
  textOf,
  timeField,
} from './list-fields.ts'
import { inOrder, inPlan, type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import { type SpecSummary, specColumns, toSpecSummary } from './spec-summary.ts'

/** A run as lists show it: its root action. */
export interface RunSummary {
  readonly id: number
  readonly key: RunKey
  readonly source: RunSource
  readonly spec: SpecSummary
  readonly triggerName: string | null
  readonly triggerTaskName: string | null
  readonly triggerRevision: number | null
  /** flyteidl2.task.TriggerAutomationSpec of that revision. */
  readonly triggerAutomation: Uint8Array | null
  /** flyteidl2.common.EnrichedIdentity */
  readonly createdBy: Uint8Array | null
  readonly phase: ActionPhase
  readonly attempts: number
  readonly cacheStatus: CatalogCacheStatus
  readonly createdAt: number
  readonly updatedAt: number
  readonly endedAt: number | null
  /** flyteidl2.task.RunSpec */
  readonly runSpec: Uint8Array
  /** Where the run's inputs and outputs are written, without a trailing slash. */
  readonly runBase: string
}

/** Which runs to list. What is left out does not matter. */
export interface RunScope {
  readonly project?: string
  readonly domain?: string
  readonly taskProject?: string
  readonly taskDomain?: string
  readonly taskName?: string
  readonly taskVersion?: string
  readonly triggerName?: string
  readonly triggerTaskName?: string
  readonly pausedActionsOnly?: boolean
}

/** Reads of runs. The engine writes them. */
export class RunsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async find(key: RunKey): Promise<RunSummary | undefined> {
    const row = await this.#runs()
      .where('r.project', '=', key.project)
      .where('r.domain', '=', key.domain)
      .where('r.name', '=', key.run)
      .executeTakeFirst()
    return row && toRunSummary(row)
  }

  async findById(id: number): Promise<RunSummary | undefined> {
    const row = await this.#runs().where('r.id', '=', id).executeTakeFirst()
    return row && toRunSummary(row)
  }

  /** The run of that name, and the digest of the request that created it. */
  async findRequest(key: RunKey): Promise<{ readonly id: number; readonly requestDigest: string } | undefined> {
    const row = await this.#database.db
      .selectFrom('runs')
      .select(['id', 'request_digest'])
      .where('project', '=', key.project)
      .where('domain', '=', key.domain)
      .where('name', '=', key.run)
      .executeTakeFirst()
    return row && { id: row.id, requestDigest: row.request_digest }
  }

  /** Runs, those that have not ended first and new ones before old ones unless the request says otherwise. */
  async list(scope: RunScope, request: ListRequest | undefined): Promise<Page<RunSummary>> {
    const plan = planList(this.#database, request, {
      name: `runs ${JSON.stringify(scope)}`,
      fields: runFields,
      defaultOrder: [
        { expression: sql.ref('r.phase'), descending: false },
        { expression: sql.ref('r.created_at'), descending: true },
        { expression: sql.ref('r.id'), descending: true },
      ],
    })
    // What is sorted are keys alone: rows with all that they show would cost many times as much. Whatever is joined and
    // not asked for is left out by the database.
    const keys = this.#database.db
      .selectFrom('runs as r')
      .leftJoin('task_specs as s', 's.digest', 'r.spec_digest')
      .select(['r.id', ...sortColumns(plan.order)])
    const page = plan.toPage(await inPlan(inScope(keys, scope), plan).execute(), ({ id }) => id)
    return { ...page, items: await this.#findByIds(page.items) }
  }

  async #findByIds(ids: ReadonlyArray<number>): Promise<ReadonlyArray<RunSummary>> {
    if (ids.length === 0) return []
    const rows = await this.#runs().where('r.id', 'in', ids).execute()
    return inOrder(ids, rows.map(toRunSummary), ({ id }) => id)
  }

  /** The runs that changed next after one that did at that time. */
  async updatedAfter(
    scope: RunScope,
    after: { readonly updatedAt: number; readonly id: number },
    limit: number,
  ): Promise<ReadonlyArray<RunSummary>> {
    const rows = await inScope(this.#runs(), scope)
      .where(sql<SqlBool>`(r.updated_at, r.id) > (${after.updatedAt}, ${after.id})`)
      .orderBy('r.updated_at')
      .orderBy('r.id')
      .limit(limit)
      .execute()
    return rows.map(toRunSummary)
  }

  /** The newest runs, newest first. */
  async newest(scope: RunScope, limit: number): Promise<ReadonlyArray<RunSummary>> {
    const runs = inScope(this.#runs(), scope)
    // Ids are given in order of creation: over all projects they are the index that the time is within one.
    const ordered = scope.project === undefined ? runs : runs.orderBy('r.created_at', 'desc')
    const rows = await ordered.orderBy('r.id', 'desc').limit(limit).execute()
    return rows.map(toRunSummary)
  }

  /** Those of the runs that are in the scope. At most a few hundred at a time. */
  async findInScope(scope: RunScope, ids: ReadonlyArray<number>): Promise<ReadonlyArray<RunSummary>> {
    if (ids.length === 0) return []
    const rows = await inScope(this.#runs(), scope).where('r.id', 'in', ids).orderBy('r.id').execute()
    return rows.map(toRunSummary)
  }

  #runs() {
    return this.#database.db
      .selectFrom('runs as r')
      .innerJoin('task_specs as s', 's.digest', 'r.spec_digest')
      .leftJoin('trigger_revisions as t', (join) =>
        join
          .onRef('t.project', '=', 'r.project')
          .onRef('t.domain', '=', 'r.domain')
          .onRef('t.task_name', '=', 'r.trigger_task_name')
          .onRef('t.name', '=', 'r.trigger_name')
          .onRef('t.revision', '=', 'r.trigger_revision'),
      )
      .select([
        'r.id',
        'r.project',
        'r.domain',
        'r.name',
        'r.source',
        'r.trigger_name',
        'r.trigger_task_name',
        'r.trigger_revision',
        't.automation_spec as trigger_automation',
        'r.created_by',
        'r.phase',
        'r.attempts',
        'r.cache_status',
        'r.created_at',
        'r.updated_at',
        'r.ended_at',
        'r.run_spec',
        'r.run_base',
        ...specColumns,
      ])
  }
}

function inScope<DB extends { r: object }, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  scope: RunScope,
): SelectQueryBuilder<DB, TB, O> {
  const columns: ReadonlyArray<readonly [string, string | undefined]> = [
    ['r.project', scope.project],
    ['r.domain', scope.domain],
    ['r.task_project', scope.taskProject],
    ['r.task_domain', scope.taskDomain],
    ['r.task_name', scope.taskName],
    ['r.task_version', scope.taskVersion],
    ['r.trigger_name', scope.triggerName],
    ['r.trigger_task_name', scope.triggerTaskName],
  ]
  let scoped = query
  for (const [column, value] of columns) {
    if (value !== undefined) scoped = scoped.where(sql<boolean>`${sql.ref(column)} = ${value}`)
  }
  if (scope.pausedActionsOnly === true) scoped = scoped.where(hasPausedAction)
  return scoped
}

// What has ended has no actions that wait, so that few runs are looked into.
const hasPausedAction = sql<boolean>`(r.phase < 5 or r.phase = 9) and exists (
  select 1 from actions where actions.run_id = r.id and actions.phase = ${sql.lit(ActionPhase.PAUSED)}
)`

const labelPrefix = 'labels.'

/** `labels.<key>` */
function labelField(name: string): ListField | undefined {
  if (!name.startsWith(labelPrefix)) return undefined
  const key = name.slice(labelPrefix.length)
  const label = sql`run_labels where run_labels.run_id = r.id and run_labels.key = ${key}`
  return {
    ...textOf(sql`(select run_labels.value from ${label})`),
    missing: '\u{10ffff}',
    exists: sql<SqlBool>`exists (select 1 from ${label})`,
  }
}

// Deleted triggers stay in the table, so that their runs keep their type.
const triggerType = sql`(
  select triggers.automation_type from triggers
  where triggers.project = r.project and triggers.domain = r.domain
    and triggers.task_name = r.trigger_task_name and triggers.name = r.trigger_name
)`
const afterAllTypes = 1000

/** What runs, as `runs as r` joined with `task_specs as s`, are filtered and ordered by. */
export const runFields: ListFields = {
  find: labelField,
  byName: {
    project: textField('r.project'),
    domain: textField('r.domain'),
    run_name: textField('r.name'),
    name: textField('r.name'),
    phase: enumField('r.phase', 'ACTION_PHASE_', ActionPhase),
    action_type: enumField('s.action_type', 'ACTION_TYPE_', ActionType),
    run_source: enumField('r.source', 'RUN_SOURCE_', RunSource),
    created_by: optionalTextField('r.created_by_subject'),
    created_by_subject: optionalTextField('r.created_by_subject'),
    trigger_task_name: optionalTextField('r.trigger_task_name'),
    trigger_name: optionalTextField('r.trigger_name'),
    trigger_revision: optionalNumberField(sql.ref('r.trigger_revision')),
    launch_plan_name: optionalTextField('r.launch_plan_name'),
    launch_plan_version: optionalTextField('r.launch_plan_version'),
    trigger_type: { ...enumOf(triggerType, '', TriggerAutomationSpecType), missing: afterAllTypes },
    task_project: textField('r.task_project'),
    task_domain: textField('r.task_domain'),
    task_name: textField('r.task_name'),
    task_version: textField('r.task_version'),
    task_type: textField('r.task_type'),
    function_name: textField('r.task_name'),
    environment_name: textField('s.environment_name'),
    attempts: numberField('r.attempts'),
    created_at: timeField('r.created_at'),
    updated_at: timeField('r.updated_at'),
    ended_at: optionalTimeField('r.ended_at'),
    duration_ms: optionalNumberField(sql`r.ended_at - r.created_at`),
  },
}

type RunColumns = Parameters<typeof toSpecSummary>[0] & {
  readonly id: number
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly source: number
  readonly trigger_name: string | null
  readonly trigger_task_name: string | null
  readonly trigger_revision: number | null
  readonly trigger_automation: Uint8Array | null
  readonly created_by: Uint8Array | null
  readonly phase: number
  readonly attempts: number
  readonly cache_status: number
  readonly created_at: number
  readonly updated_at: number
  readonly ended_at: number | null
  readonly run_spec: Uint8Array
  readonly run_base: string
}

function toRunSummary(row: RunColumns): RunSummary {
  return {
    id: row.id,
    key: { project: row.project, domain: row.domain, run: row.name },
    source: row.source as RunSource,
    spec: toSpecSummary(row),
    triggerName: row.trigger_name,
    triggerTaskName: row.trigger_task_name,
    triggerRevision: row.trigger_revision,
    triggerAutomation: row.trigger_automation,
    createdBy: row.created_by,
    phase: row.phase as ActionPhase,
    attempts: row.attempts,
    cacheStatus: row.cache_status as CatalogCacheStatus,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
    runSpec: row.run_spec,
    runBase: row.run_base,
  }
}
