import { setImmediate as nextTurn } from 'node:timers/promises'
import { fromBinary } from '@bufbuild/protobuf'
import { isTerminalPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { TaskError_Kind, TaskErrorSchema } from '@tern/idl/worker'
import type {
  FailedRun,
  PhaseTotal,
  RecentRun,
  RunGroupsRepository,
  RunWindow,
  TaskOfRun,
} from '../store/run-groups-repository.ts'
import { parseTimeline } from './timeline.ts'

/** The runs of one task, in numbers. */
export interface RunGroup {
  readonly task: string
  readonly environmentName: string
  readonly shortName: string
  readonly runs: number
  readonly phaseCounts: ReadonlyArray<{ readonly phase: ActionPhase; readonly runs: number }>
  /** The latest runs, newest first. */
  readonly recent: ReadonlyArray<{ readonly run: string; readonly phase: ActionPhase }>
  /** Share of the runs that failed or timed out, 0 to 1. */
  readonly failureRate: number
  /** Of the runs that have ended, in milliseconds. Null when none has. */
  readonly averageDurationMs: number | null
  /** From creation to running, over the latest runs, in milliseconds. Null when none of them ran. */
  readonly averageTimeToRunningMs: number | null
  readonly latestRunAt: number
  readonly latestEndAt: number | null
  /** flyteidl2.common.EnrichedIdentity of everybody who started one of the latest runs. */
  readonly createdBy: ReadonlyArray<Uint8Array>
  readonly errors: ErrorCounts
}

export interface ErrorCounts {
  readonly user: number
  readonly system: number
  readonly unspecified: number
}

const shownRecent = 10
/** Runs that averages and names are taken from which only the latest tell. */
const consideredRecent = 50
const failuresAtOnce = 500
const failedPhases: ReadonlyArray<ActionPhase> = [ActionPhase.FAILED, ActionPhase.TIMED_OUT]

/**
 * The runs of a window by the name of their task, as they were when they were last read. Reads are small, and others get
 * their turn between them.
 */
export class RunGroups {
  readonly #repository: RunGroupsRepository
  readonly #window: RunWindow
  readonly #byTask = new Map<string, RunGroup>()
  readonly #failures = new Map<string, CountedFailures>()
  /** Tasks by name: those of several projects may have the same. */
  readonly #tasks = new Map<string, TaskOfRun[]>()

  constructor(repository: RunGroupsRepository, window: RunWindow) {
    this.#repository = repository
    this.#window = window
  }

  get all(): Iterable<RunGroup> {
    return this.#byTask.values()
  }

  async readAll(): Promise<void> {
    const totals = Map.groupBy(await this.#repository.totals(this.#window), ({ task }) => task.name)
    const missing = new Map<string, number>()
    for (const [name, ofTask] of totals) {
      for (const { task } of ofTask) this.#know(task)
      missing.set(name, this.#uncounted(name, ofTask))
    }
    await this.#findFailures(missing)
    for (const name of this.#byTask.keys()) if (!totals.has(name)) this.#byTask.delete(name)
    for (const [name, ofTask] of totals) await this.#put(name, ofTask)
  }

  /** Reads those that these runs are of. */
  async readChanged(runIds: ReadonlyArray<number>): Promise<void> {
    const changed = await this.#repository.tasksOf(this.#window, runIds)
    for (const task of changed) this.#know(task)
    for (const name of new Set(changed.map((task) => task.name))) await this.#readOne(name)
  }

  async #readOne(name: string): Promise<void> {
    const tasks = this.#tasks.get(name) ?? []
    const totals = (await Promise.all(tasks.map((task) => this.#repository.totals(this.#window, task)))).flat()
    if (totals.length === 0) return void this.#byTask.delete(name)
    const missing = new Map([[name, this.#uncounted(name, totals)]])
    for (const task of tasks) await this.#findFailures(missing, task)
    await this.#put(name, totals)
  }

  async #put(name: string, totals: ReadonlyArray<PhaseTotal>): Promise<void> {
    const tasks = this.#tasks.get(name) ?? []
    const read = tasks.map((task) => this.#repository.recent(this.#window, task, consideredRecent))
    const recent = (await Promise.all(read)).flat().sort((a, b) => b.createdAt - a.createdAt || b.id - a.id)
    const errors = this.#failuresOf(name).counts
    this.#byTask.set(name, toGroup(name, totals, recent.slice(0, consideredRecent), errors))
    await nextTurn()
  }

  #know(task: TaskOfRun): void {
    const known = this.#tasks.get(task.name) ?? []
    const isKnown = known.some(({ project, domain }) => project === task.project && domain === task.domain)
    if (!isKnown) this.#tasks.set(task.name, [...known, task])
  }

  /** A run that has failed stays failed, so that only those which are new have to be looked into. */
  #uncounted(name: string, totals: ReadonlyArray<PhaseTotal>): number {
    const failed = failuresIn(totals)
    if (failed < this.#failuresOf(name).size) this.#failures.delete(name)
    return failed - this.#failuresOf(name).size
  }

  async #findFailures(missing: Map<string, number>, task?: TaskOfRun): Promise<void> {
    let left = [...missing.values()].reduce((sum, count) => sum + count, 0)
    for (const phase of failedPhases) {
      let after: FailedRun | undefined
      while (left > 0) {
        const page = await this.#repository.failures(this.#window, phase, failuresAtOnce, after, task)
        after = page.at(-1)
        if (after === undefined) break
        for (const failed of page) if (this.#failuresOf(failed.task).add(failed.id, failed.error)) left -= 1
        await nextTurn()
      }
    }
  }

  #failuresOf(name: string): CountedFailures {
    const known = this.#failures.get(name) ?? new CountedFailures()
    this.#failures.set(name, known)
    return known
  }
}

/** Failed runs of one task, each counted once. */
class CountedFailures {
  readonly #ids = new Set<number>()
  readonly #counts = { user: 0, system: 0, unspecified: 0 }

  get size(): number {
    return this.#ids.size
  }

  get counts(): ErrorCounts {
    return { ...this.#counts }
  }

  /** False for one that has been counted. */
  add(id: number, error: Uint8Array | null): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    this.#counts[kindOf(error)] += 1
    return true
  }
}

function kindOf(error: Uint8Array | null): keyof ErrorCounts {
  switch (error === null ? TaskError_Kind.UNSPECIFIED : fromBinary(TaskErrorSchema, error).kind) {
    case TaskError_Kind.USER:
      return 'user'
    case TaskError_Kind.SYSTEM:
      return 'system'
    default:
      return 'unspecified'
  }
}

function failuresIn(totals: ReadonlyArray<PhaseTotal>): number {
  const failed = totals.filter(({ phase }) => failedPhases.includes(phase))
  return failed.reduce((sum, { runs }) => sum + runs, 0)
}

function toGroup(
  task: string,
  totals: ReadonlyArray<PhaseTotal>,
  recent: ReadonlyArray<RecentRun>,
  errors: ErrorCounts,
): RunGroup {
  const sum = (of: (total: PhaseTotal) => number) => totals.reduce((all, total) => all + of(total), 0)
  const [runs, ended] = [sum((total) => total.runs), sum((total) => total.ended)]
  const ends = totals.flatMap(({ latestEndAt }) => latestEndAt ?? [])
  return {
    task,
    environmentName: recent[0]?.environmentName ?? '',
    shortName: recent[0]?.shortName ?? '',
    runs,
    phaseCounts: countPhases(totals),
    recent: recent.slice(0, shownRecent).map(({ run, phase }) => ({ run, phase })),
    failureRate: failuresIn(totals) / runs,
    averageDurationMs: ended === 0 ? null : sum(({ durationMs }) => durationMs) / ended,
    averageTimeToRunningMs: average(recent.flatMap((run) => timeToRunning(run) ?? [])),
    latestRunAt: Math.max(...totals.map(({ latestRunAt }) => latestRunAt)),
    latestEndAt: ends.length === 0 ? null : Math.max(...ends),
    createdBy: creatorsOf(recent),
    errors,
  }
}

function countPhases(totals: ReadonlyArray<PhaseTotal>): RunGroup['phaseCounts'] {
  const counts = new Map<ActionPhase, number>()
  for (const { phase, runs } of totals) counts.set(phase, (counts.get(phase) ?? 0) + runs)
  return [...counts].map(([phase, runs]) => ({ phase, runs })).sort((a, b) => a.phase - b.phase)
}

function timeToRunning({ timeline, createdAt }: RecentRun): number | undefined {
  const running = parseTimeline(timeline, isTerminalPhase).find(({ phase }) => phase === ActionPhase.RUNNING)
  return running && Math.max(0, running.from - createdAt)
}

function average(values: ReadonlyArray<number>): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function creatorsOf(recent: ReadonlyArray<RecentRun>): Uint8Array[] {
  const bySubject = new Map<string, Uint8Array>()
  for (const { createdBy, createdBySubject } of recent) {
    const subject = createdBySubject ?? ''
    if (createdBy !== null && !bySubject.has(subject)) bySubject.set(subject, createdBy)
  }
  return [...bySubject.values()]
}
