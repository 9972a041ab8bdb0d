import type { TaskFailure } from '@tern/core'
import type { RunLaunchPlan, RunTrigger } from '../engine/model.ts'

/** The part of an action that changes while it lives; the engine's `Lifecycle` has this shape. */
export interface ActionState {
  readonly phase: number
  readonly attempt: number
  readonly userFailures: number
  readonly systemFailures: number
  readonly notBefore: number | null
  readonly timeline: string
  readonly failure: TaskFailure | null
  readonly abortReason: string | null
  readonly endedBy: Uint8Array | null
  readonly updatedAt: number
  readonly endedAt: number | null
}

/** One action as the engine writes and reads it: a row of `actions`. */
export interface ActionRecord {
  readonly runId: number
  readonly seq: number
  readonly name: string
  readonly parentSeq: number | null
  readonly actionType: number
  readonly group: string | null
  readonly specDigest: string
  readonly inputs: Uint8Array | null
  readonly inputsUri: string | null
  readonly outputs: Uint8Array | null
  readonly outputsUri: string | null
  readonly cacheKey: string | null
  readonly cacheStatus: number
  /** Where a cached or recovered result comes from: `project/domain/run/action/attempt`. */
  readonly cacheSource: string | null
  readonly queue: string | null
  /** Something outside the server executes it, and reports what becomes of it. */
  readonly isExternal: boolean
  readonly createdAt: number
  readonly state: ActionState
}

/** What a new row of `runs` needs beside its root action. */
export interface RunRecord {
  readonly id: number
  readonly project: string
  readonly domain: string
  readonly name: string
  readonly source: number
  readonly specDigest: string
  readonly taskProject: string
  readonly taskDomain: string
  readonly taskName: string
  readonly taskVersion: string
  readonly taskType: string
  readonly runSpec: Uint8Array
  readonly requestDigest: string
  readonly runBase: string
  readonly createdBy: Uint8Array | null
  readonly createdBySubject: string | null
  /** Written with the run, and not read back. */
  readonly trigger?: RunTrigger
  readonly launchPlan?: RunLaunchPlan
}

export interface AttemptRecord {
  readonly runId: number
  readonly seq: number
  readonly attempt: number
  readonly phase: number
  readonly timeline: string
  readonly failure: TaskFailure | null
}

export interface LogChunkRecord {
  readonly runId: number
  readonly seq: number
  readonly attempt: number
  readonly chunk: number
  readonly lines: Uint8Array
  readonly lineCount: number
}

/** A result that later actions with the same cache key may take for theirs. */
export interface CachedResult {
  /** The attempt that computed it: `project/domain/run/action/attempt`. */
  readonly source: string
  readonly outputs: Uint8Array | null
  readonly outputsUri: string | null
}

export interface ResultRecord extends CachedResult {
  readonly key: string
  readonly project: string
  readonly domain: string
  readonly at: number
}

export interface SpecRow {
  readonly digest: string
  readonly actionType: number
  readonly taskOrg: string
  readonly taskProject: string
  readonly taskDomain: string
  readonly taskName: string
  readonly taskVersion: string
  readonly taskType: string
  readonly shortName: string
  readonly environmentName: string
  readonly bytes: Uint8Array
}

/** Everything that one group commit writes, in one transaction. */
export interface EngineBatch {
  readonly specs: ReadonlyArray<SpecRow>
  /** New runs; their root actions are among `created`. */
  readonly runs: ReadonlyArray<RunRecord>
  readonly created: ReadonlyArray<ActionRecord>
  /** Actions whose row exists; a root's changes go to its run's row too. */
  readonly changed: ReadonlyArray<ActionRecord>
  readonly attempts: ReadonlyArray<AttemptRecord>
  readonly logs: ReadonlyArray<LogChunkRecord>
  /** Results to cache, replacing those of the same key, project and domain. */
  readonly results: ReadonlyArray<ResultRecord>
  readonly at: number
}

/** Runs and actions that had not ended, as a restarted engine finds them. */
export interface LiveRun {
  readonly run: RunRecord
  readonly actions: ReadonlyArray<ActionRecord>
  readonly nextSeq: number
}

/** A run as the store finds it by its name. */
export interface StoredRun {
  readonly id: number
  readonly requestDigest: string
  /** It has not ended. Left out by stores that one server has to itself, which knows its live runs. */
  readonly isLive?: boolean
  /** Address of the server that has the live run; null when that is this one, or when nobody has it yet. */
  readonly ownerUrl?: string | null
}

/** What the engine needs of the store. SQLite answers within the call, a server's database after a round trip. */
export interface EngineStore {
  /**
   * Writes the batch in one transaction and returns the new actions that were not written because the run has one of
   * that name already.
   */
  commit(batch: EngineBatch): ReadonlyArray<ActionRecord> | Promise<ReadonlyArray<ActionRecord>>
  /** Whether a failed commit may work when it is simply made again: a full disk, a lost connection. */
  isTransient(error: unknown): boolean
  /** Reserves the id of a new run. */
  newRunId(): number | Promise<number>
  findRun(project: string, domain: string, name: string): Promise<StoredRun | undefined>
  findAction(runId: number, name: string): Promise<ActionRecord | undefined>
  /** The latest result of a cache key, of any project unless one is given. */
  findCached(
    key: string,
    scope?: { readonly project: string; readonly domain: string },
  ): Promise<CachedResult | undefined>
  findInputs(runId: number, seq: number): Promise<Uint8Array | null>
  findSpec(digest: string): Promise<SpecRow | undefined>
  /**
   * Runs that have not ended and that no living server has, each with its live actions in order of creation. They are
   * this server's from then on.
   */
  liveRuns(): AsyncIterable<LiveRun>
}
