import type { ActionPhase, Filter } from '@tern/idl/common'
import { type SqlBool, sql } from 'kysely'
import { filterConditions } from './list-filter.ts'
import type { QueryDatabase } from './query-database.ts'
import { runFields } from './runs-repository.ts'

/** Which runs to count. */
export interface RunWindow {
  readonly project: string
  readonly domain: string
  /** First and last time of creation, UTC epoch milliseconds. */
  readonly from: number
  readonly to: number
  /** As in lists of runs. */
  readonly filters: ReadonlyArray<Filter>
}

/** Names a task, whatever its version. */
export interface TaskOfRun {
  readonly project: string
  readonly domain: string
  readonly name: string
}

/** The runs of one task that are in one phase. */
export interface PhaseTotal {
  readonly task: TaskOfRun
  readonly phase: ActionPhase
  readonly runs: number
  /** Of those that have ended, in milliseconds, together. */
  readonly ended: number
  readonly durationMs: number
  readonly latestRunAt: number
  readonly latestEndAt: number | null
}

/** One of the latest runs of a task. */
export interface RecentRun {
  readonly id: number
  readonly run: string
  readonly phase: ActionPhase
  /** flyteidl2.common.EnrichedIdentity */
  readonly createdBy: Uint8Array | null
  readonly createdBySubject: string | null
  readonly shortName: string
  readonly environmentName: string
  readonly createdAt: number
  /** Phase transitions of the latest attempt; see `ActionRow`. */
  readonly timeline: string
}

export interface FailedRun {
  readonly id: number
  readonly task: string
  readonly createdAt: number
  /** tern.worker.v1.TaskError */
  readonly error: Uint8Array | null
}

/** Reads of runs in numbers, by task. Without `task` they are of every task. */
export class RunGroupsRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  /** Throws InvalidArgumentError for filters that are not allowed, as the other reads do. */
  async totals(window: RunWindow, task?: TaskOfRun): Promise<ReadonlyArray<PhaseTotal>> {
    const rows = await this.#runs(window, task)
      .select(({ fn }) => [
        'r.task_project',
        'r.task_domain',
        'r.task_name',
        'r.phase',
        fn.countAll<number>().as('runs'),
        fn.count<number>('r.ended_at').as('ended'),
        sql<number | null>`sum(r.ended_at - r.created_at)`.as('duration'),
        fn.max<number>('r.created_at').as('latest_run'),
        fn.max<number | null>('r.ended_at').as('latest_end'),
      ])
      .groupBy(['r.task_project', 'r.task_domain', 'r.task_name', 'r.phase'])
      .execute()
    return rows.map((row) => ({
      task: { project: row.task_project, domain: row.task_domain, name: row.task_name },
      phase: row.phase as ActionPhase,
      runs: Number(row.runs),
      ended: Number(row.ended),
      durationMs: Number(row.duration ?? 0),
      latestRunAt: Number(row.latest_run),
      latestEndAt: row.latest_end === null ? null : Number(row.latest_end),
    }))
  }

  /** The latest runs of a task, newest first. */
  async recent(window: RunWindow, task: TaskOfRun, count: number): Promise<ReadonlyArray<RecentRun>> {
    const rows = await this.#runs(window, task)
      .innerJoin('actions as a', (join) => join.onRef('a.run_id', '=', 'r.id').on('a.seq', '=', 0))
      .select(['r.id', 'r.name', 'r.phase', 'r.created_by', 'r.created_by_subject', 'r.created_at'])
      .select(['s.short_name', 's.environment_name', 'a.timeline'])
      .orderBy('r.created_at', 'desc')
      .orderBy('r.id', 'desc')
      .limit(count)
      .execute()
    return rows.map((row) => ({
      id: row.id,
      run: row.name,
      phase: row.phase as ActionPhase,
      createdBy: row.created_by,
      createdBySubject: row.created_by_subject,
      shortName: row.short_name,
      environmentName: row.environment_name,
      createdAt: row.created_at,
      timeline: row.timeline,
    }))
  }

  /** Runs that ended in a phase, newest first: those after the one given. */
  async failures(
    window: RunWindow,
    phase: ActionPhase,
    limit: number,
    after?: Pick<FailedRun, 'id' | 'createdAt'>,
    task?: TaskOfRun,
  ): Promise<ReadonlyArray<FailedRun>> {
    let runs = this.#runs(window, task)
      .innerJoin('actions as a', (join) => join.onRef('a.run_id', '=', 'r.id').on('a.seq', '=', 0))
      .select(['r.id', 'r.task_name', 'r.created_at', 'a.error'])
      .where('r.phase', '=', phase)
    if (after !== undefined) {
      runs = runs.where(sql<SqlBool>`(r.created_at, r.id) < (${after.createdAt}, ${after.id})`)
    }
    const rows = await runs.orderBy('r.created_at', 'desc').orderBy('r.id', 'desc').limit(limit).execute()
    return rows.map((row) => ({ id: row.id, task: row.task_name, createdAt: row.created_at, error: row.error }))
  }

  /** The tasks that these runs of the project and domain are of, whether or not the window has the runs. */
  async tasksOf(window: RunWindow, runIds: ReadonlyArray<number>): Promise<ReadonlyArray<TaskOfRun>> {
    if (runIds.length === 0) return []
    return this.#database.db
      .selectFrom('runs')
      .select(['task_project as project', 'task_domain as domain', 'task_name as name'])
      .distinct()
      .where('id', 'in', runIds)
      .where('project', '=', window.project)
      .where('domain', '=', window.domain)
      .execute()
  }

  #runs(window: RunWindow, task: TaskOfRun | undefined) {
    const conditions = filterConditions(this.#database, window.filters, runFields)
    let runs = this.#database.db
      .selectFrom('runs as r')
      .innerJoin('task_specs as s', 's.digest', 'r.spec_digest')
      .where('r.project', '=', window.project)
      .where('r.domain', '=', window.domain)
      .where('r.created_at', '>=', window.from)
      .where('r.created_at', '<=', window.to)
    for (const condition of conditions) runs = runs.where(condition)
    if (task === undefined) return runs
    return runs
      .where('r.task_project', '=', task.project)
      .where('r.task_domain', '=', task.domain)
      .where('r.task_name', '=', task.name)
  }
}
