import { isTerminalPhase } from '@tern/core'
import { ActionPhase, type ListRequest } from '@tern/idl/common'
import type { CatalogCacheStatus } from '@tern/idl/core'
import { TriggerAutomationSpecType } from '@tern/idl/task'
import { ActionType, RunSource } from '@tern/idl/workflow'
import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { ActionKey } from '../engine/model.ts'
import { ActionOrders, type SortedPlace } from './action-orders.ts'
import {
  enumField,
  enumOf,
  type ListFields,
  numberField,
  optionalNumberField,
  optionalTextField,
  optionalTimeField,
  textField,
  textOf,
  timeField,
} from './list-fields.ts'
import { inOrder, inPlan, type ListPlan, type Page, planList, sortColumns } from './list-query.ts'
import type { QueryDatabase } from './query-database.ts'
import type { ActionsTable } from './schema/run-tables.ts'
import type { Schema } from './schema.ts'
import { SpecSummaries } from './spec-summaries.ts'
import type { SpecSummary } from './spec-summary.ts'

/** An action as lists and trees show it. */
export interface ActionSummary {
  readonly runId: number
  readonly seq: number
  readonly name: string
  readonly parentSeq: number | null
  /** Null for the root action. */
  readonly parent: string | null
  readonly actionType: ActionType
  readonly phase: ActionPhase
  readonly group: string
  readonly spec: SpecSummary
  readonly cacheStatus: CatalogCacheStatus
  /** The attempt that a cached or recovered result was taken from: `project/domain/run/action/attempt`. */
  readonly cacheSource: string | null
  readonly attempt: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly endedAt: number | null
}

/** An action with everything that is stored of it but its spec. */
export interface ActionRow extends ActionSummary {
  readonly specDigest: string
  readonly inputs: Uint8Array | null
  readonly inputsUri: string | null
  readonly outputs: Uint8Array | null
  readonly outputsUri: string | null
  /** tern.worker.v1.TaskError */
  readonly error: Uint8Array | null
  readonly timeline: string
  readonly abortReason: string | null
  /** flyteidl2.common.EnrichedIdentity of who aborted the action, or gave the condition its value. */
  readonly endedBy: Uint8Array | null
}

/** An attempt that another one has replaced. */
export interface EndedAttemptRow {
  readonly attempt: number
  readonly phase: ActionPhase
  readonly timeline: string
  /** tern.worker.v1.TaskError */
  readonly error: Uint8Array | null
}

const summaryColumns = [
  'a.run_id',
  'a.seq',
  'a.name',
  'a.parent_seq',
  'p.name as parent_name',
  'a.action_type',
  'a.phase',
  'a.action_group',
  'a.cache_status',
  'a.cache_source',
  'a.attempt',
  'a.created_at',
  'a.updated_at',
  'a.ended_at',
  'a.spec_digest',
] as const

const rowColumns = [
  ...summaryColumns,
  'a.inputs',
  'a.inputs_uri',
  'a.outputs',
  'a.outputs_uri',
  'a.error',
  'a.timeline',
  'a.abort_reason',
  'a.ended_by',
] as const

// Runs with fewer actions are sorted for each page, in some milliseconds.
const minSorted = 10_000

/** Reads of actions. The engine writes them. */
export class ActionsRepository {
  readonly #database: QueryDatabase
  readonly #specs: SpecSummaries
  readonly #orders = new ActionOrders()

  constructor(database: QueryDatabase) {
    this.#database = database
    this.#specs = new SpecSummaries(database)
  }

