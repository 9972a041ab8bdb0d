import type { TaskFailure } from '@tern/core'
import type { RunSpec } from '@tern/idl/task'
import type { DeployedTask } from '@tern/idl/worker'
import type { ActionData, NewAction, NewRun, RunKey, SpecRecord } from '../engine/model.ts'
import type { TaskPolicy } from '../engine/task-policy.ts'

/** One attempt as an executor is handed it. */
export interface Attempt {
  /** Names the attempt on every call between engine and executor; never used twice by one server process. */
  readonly handle: number
  readonly runId: number
  readonly run: RunKey
  readonly action: string
  /** From 1. */
  readonly number: number
  /** How many of the attempts before it were lost, through no fault that is known of the task. */
  readonly systemFailures: number
  readonly spec: SpecRecord
  readonly policy: TaskPolicy
  readonly inputs: ActionData
  readonly group: string
  /** Environment variables of the run: they win over the task's. */
  readonly env: Readonly<Record<string, string>>
  readonly runStartAt: number
  readonly runBase: string
  /** Where files that the attempt makes belong, beside its outputs. */
  readonly rawDataPrefix: string
  /** An earlier attempt may have left finished children behind. */
  readonly replay: boolean
  /** When it started to run, for an attempt that is taken up again after a restart; null for one that begins. */
  readonly startedAt: number | null
  /** The run asks for results that are computed anew. */
  readonly overwriteCache: boolean
  /** Where places are short, higher ones go first; 0 unless its queue says otherwise. */
  readonly priority: number
}

/** How a child of a running attempt ended, or what is recorded of a trace: the phase is 0 if that is nothing. */
export interface ChildOutcome {
  readonly name: string
  readonly phase: number
  readonly outputs: ActionData | null
  readonly failure: TaskFailure | null
  /** Number of its last attempt. */
  readonly attempt?: number
  /** Of a detached child: the name of its run. */
  readonly run?: string
}

/** A running attempt's wish for a child action. */
export interface ChildRequest {
  readonly name: string
  readonly spec: SpecRecord
  readonly inputs: ActionData
  readonly group: string
  readonly cacheKey: string
  readonly queue: string
}

/** Finds what to run for a child that its parent knows by the name of a deployed task only. */
export interface ChildResolver {
  /** @param task without a version, the latest */
  resolve(
    run: RunKey,
    task: Pick<DeployedTask, 'name' | 'version' | 'override'>,
    inputs: ActionData,
  ): Promise<Pick<ChildRequest, 'spec' | 'inputs' | 'cacheKey'>>
}

/** A traced call of a running attempt, once it has ended. */
export interface TraceReport extends Pick<ChildRequest, 'name' | 'spec' | 'inputs' | 'group'> {
  readonly outcome: NonNullable<NewAction['recorded']>
}

/** A started attempt, as the engine steers it. */
export interface StartedAttempt {
  /**
   * Stops the attempt. Whatever it still reports is ignored, but for lines of output.
   *
   * @param end why the action has ended, where it has and no other attempt follows. Defaults to null
   * @returns resolves when nothing of it runs any more, which no code may put off for long: till then its lines are kept. Nothing
   *   where nothing runs
   */
  cancel(reason: string, end?: TaskFailure | null): Promise<void> | void
  /** Tells the attempt how one of its children ended, that a trace is stored, or what is recorded of one. */
  deliver(outcome: ChildOutcome): void
  /** Tells whether the attempt has live children, for executors that cannot see it for themselves. */
  waits?(isWaiting: boolean): void
}

/** Runs attempts. Every method returns at once; what happens is told to the `ExecutorHost`. */
export interface Executor {
  readonly name: string
  /** An attempt outlives the server: after a restart it is handed over again as it is, and not replaced. */
  readonly reattaches?: boolean
  /** Its attempts run on this machine, whose capacity is shared out among them. */
  readonly usesCapacity?: boolean
  /** Its attempts only wait for others: they take no places, neither of their run nor of their queue. */
  readonly onlyWaits?: boolean
  accepts(spec: SpecRecord, policy: TaskPolicy): boolean
  start(attempt: Attempt): StartedAttempt
  /** What it has running, as things are now. */
  pools?(): ReadonlyArray<PoolLoad>
  /** Ends everything that it started. */
  stop(): Promise<void>
}

