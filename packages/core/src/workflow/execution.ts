import type { Workflow } from '@tern/idl/graph'
import type { TaskFailure } from '../task-error.ts'
import { handlersOnAbort } from './abort-handlers.ts'
import type { NodeStatusView, StartedEnd, StartEffect, WorkflowEffect } from './effects.ts'
import { GraphRun } from './execution-state.ts'
import { type LiteralBytes, readNamed } from './literal-bytes.ts'
import { NodeEnds } from './node-ends.ts'
import { NodeStarts } from './node-starts.ts'
import { statusesOf } from './node-statuses.ts'
import { NodeValues } from './node-values.ts'
import { StartedEnds } from './started-ends.ts'
import { Turn } from './turn.ts'

/**
 * One execution of a workflow: told what it was given and how what it started ended, it says what is to be done next. It does
 * nothing itself, and the same events lead to the same effects. Each node costs the same, however many there are.
 */
export class WorkflowExecution {
  readonly #turn = new Turn()
  readonly #values: NodeValues
  readonly #root: GraphRun
  readonly #ends: NodeEnds
  readonly #starts: NodeStarts
  readonly #started: StartedEnds

  /** @param inputs serialized flyteidl2.task.Inputs, complete */
  constructor(workflow: Workflow, inputs: Uint8Array) {
    this.#root = new GraphRun({ workflow, path: '', parent: null, inputs: readNamed(inputs) })
    this.#values = new NodeValues(inputs, this.#turn.stored)
    this.#ends = new NodeEnds(this.#turn, this.#values)
    this.#starts = new NodeStarts(this.#turn, this.#values, this.#ends)
    this.#started = new StartedEnds(this.#values, this.#starts, this.#ends)
  }

  /** @param at UTC epoch milliseconds */
  start(at: number): ReadonlyArray<WorkflowEffect> {
    return this.#step(at, () => this.#ends.beginGraph(this.#root))
  }

  /** Tells how something ended that was started. What was aborted meanwhile is passed over. */
  ended(key: string, end: StartedEnd, at: number): ReadonlyArray<WorkflowEffect> {
    if (this.#turn.isOver) return []
    const live = this.#turn.take(key)
    return live === undefined ? [] : this.#step(at, () => this.#started.take(live, end))
  }

  /** Tells what was found where a value is kept in storage: a serialized flyteidl2.core.Literal, or why it cannot be read. */
  read(uri: string, found: LiteralBytes | { readonly refused: string }, at: number): ReadonlyArray<WorkflowEffect> {
    if (found instanceof Uint8Array) this.#turn.stored.put(uri, found)
    else this.#turn.stored.refuse(uri, found.refused)
    return this.#turn.isOver ? [] : this.#step(at, () => this.#turn.hasRead(uri))
  }

  /**
   * The calls of the failure handlers, for a workflow that somebody or something else brings to its end: those of workflows that
   * run inside of it, then its own. They are for whoever asks to have done: nothing else happens here.
   *
   * @param failure how it ends, which is what they are told
   */
  handlersOnAbort(failure: TaskFailure): ReadonlyArray<StartEffect> {
    return this.#turn.isOver ? [] : handlersOnAbort(this.#root, this.#values, failure)
  }

  /** Whether anything depends on what gave something that was started. If not, its outputs need not be told. */
  needsOutputsOf(key: string): boolean {
    const node = this.#turn.find(key)?.node
    if (node === undefined) return false
    const { kind } = node.plan.node
    return node.plan.isReferenced || kind.case === 'approval' || kind.case === 'signal' || kind.case === 'dynamic'
  }

  /** What became of the nodes so far, in their order, each before what is inside of it. Those not reached are left out. */
  statuses(): Iterable<NodeStatusView> {
    return statusesOf(this.#root)
  }

  #step(at: number, body: () => void): ReadonlyArray<WorkflowEffect> {
    this.#turn.now = at
    body()
    this.#turn.beginAll((node) => this.#starts.begin(node))
    return this.#turn.takeEffects()
  }
}
