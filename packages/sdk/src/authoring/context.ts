import { AsyncLocalStorage } from 'node:async_hooks'
import type { TaskFailure } from '@tern/core'
import type { TypedInterface } from '@tern/idl/core'
import type { ConditionAction } from '@tern/idl/workflow'
import type { Place } from '../io/place.ts'
import type { CustomContext } from '../types/inputs-context.ts'
import type { LocalClock } from '../local/local-clock.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { ChildNames } from './child-names.ts'
import type { Logger } from './logger.ts'
import type { Report } from './report.ts'
import type { RunOptions } from './run-handle.ts'
import type { TaskDefinition } from './task-definition.ts'
import type { SpecLocation } from './task-spec.ts'

/** What a task can know about the attempt it runs in. */
export interface TaskContext {
  /** Aborted when the run, the action or the calling code gives up; the reason is an `ActionAbortedError`. */
  readonly signal: AbortSignal
  readonly action: ActionContext
  readonly run: RunContext
  /** Counted from 1. */
  readonly attempt: number
  /** Texts by name that came with the action from the one above it, or with the run. `customContext` adds to them. */
  readonly customContext: CustomContext
  /** Where files belong that the task puts into storage by itself: a path or URI; `File`, `Dir` and `DataFrame` go there too. */
  readonly rawDataPath: string
  /** What an attempt before this one has saved, and what this one saves for the next. */
  readonly checkpoint: Checkpoint
  /** Writes lines with a level and fields into the log of this attempt. */
  readonly logger: Logger
  /** `worker`: started by a server. `local`: by `run.local`. `direct`: the task was called as a plain function. */
  readonly mode: 'worker' | 'local' | 'direct'
}

/** The action that code runs in. */
export interface ActionContext {
  /** Name of the action in its run, `a0` for the root; empty in a direct call. */
  readonly name: string
  /** Full name of the task, `environment.name`. */
  readonly task: string
  /** The version that the task was deployed or run with; empty in a local run and in a direct call. */
  readonly version: string
  /** The group it was called in, or the empty text. */
  readonly group: string
}

/** The run that code runs in. */
export interface RunContext {
  /** Empty in a direct call. */
  readonly name: string
  readonly org: string
  readonly project: string
  readonly domain: string
  /** The same for all its actions and attempts; of a run that a trigger started, the time it was due. */
  readonly startedAt: Date
}

/** One call of a task from inside an action. */
export interface ChildCall {
  readonly definition: TaskDefinition
  readonly inputs: Readonly<Record<string, unknown>>
  readonly group: string
  readonly signal: AbortSignal | undefined
  /** What flows to it. */
  readonly customContext: CustomContext
  /** The action of the trace that the call is made in, if it is made in one. */
  readonly trace: string | undefined
  /** It becomes a run of its own, and nobody waits for it. */
  readonly isDetached?: boolean | undefined
}

/** How a traced call ended: its outputs as the wire has them, or its error. */
export type TraceResult = { readonly outputs: Uint8Array } | { readonly failure: TaskFailure }

/** A traced call that has ended. */
export interface FinishedTrace {
  /** Of its action, unique in the run. */
  readonly name: string
  readonly functionName: string
  readonly group: string
  readonly interface: TypedInterface
  /** A serialised flyteidl2.task.Inputs. */
  readonly inputs: Uint8Array
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly result: TraceResult
}

/** A condition to be waited for. */
export interface OpenCondition {
  /** Of its action, unique in the run. */
  readonly name: string
  readonly group: string
  readonly spec: ConditionAction
}

/** A call of a task whose inputs are there as the wire has them. */
export interface WireCall {
  readonly definition: TaskDefinition
  /** A serialised flyteidl2.task.Inputs. */
  readonly inputs: Uint8Array
  readonly group: string
  /** For it and all below it, beside what holds for its caller. */
  readonly runOptions?: Pick<RunOptions, 'envVars' | 'overwriteCache'> | undefined
  /** Of its action, unique in the run. Defaults to what a call would have. */
  readonly name?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** How such a call ended. */
export interface WireOutcome {
  /** Of its action. */
  readonly name: string
  /** flyteidl2.common.ActionPhase */
  readonly phase: number
  /** A serialised flyteidl2.task.Outputs, where it succeeded. */
  readonly outputs: Uint8Array | undefined
  readonly failure: TaskFailure | undefined
  /** Number of its last attempt. */
  readonly attempt?: number | undefined
}

/** An action in progress, which can call tasks: in a worker, or in a local run. */
export interface ParentAction {
  /** Where files go that its code makes. */
  readonly place: Place
  /** Absent for a task that is declared without. */
  readonly report: Report | undefined
  /** Where it has the time from, if not from the machine. */
  readonly clock?: LocalClock | undefined
  callChild(call: ChildCall): Promise<unknown>
  /** In a local run: calls a task, and tells how it ended. A name that there is already is the action of that name. */
  callWire?(call: WireCall): Promise<WireOutcome>
  /** The same as a run of its own, once for each name. */
  detachWire?(call: Pick<WireCall, 'definition' | 'inputs'> & { readonly name: string }): void
  /** In a local run: why the action has ended; null while it goes on, and for one that ended well. */
  failureOfEnd?(): TaskFailure | null
  /** In a local run: what it was given, a serialised flyteidl2.task.Inputs. */
  readonly inputBytes?: Uint8Array | undefined
  /** In a worker: where tasks belong that it describes to others. */
  readonly location?: SpecLocation | undefined
  /** Environment variables that are of this action alone, where the process is not its own. */
  readonly variables?: Record<string, string> | undefined
  /** Starts a run of its own. Resolves with its name when it is as durable as anything in this run. */
  detach(call: ChildCall): Promise<string>
  /** Names the calls that it makes itself, or those made within one of its traces. */
  namesIn(trace: string | undefined): ChildNames
  /** What an earlier attempt recorded under a name. */
  findTrace(name: string): Promise<TraceResult | undefined>
  /** Resolves when the trace is as durable as anything in the run. */
  recordTrace(trace: FinishedTrace): Promise<void>
  /**
   * Makes a condition, now, and waits for its value.
   *
   * @returns a serialised flyteidl2.task.Outputs with the value in it
   * @throws ConditionTimedOutError or ActionAbortedError
   */
  openCondition(condition: OpenCondition): Promise<Uint8Array>
  /** An error of its code as data, with what its retries say about trying again. */
  toFailure(thrown: unknown): TaskFailure
}

/** What belongs to the code that runs inside one attempt, wherever it awaits. */
export interface Scope {
  readonly context: TaskContext
  readonly group: string
  /** Absent in a direct call, where called tasks are plain functions too. */
  readonly parent: ParentAction | undefined
  /** The action of the trace that the code runs in, if it runs in one. */
  readonly trace?: string | undefined
}

const scopes = new AsyncLocalStorage<Scope>()

export function currentScope(): Scope | undefined {
  return scopes.getStore()
}

export function runInScope<T>(scope: Scope, body: () => T): T {
  return scopes.run(scope, body)
}

/**
 * The context of the task that is running here, however deep below it.
 *
 * @returns `undefined` outside every task
 */
export function ctx(): TaskContext | undefined {
  return scopes.getStore()?.context
}

/**
 * Marks the actions that `body` starts as belonging together. The group is shown with them and is part of their names.
 * A group inside a group replaces it; outside a run it changes nothing.
 */
export function group<T>(name: string, body: () => T): T {
  const scope = scopes.getStore()
  return scope === undefined ? body() : scopes.run({ ...scope, group: name }, body)
}