  async find(key: ActionKey): Promise<ActionRow | undefined> {
    const row = await this.#actions()
      .innerJoin('runs as r', 'r.id', 'a.run_id')
      .select(rowColumns)
      .where('r.project', '=', key.project)
      .where('r.domain', '=', key.domain)
      .where('r.name', '=', key.run)
      .where('a.name', '=', key.action)
      .executeTakeFirst()
    return row && (await this.#withSpecs([row], toActionRow))[0]
  }

  async findBySeq(runId: number, seq: number): Promise<ActionRow | undefined> {
    const row = await this.#actions()
      .select(rowColumns)
      .where('a.run_id', '=', runId)
      .where('a.seq', '=', seq)
      .executeTakeFirst()
    return row && (await this.#withSpecs([row], toActionRow))[0]
  }

  /** The actions of a run with these places, in order of creation. At most a few hundred at a time. */
  async findSummaries(runId: number, seqs: ReadonlyArray<number>): Promise<ReadonlyArray<ActionSummary>> {
    if (seqs.length === 0) return []
    const rows = await this.#actions()
      .select(summaryColumns)
      .where('a.run_id', '=', runId)
      .where('a.seq', 'in', seqs)
      .orderBy('a.seq')
      .execute()
    return this.#withSpecs(rows, toActionSummary)
  }

  /** The next actions of a run, in order of creation: parents come before their children. */
  async summariesAfter(runId: number, seq: number, limit: number): Promise<ReadonlyArray<ActionSummary>> {
    const rows = await this.#actions()
      .select(summaryColumns)
      .where('a.run_id', '=', runId)
      .where('a.seq', '>', seq)
      .orderBy('a.seq')
      .limit(limit)
      .execute()
    return this.#withSpecs(rows, toActionSummary)
  }

  /** How many actions a run has so far. */
  async count(runId: number): Promise<number> {
    const row = await this.#database.db
      .selectFrom('actions')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('run_id', '=', runId)
      .executeTakeFirst()
    return Number(row?.count ?? 0)
  }

  /** The next children of an action, in order of creation. */
  async childrenAfter(runId: number, parentSeq: number, seq: number, limit: number): Promise<ReadonlyArray<ActionRow>> {
    const rows = await this.#actions()
      .select(rowColumns)
      .where('a.run_id', '=', runId)
      .where('a.parent_seq', '=', parentSeq)
      .where('a.seq', '>', seq)
      .orderBy('a.seq')
      .limit(limit)
      .execute()
    return this.#withSpecs(rows, toActionRow)
  }

  /** The actions with these places that are children of an action. */
  async findChildren(runId: number, parentSeq: number, seqs: ReadonlyArray<number>): Promise<ReadonlyArray<ActionRow>> {
    if (seqs.length === 0) return []
    const rows = await this.#actions()
      .select(rowColumns)
      .where('a.run_id', '=', runId)
      .where('a.seq', 'in', seqs)
      .where('a.parent_seq', '=', parentSeq)
      .orderBy('a.seq')
      .execute()
    return this.#withSpecs(rows, toActionRow)
  }

  /** Actions of a run. In order of creation unless the request says otherwise. */
  async list(runId: number, request: ListRequest | undefined): Promise<Page<ActionSummary>> {
    const plan = planList(this.#database, request, {
      name: `actions of ${runId}`,
      fields: actionFields,
      defaultOrder: [{ expression: sql.ref('a.seq'), descending: false, isIndexed: true }],
    })
    const actions = this.#database.db.selectFrom('actions').selectAll().where('run_id', '=', runId)
    const rows = (await this.#sortedRows(runId, plan)) ?? (await inPlan(this.#places(actions, plan), plan).execute())
    const page = plan.toPage(rows, ({ seq }) => seq)
    const summaries = await this.findSummaries(runId, page.items)
    return { ...page, items: inOrder(page.items, summaries, ({ seq }) => seq) }
  }

  /** The rows of a page of a large run that has ended, in an order that no index has. Undefined for any other page. */
  async #sortedRows(runId: number, plan: ListPlan): Promise<ReadonlyArray<SortedPlace> | undefined> {
    if (plan.order[0]?.isIndexed === true) return undefined
    const length = await this.#lengthOnceEnded(runId)
    if (length < minSorted) return undefined
    const actions = this.#database.db.selectFrom('actions').selectAll().where('run_id', '=', runId)
    const order = this.#orders.get(
      {
        name: `${length} ${plan.query}`,
        order: plan.order,
        length,
        isFinal: (phase) => isTerminalPhase(phase as ActionPhase),
        read: (from, to) => {
          const portion = actions.where('seq', '>=', from).where('seq', '<', to)
          return inPlan(this.#places(portion, plan), { ...plan, conditions: plan.filters, fetch: to - from }).execute()
        },
      },
      plan.after !== undefined,
    )
    if (order === undefined) return undefined
    const start = plan.after === undefined ? 0 : order.indexOf(Number(plan.after.at(-1))) + 1
    if (plan.after !== undefined && start === 0) return undefined
    const seqs = Array.from(order.subarray(start, start + plan.fetch))
    if (seqs.length === 0) return []
    // The limit says how few they are, which Postgres underestimates.
    const page = actions.where('seq', 'in', seqs).limit(seqs.length)
    return inOrder(seqs, await this.#places(page, plan).execute(), ({ seq }) => seq)
  }

  /** How many actions a run has that has ended; 0 for one that goes on. */
  async #lengthOnceEnded(runId: number): Promise<number> {
    const row = await this.#database.db
      .selectFrom('runs')
      .select([
        'phase',
        this.#database.db
          .selectFrom('actions')
          .select(({ fn }) => fn.max('seq').as('last'))
          .where('run_id', '=', runId)
          .as('last'),
      ])
      .where('id', '=', runId)
      .executeTakeFirst()
    return row === undefined || !isTerminalPhase(row.phase as ActionPhase) ? 0 : Number(row.last ?? -1) + 1
  }

  /**
   * What actions are sorted by, and no more, as there may be a great many. What is joined and not asked for, the databases
   * leave out.
   */
  #places(actions: SelectQueryBuilder<Schema, 'actions', Selectable<ActionsTable>>, { order }: ListPlan) {
    return this.#database.db
      .selectFrom(actions.as('a'))
      .leftJoin('task_specs as s', 's.digest', 'a.spec_digest')
      .leftJoin('actions as p', (join) => join.onRef('p.run_id', '=', 'a.run_id').onRef('p.seq', '=', 'a.parent_seq'))
      .select(['a.seq', 'a.phase', ...sortColumns(order)])
  }

