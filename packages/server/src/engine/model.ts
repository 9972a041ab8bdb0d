import type { TaskFailure } from '@tern/core'
import type { ActionPhase } from '@tern/idl/common'
import type { SpecRow } from '../store/engine-store.ts'
import type { AttemptRef } from '../store/logs-repository.ts'

/** Names one run. `org` is not part of it: a server has one. */
export interface RunKey {
  readonly project: string
  readonly domain: string
  readonly run: string
}

/** Names one action of a run. */
export interface ActionKey extends RunKey {
  readonly action: string
}

/** Inputs or outputs of an action: the serialized message itself when small, else where it is stored. */
export type ActionData = { readonly bytes: Uint8Array } | { readonly uri: string }

/** A task, trace or condition spec as the engine and the store handle it: its bytes and what lists show of it. */
export type SpecRecord = SpecRow

/** What CreateRun asks of the engine, once everything in the request has been resolved and checked. */
export interface NewRun {
  readonly key: RunKey
  readonly source: number
  readonly spec: SpecRecord
  /** Serialized flyteidl2.task.RunSpec, with its defaults filled in. */
  readonly runSpec: Uint8Array
  readonly inputs: ActionData
  readonly cacheKey: string
  readonly requestDigest: string
  readonly runBase: string
  readonly createdBy?: { readonly subject: string; readonly bytes: Uint8Array }
  /** The trigger that the run is of, in its own project and domain. */
  readonly trigger?: RunTrigger
  readonly launchPlan?: RunLaunchPlan
  /** Refuses the run where so many of its launch plan are under way. Not for runs that wait. */
  readonly maxRuns?: number
  /** Its root action is never dispatched: whoever executes it reports what becomes of it. */
  readonly isExternal?: boolean
}

/** A trigger as it was when it started a run. */
export interface RunTrigger {
  readonly name: string
  readonly taskName: string
  readonly revision: number
}

/** The launch plan that a run is of, in the run's project and domain. */
export interface RunLaunchPlan {
  readonly name: string
  readonly version: string
  /** How many runs of the plan may be under way at once, for a run that waits until it is one of them; null for others. */
  readonly queueLimit: number | null
}

/** What a client asks when it enqueues a child action over ActionsService. */
export interface NewAction {
  readonly key: ActionKey
  readonly parent: string
  readonly spec: SpecRecord
  readonly inputs: ActionData
  readonly group: string
  readonly cacheKey: string
  readonly queue: string
  /** Never dispatched: whoever executes it reports what becomes of it. */
  readonly isExternal?: boolean
  /** For traces: the recorded outcome. A trace is finished when it is enqueued. */
  readonly recorded?: {
    readonly phase: number
    readonly startedAt: number
    readonly endedAt: number
    readonly outputs: ActionData | null
    readonly failure?: TaskFailure
  }
}

/** What is reported of an action that something outside the server executes. */
export interface ActionReport {
  /** From 1. A higher one than the current replaces it; of a lower one nothing is taken. */
  readonly attempt: number
  /** A phase behind the current one changes nothing. */
  readonly phase: ActionPhase
  /** UTC epoch milliseconds. */
  readonly at: number
  readonly failure?: TaskFailure
  readonly outputs?: ActionData
  readonly cacheStatus?: number
  /** False when it is the attempt alone that ended, and the action may go on with another. Defaults to true. */
  readonly isFinal?: boolean
}

/** A condition that waits for its value. */
export interface WaitingCondition {
  readonly key: ActionKey
  /** Serialized flyteidl2.workflow.ConditionAction. */
  readonly spec: Uint8Array
  readonly createdAt: number
}

/** Who asked for something: a serialized flyteidl2.common.EnrichedIdentity. */
export type Identity = Uint8Array

/** Told to subscribers after a commit: which row to read again. */
export interface Change {
  readonly runId: number
  readonly seq: number
  /**
   * `action`: the action's row (and for the root, the run's) changed; `log`: lines were added to its log; `everything`:
   * anything in the run may have changed, of which another server could not tell more.
   */
  readonly kind: 'action' | 'log' | 'everything'
}

/** Delivers changes after they are committed. Listeners are called in commit order and must not throw or block. */
export interface ChangeFeed {
  /** Subscribes to one run, or to all; returns the function that ends the subscription. */
  subscribe(runId: number | 'all', listener: (change: Change) => void): () => void
}

/** A change feed that others than the engine may publish to, of what they have stored. */
export interface OpenChangeFeed extends ChangeFeed {
  publish(change: Change): void
}

/** The engine as the API sees it. Every promise resolves after the commit. */
export interface Engine {
  readonly changes: OpenChangeFeed
  /** Whether an attempt that was told to stop still runs here, so that more may come into its log. */
  isStopping(attempt: AttemptRef): boolean
  /** Creates the run and its root action. Throws InvalidArgumentError for a queue that there is not. `created` is false when the same request was made before. Throws AlreadyExistsError when the name is taken by a different request. */
  createRun(run: NewRun): Promise<{ readonly runId: number; readonly created: boolean }>
  /** Adds a child action. Repeating it is harmless. Throws NotFoundError for an unknown parent, InvalidArgumentError for an unknown queue, AbortedError when the parent has ended. */
  enqueue(action: NewAction): Promise<{ readonly created: boolean }>
  /** Aborts an action and all its descendants; `a0` is the run. Harmless when it has ended. Throws NotFoundError. */
  abort(key: ActionKey, reason: string, by?: Identity): Promise<void>
  /**
   * Gives a condition its value, a serialized flyteidl2.task.Outputs, which ends it. The same value again is harmless.
   * Throws NotFoundError, and FailedPreconditionError for what is not a condition or has ended otherwise.
   */
  signal(key: ActionKey, value: Uint8Array, by?: Identity): Promise<void>
  /**
   * Moves an external action to what is reported of it, never backwards; a terminal phase ends it. After its end nothing
   * changes. Throws NotFoundError, and FailedPreconditionError for an action that this server executes.
   */
  report(key: ActionKey, report: ActionReport): Promise<void>
}