/** Processes that an executor has for attempts of one kind. */
export interface PoolLoad {
  /** Node processes for many attempts each; a Python process that is forked for each; or a process for each attempt. */
  readonly kind: 'node' | 'python' | 'process'
  /** Empty for those of no environment in particular. */
  readonly environment: string
  /** The code, or the interpreter, that they have loaded. */
  readonly bundle: string
  readonly workers: ReadonlyArray<WorkerLoad>
  /** Null for no limit. */
  readonly maxWorkers: number | null
  /** Attempts that wait for a worker. */
  readonly pending: number
}

export interface WorkerLoad {
  readonly pid: number
  readonly state: 'starting' | 'idle' | 'busy' | 'retiring'
  /** Attempts that it has, and how many of those only wait for their children. */
  readonly attempts: number
  readonly parents: number
  /** Null while it is not idle, and where that is not known. */
  readonly idleSince: number | null
  /** 0 where the system does not tell. */
  readonly memoryBytes: number
}

/** Runs that attempts start and wait for. */
export interface ChildRuns {
  /**
   * Starts the child as a run of its own, unless it is there already, and resolves once it is stored. Undefined for an attempt
   * that is not the live one. Throws AlreadyExistsError for a run of its name that is another, and PlanFullError where too many
   * of its launch plan are under way.
   */
  start(parent: number, child: ChildRequest, terms: ChildRunTerms): Promise<ChildRun | undefined>
  /** The run that was started as the child of that name, if it was. */
  find(parent: number, child: string, place: Pick<ChildRunTerms, 'project' | 'domain'>): Promise<ChildRun | undefined>
  /** How the run ends. Rejects when the signal says that nobody wants to know. */
  ended(run: ChildRun, signal: AbortSignal): Promise<ChildOutcome>
  abort(run: ChildRun, reason: string): void
  /**
   * What starts runs on behalf of an attempt even when that is over: for what is to be done when its action was aborted.
   * Undefined for an attempt that is not the live one.
   */
  onBehalfOf(parent: number): ((child: ChildRequest) => Promise<ChildRun>) | undefined
}

/** Where the run of a child is, and what holds for it as a run. */
export interface ChildRunTerms extends Pick<NewRun, 'launchPlan' | 'maxRuns'> {
  readonly project: string
  readonly domain: string
  /** Its run spec, by what it has from the run of its parent. Defaults to that. */
  readonly toRunSpec?: ((inherited: RunSpec) => RunSpec) | undefined
  /** Where its inputs and outputs are written. Defaults to beside those of its parent. */
  readonly toRunBase?: ((run: RunKey) => string) | undefined
  /** Called before the run is made. */
  readonly announce?: ((run: NewRun) => Promise<void>) | undefined
}

export interface ChildRun {
  readonly runId: number
  readonly key: RunKey
}

/** What executors tell the engine. Calls that name an attempt which is not the live one are ignored. */
export interface ExecutorHost {
  /** The attempt left the executor's queue. */
  dispatched(handle: number): void
  started(handle: number, at: number): void
  succeeded(handle: number, outputs: ActionData | null, startedAt: number, at: number): void
  failed(handle: number, failure: TaskFailure, startedAt: number, at: number): void
  /** Keeps lines of output: a serialized tern.worker.v1.LogChunk. Also of an attempt that was told to stop, until it has. */
  log(handle: number, lines: Uint8Array, lineCount: number): void
  /** Resolves once everything told so far is stored. */
  stored(): Promise<void>
  enqueueChild(parent: number, child: ChildRequest): void
  /** Starts the child as a run of its own. The attempt is told when it is stored. */
  detachChild(parent: number, child: ChildRequest): void
  /** Keeps the outcome of a traced call. The attempt is told when it is stored. */
  recordTrace(parent: number, trace: TraceReport): void
  /** Asks what an earlier attempt recorded of a traced call. The attempt is told. */
  findTrace(parent: number, name: string): void
  abortChild(parent: number, name: string, reason: string): void
  /** Runs that attempts start and wait for. */
  readonly childRuns: ChildRuns
}