  /** Attempts of an action that others have replaced, oldest first. */
  async endedAttempts(runId: number, seq: number): Promise<ReadonlyArray<EndedAttemptRow>> {
    const rows = await this.#database.db
      .selectFrom('attempts')
      .select(['attempt', 'phase', 'timeline', 'error'])
      .where('run_id', '=', runId)
      .where('seq', '=', seq)
      .orderBy('attempt')
      .execute()
    return rows.map((row) => ({ ...row, phase: row.phase as ActionPhase }))
  }

  /** The serialized spec with that digest. */
  async findSpec(digest: string): Promise<Uint8Array | undefined> {
    const row = await this.#database.db
      .selectFrom('task_specs')
      .select('spec')
      .where('digest', '=', digest)
      .executeTakeFirst()
    return row?.spec
  }

  async #withSpecs<Row extends SummaryRow, Action>(
    rows: ReadonlyArray<Row>,
    toAction: (row: Row, spec: SpecSummary) => Action,
  ): Promise<ReadonlyArray<Action>> {
    const specs = await this.#specs.of(rows)
    return rows.flatMap((row) => {
      const spec = specs.get(row.spec_digest)
      return spec === undefined ? [] : [toAction(row, spec)]
    })
  }

  #actions() {
    return this.#database.db
      .selectFrom('actions as a')
      .leftJoin('actions as p', (join) => join.onRef('p.run_id', '=', 'a.run_id').onRef('p.seq', '=', 'a.parent_seq'))
  }
}

/** What belongs to the run of an action. */
const ofRun = (column: string) => sql`(select ${sql.ref(`runs.${column}`)} from runs where runs.id = a.run_id)`

/** What belongs to the run of an action, and is shown with its root alone. */
const ofRoot = (column: string) =>
  sql`(select ${sql.ref(`runs.${column}`)} from runs where runs.id = a.run_id and a.parent_seq is null)`

