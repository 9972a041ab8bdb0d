import { fromBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { RunSpecSchema } from '@tern/idl/task'
import type { Logger } from 'pino'
import type { RunKey } from '../engine/model.ts'
import { isWithin } from '../data/offloaded-inputs.ts'
import { defaultRawData, rawDataFolder } from '../data/run-files.ts'
import { RecoveredRuns } from './recovered-runs.ts'
import type {
  CachedResultPosition,
  EndedRun,
  EndedRunPosition,
  RetentionRepository,
} from '../store/retention-repository.ts'

/** How long things are kept that are over, in milliseconds. */
export interface RetentionOptions {
  /** Runs, from their end. Defaults to for ever. */
  readonly runsMs?: number | undefined
  /** Results that are reused, from when they were computed. Defaults to for ever. */
  readonly cacheMs?: number | undefined
}

/** Finds and deletes things that nobody uses any more. */
export interface Sweep {
  /** Does one portion of work on things from before a time. False when there is none for now. */
  step(before: number): Promise<boolean>
}

export interface RetentionParts extends RetentionOptions {
  readonly repository: RetentionRepository
  readonly storage: Storage
  /** Deletes what a run has left on this machine outside of the storage. */
  readonly deleteWork: (run: RunKey) => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  /** Tells this server from others on the same database. */
  readonly holder: string
  /** Number of actions that are live: while there is much to do, others have the database to themselves. */
  readonly liveActions: () => number
  /** Find what nobody uses any more that is not of one run alone. */
  readonly sweeps: ReadonlyArray<Sweep>
  /** Least time between two portions of work, in milliseconds. Defaults to 100. */
  readonly pauseMs?: number | undefined
  /** Between two walks through everything, in milliseconds. Defaults to a minute. */
  readonly restMs?: number | undefined
}

const turn = 'retention'
const turnMs = 60_000
// Work goes on for about this long before there is a pause, which is longer by as much as the work was.
const portionMs = 15
const pausesPerWork = 9
const runsAtOnce = 20
const actionsAtOnce = 200
const cachedAtOnce = 500
// Above, the server is busy; it is looked at again after a while.
const busyActions = 1000
// Even a server that is always busy must not fill up.
const longestBusyMs = 15 * 60_000
const firstRun: EndedRunPosition = { endedAt: 0, id: 0 }
const firstResult: CachedResultPosition = { key: '', project: '', domain: '' }

/**
 * Deletes what is over and has been kept for long enough, in small portions with pauses between them, so that it takes a
 * tenth of the time. What it deletes of a run goes in an order that can be broken off anywhere: its files, then the run
 * itself, then its actions.
 */
export class Retention {
  readonly #parts: RetentionParts
  readonly #recovered: RecoveredRuns
  #timer: NodeJS.Timeout | undefined
  #work: Promise<void> = Promise.resolve()
  #isStopped = false
  /** When others may take the turn; 0 without it. */
  #turnUntil = 0
  #run = firstRun
  #result: CachedResultPosition | undefined = firstResult
  #waitsSince: number | null = null

  constructor(parts: RetentionParts) {
    this.#parts = parts
    this.#recovered = new RecoveredRuns(parts.repository, parts.clock)
  }

  start(): void {
    const { runsMs, cacheMs } = this.#parts
    if (runsMs === undefined && cacheMs === undefined) return
    this.#later(this.#pauseMs)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#work
    if (this.#turnUntil === 0) return
    const { repository, holder, logger } = this.#parts
    // Without it, the next server has to wait for the end of the turn.
    await repository.leaveTurn(turn, holder).catch((err: unknown) => logger.warn({ err }, 'the turn could not be left'))
  }

  /** Does one portion of work. False when it has come to the end, and begins anew with the next. */
  async step(): Promise<boolean> {
    const { repository, holder, clock, runsMs, sweeps } = this.#parts
    const now = clock.now()
    if (!(await this.#takeTurn(now))) return false
    if (await this.#expireCached(now)) return true
    if (await repository.deleteActions(actionsAtOnce)) return true
    if (await this.#deleteRuns(now)) return true
    if (runsMs !== undefined) for (const sweep of sweeps) if (await sweep.step(now - runsMs)) return true
    this.#result = firstResult
    this.#turnUntil = 0
    await repository.leaveTurn(turn, holder)
    return false
  }

  /** Not asked for each time: that is a write, too. */
  async #takeTurn(now: number): Promise<boolean> {
    if (this.#turnUntil - now > turnMs / 2) return true
    const until = now + turnMs
    const isTaken = await this.#parts.repository.takeTurn(turn, this.#parts.holder, now, until)
    this.#turnUntil = isTaken ? until : 0
    return isTaken
  }

  get #pauseMs(): number {
    return this.#parts.pauseMs ?? 100
  }

  #later(ms: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => {
      this.#work = this.#tick()
    }, ms)
    this.#timer.unref()
  }

  async #tick(): Promise<void> {
    if (this.#isBusy()) return this.#later(10 * this.#pauseMs)
    try {
      const begun = performance.now()
      let isMore = await this.step()
      while (isMore && !this.#isStopped && performance.now() - begun < portionMs) isMore = await this.step()
      const pauseMs = Math.max(this.#pauseMs, pausesPerWork * (performance.now() - begun))
      this.#later(isMore ? pauseMs : (this.#parts.restMs ?? 60_000))
    } catch (error) {
      this.#parts.logger.error({ err: error }, 'what has been kept for long enough could not be deleted')
      this.#later(this.#parts.restMs ?? 60_000)
    }
  }

  #isBusy(): boolean {
    const now = this.#parts.clock.now()
    if (this.#parts.liveActions() < busyActions) this.#waitsSince = null
    else this.#waitsSince ??= now
    return this.#waitsSince !== null && now - this.#waitsSince < longestBusyMs
  }

  async #expireCached(now: number): Promise<boolean> {
    const { cacheMs, repository } = this.#parts
    if (cacheMs === undefined || this.#result === undefined) return false
    if (await repository.expireShared(now - cacheMs, cachedAtOnce)) return true
    this.#result = await repository.expireCached(now - cacheMs, this.#result, cachedAtOnce)
    return true
  }

  async #deleteRuns(now: number): Promise<boolean> {
    const { runsMs, repository } = this.#parts
    if (runsMs === undefined) return false
    const runs = await repository.endedRuns(now - runsMs, this.#run, runsAtOnce)
    const recovered = runs.length === 0 ? undefined : await this.#recovered.names()
    const over: EndedRun[] = []
    for (const run of runs) if (!recovered?.has(run) && !(await repository.isReused(run))) over.push(run)
    const deleted = over.length > 0 ? await this.#delete(over) : 0
    const last = runs.at(-1)
    // Those that were reused, or could not be deleted, may be the next time.
    this.#run = last === undefined || runs.length < runsAtOnce ? firstRun : { endedAt: last.endedAt, id: last.id }
    return deleted > 0 || runs.length === runsAtOnce
  }

  /** Returns how many of the runs are gone: one whose files cannot be deleted stays, and holds up no other. */
  async #delete(runs: ReadonlyArray<EndedRun>): Promise<number> {
    const { repository, logger } = this.#parts
    // While the runs are there their names are taken: nobody else's files can be where their own are.
    const haveNoFiles = await Promise.all(runs.map((run) => this.#deletesFiles(run)))
    const gone = runs.filter((_, index) => haveNoFiles[index])
    if (gone.length > 0) await repository.deleteRuns(gone.map(({ id }) => id))
    for (const { project, domain, name, endedAt } of gone) {
      logger.info({ project, domain, run: name, endedAt }, 'deleted a run that had been kept long enough')
    }
    return gone.length
  }

  async #deletesFiles(run: EndedRun): Promise<boolean> {
    try {
      await this.#deleteFiles(run)
      return true
    } catch (err) {
      const { project, domain, name } = run
      const { logger } = this.#parts
      logger.error(
        { err, project, domain, run: name },
        'the files of a run could not be deleted; it is tried again later',
      )
      return false
    }
  }

  async #deleteFiles(run: EndedRun): Promise<void> {
    const { repository, storage, deleteWork } = this.#parts
    if (await repository.hasArtifacts(run)) return
    for (const folder of this.#foldersOf(run)) await storage.delete(folder)
    await deleteWork({ project: run.project, domain: run.domain, run: run.name })
  }

  /** Those of its folders that nobody chose but the server. */
  #foldersOf({ runBase, ...run }: EndedRun): ReadonlyArray<string> {
    const { storage } = this.#parts
    const spec = fromBinary(RunSpecSchema, run.runSpec)
    const isOwn = spec.rawDataStorage?.rawDataPrefix === defaultRawData(storage)
    const raw = isOwn ? [rawDataFolder(spec, { ...run, runBase })] : []
    return [runBase, ...raw].filter((folder) => isWithin(storage, folder))
  }
}
