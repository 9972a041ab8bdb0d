import { fromBinary } from '@bufbuild/protobuf'
import { isTerminalPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { TaskError_Kind, TaskErrorSchema } from '@tern/idl/worker'
import type { PhaseTotal, RecentRun, RunGroupsRepository, RunWindow } from '../store/run-groups-repository.ts'
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
const tasksAtOnce = 200
const failuresAtOnce = 500

/** The runs of a window by task, as they were when they were last read. */
export class RunGroups {
  readonly #repository: RunGroupsRepository
  readonly #window: RunWindow
  readonly #byTask = new Map<string, RunGroup>()
  readonly #failures = new Map<string, CountedFailures>()

  constructor(repository: RunGroupsRepository, window: RunWindow) {
    this.#repository = repository
    this.#window = window
  }

  get all(): Iterable<RunGroup> {
    return this.#byTask.values()
  }

  async readAll(): Promise<void> {
    await this.#read(undefined)
  }

  /** Reads those that these runs are of. */
  async readChanged(runIds: ReadonlyArray<number>): Promise<void> {
    const tasks = await this.#repository.tasksOf(this.#window, runIds)
    for (let from = 0; from < tasks.length; from += tasksAtOnce) await this.#read(tasks.slice(from, from + tasksAtOnce))
  }

  async #read(tasks: ReadonlyArray<string> | undefined): Promise<void> {
    const totals = Map.groupBy(await this.#repository.totals(this.#window, tasks), ({ task }) => task)
    const recent = Map.groupBy(await this.#repository.recent(this.#window, consideredRecent, tasks), ({ task }) => task)
    await this.#countFailures(totals)
    for (const task of tasks ?? [...this.#byTask.keys()]) {
      if (!totals.has(task)) this.#byTask.delete(task)
    }
    for (const [task, ofTask] of totals) {
      const errors = this.#failures.get(task)?.counts ?? { user: 0, system: 0, unspecified: 0 }
      this.#byTask.set(task, toGroup(task, ofTask, recent.get(task) ?? [], errors))
    }
  }

  /** A run that has failed stays failed, so that only those which are new have to be looked into. */
  async #countFailures(totals: ReadonlyMap<string, ReadonlyArray<PhaseTotal>>): Promise<void> {
    const missing = new Map<string, number>()
    for (const [task, ofTask] of totals) {
      const failed = failuresIn(ofTask)
      const counted = this.#failures.get(task)?.size ?? 0
      if (failed < counted) this.#failures.delete(task)
      const known = failed < counted ? 0 : counted
      if (failed > known) missing.set(task, failed - known)
    }
    const tasks = [...missing.keys()]
    for (let from = 0; from < tasks.length; from += tasksAtOnce) {
      await this.#findFailures(tasks.slice(from, from + tasksAtOnce), missing)
    }
  }

  async #findFailures(tasks: ReadonlyArray<string>, missing: Map<string, number>): Promise<void> {
    let after: { readonly id: number; readonly createdAt: number } | undefined
    while (tasks.some((task) => (missing.get(task) ?? 0) > 0)) {
      const page = await this.#repository.failures(this.#window, tasks, failuresAtOnce, after)
      after = page.at(-1)
      if (after === undefined) return
      for (const { id, task, error } of page) {
        if (this.#failuresOf(task).add(id, error)) missing.set(task, (missing.get(task) ?? 0) - 1)
      }
    }
  }

  #failuresOf(task: string): CountedFailures {
    const known = this.#failures.get(task) ?? new CountedFailures()
    this.#failures.set(task, known)
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
  const failed = totals.filter(({ phase }) => phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT)
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
    phaseCounts: totals.map((total) => ({ phase: total.phase, runs: total.runs })).sort((a, b) => a.phase - b.phase),
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