const triggerType = sql`(
  select triggers.automation_type from runs join triggers
    on triggers.project = runs.project and triggers.domain = runs.domain
    and triggers.task_name = runs.trigger_task_name and triggers.name = runs.trigger_name
  where runs.id = a.run_id and a.parent_seq is null
)`
// What all have in common, or the root alone has, puts them in the order of creation: the root is first, ties follow it.
const asCreated = { order: sql.ref('a.seq'), isIndexed: true }

// A run's actions are ordered by creation through `seq`, which the primary key is searched with.
const actionFields: ListFields = {
  byName: {
    project: { ...textOf(ofRun('project')), ...asCreated },
    domain: { ...textOf(ofRun('domain')), ...asCreated },
    run_name: { ...textOf(ofRun('name')), ...asCreated },
    run_source: { ...enumOf(ofRoot('source'), 'RUN_SOURCE_', RunSource), ...asCreated },
    created_by_subject: { ...textOf(ofRoot('created_by_subject')), ...asCreated },
    trigger_task_name: { ...textOf(ofRoot('trigger_task_name')), ...asCreated },
    trigger_name: { ...textOf(ofRoot('trigger_name')), ...asCreated },
    trigger_revision: { ...optionalNumberField(ofRoot('trigger_revision')), ...asCreated },
    trigger_type: { ...enumOf(triggerType, '', TriggerAutomationSpecType), ...asCreated },
    name: { ...textField('a.name'), isIndexed: true },
    phase: enumField('a.phase', 'ACTION_PHASE_', ActionPhase),
    action_type: enumField('a.action_type', 'ACTION_TYPE_', ActionType),
    parent_name: optionalTextField('p.name'),
    parent_action_name: optionalTextField('p.name'),
    group: optionalTextField('a.action_group'),
    action_group: optionalTextField('a.action_group'),
    task_project: textField('s.task_project'),
    task_domain: textField('s.task_domain'),
    task_name: textField('s.task_name'),
    task_version: textField('s.task_version'),
    task_type: textField('s.task_type'),
    function_name: textField('s.task_name'),
    environment_name: textField('s.environment_name'),
    attempts: numberField('a.attempt'),
    created_at: { ...timeField('a.created_at'), ...asCreated },
    updated_at: timeField('a.updated_at'),
    ended_at: optionalTimeField('a.ended_at'),
    duration_ms: optionalNumberField(sql`a.ended_at - a.created_at`),
  },
}

type SummaryRow = {
  readonly run_id: number
  readonly seq: number
  readonly name: string
  readonly parent_seq: number | null
  readonly parent_name: string | null
  readonly action_type: number
  readonly phase: number
  readonly action_group: string | null
  readonly cache_status: number
  readonly cache_source: string | null
  readonly attempt: number
  readonly created_at: number
  readonly updated_at: number
  readonly ended_at: number | null
  readonly spec_digest: string
}

type FullRow = SummaryRow & {
  readonly inputs: Uint8Array | null
  readonly inputs_uri: string | null
  readonly outputs: Uint8Array | null
  readonly outputs_uri: string | null
  readonly error: Uint8Array | null
  readonly timeline: string
  readonly abort_reason: string | null
  readonly ended_by: Uint8Array | null
}

function toActionSummary(row: SummaryRow, spec: SpecSummary): ActionSummary {
  return {
    runId: row.run_id,
    seq: row.seq,
    name: row.name,
    parentSeq: row.parent_seq,
    parent: row.parent_name,
    actionType: row.action_type as ActionType,
    phase: row.phase as ActionPhase,
    group: row.action_group ?? '',
    spec,
    cacheStatus: row.cache_status as CatalogCacheStatus,
    cacheSource: row.cache_source,
    attempt: row.attempt,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  }
}

function toActionRow(row: FullRow, spec: SpecSummary): ActionRow {
  return {
    ...toActionSummary(row, spec),
    specDigest: row.spec_digest,
    inputs: row.inputs,
    inputsUri: row.inputs_uri,
    outputs: row.outputs,
    outputsUri: row.outputs_uri,
    error: row.error,
    timeline: row.timeline,
    abortReason: row.abort_reason,
    endedBy: row.ended_by,
  }
}
