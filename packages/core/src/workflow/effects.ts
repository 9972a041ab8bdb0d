import type { TaskFailure } from '../task-error.ts'
import type { TaskOverrides, Workflow } from '@tern/idl/graph'
import type { ConditionAction } from '@tern/idl/workflow'

/** What an execution of a workflow wants done. */
export type WorkflowEffect =
  | StartEffect
  /** What was started is not wanted any more. How it ends need not be told. */
  | { readonly type: 'abort'; readonly key: string; readonly reason: string }
  /** A value is needed that is kept in storage, to be told by `read`: a serialized flyteidl2.core.Literal. */
  | { readonly type: 'read'; readonly uri: string }
  /** All is over: `outputs` are serialized flyteidl2.task.Outputs. */
  | { readonly type: 'succeed'; readonly outputs: Uint8Array }
  /** All is over, but for what was aborted. */
  | { readonly type: 'fail'; readonly failure: TaskFailure }

/** Something is to be run, and its end told. */
export interface StartEffect {
  readonly type: 'start'
  /** Names it in this execution: the node's path, for items of a map node followed by `[i]`. */
  readonly key: string
  /** Of the node. */
  readonly path: string
  /** What it is shown below: the path of the list that the node is in, or of the map node; empty for nodes of the workflow itself. */
  readonly group: string
  /** For people, where the node has one; otherwise empty. */
  readonly name: string
  readonly what: Started
  /** Serialized flyteidl2.task.Inputs. */
  readonly inputs: Uint8Array
  /** Called since the workflow fails. */
  readonly isFailureHandler: boolean
}

export type Started =
  /** A task, a deployed task or a launch plan of the workflow's entities. */
  | {
      readonly kind: 'call'
      readonly workflow: Workflow
      readonly entity: number
      readonly overrides: TaskOverrides | undefined
      /** Of the graph that the node is in: for tasks that do not say. */
      readonly interruptible: boolean | undefined
    }
  /** Somebody gives it its value, which is its one output. */
  | { readonly kind: 'condition'; readonly condition: ConditionAction }
  /** Waits for as long as its one input says. */
  | { readonly kind: 'sleep' }

/** How something ended that was started. */
export type StartedEnd =
  /** Serialized flyteidl2.task.Outputs. */
  | { readonly outputs: Uint8Array; readonly action?: string | undefined }
  | {
      readonly failure: TaskFailure
      readonly attempt?: number | undefined
      /** The name of its action. */
      readonly action?: string | undefined
    }

export type NodeState = 'waiting' | 'running' | 'succeeded' | 'failed' | 'aborted' | 'skipped'

/** What became of a node so far. */
export interface NodeStatusView {
  readonly path: string
  readonly state: NodeState
  /** UTC epoch milliseconds; 0 for not yet. */
  readonly startedAt: number
  readonly endedAt: number
  readonly failure: TaskFailure | null
  /** Of a branch node that was decided: `then0`, …, `else`. */
  readonly taken: string
  /** What it has started, by the key; empty for nodes that need nothing started, and for map nodes. */
  readonly key: string
  readonly map: {
    readonly total: number
    readonly started: number
    readonly succeeded: number
    readonly failed: number
  } | null
  /** What a dynamic node made. */
  readonly made: Workflow | null
}
