import { abortList } from './aborting.ts'
import { abortedFailure } from './abort-reason.ts'
import { typesIn } from './entity-interface.ts'
import { failureOfNode, type NodeFailure, ValueError, workflowFailure } from './execution-failures.ts'
import { type GraphRun, ListRun, type NodeRun } from './execution-state.ts'
import { type NamedBytes, writeNamed } from './literal-bytes.ts'
import type { NodeValues } from './node-values.ts'
import { UnreadValue } from './stored-values.ts'
import type { Turn } from './turn.ts'

/** The nodes that graphs are inside of, and the lists of their handlers. */
interface Nodes {
  attempt(node: NodeRun, body: () => void): void
  beginList(list: ListRun): void
  succeed(node: NodeRun, outputs: NamedBytes): void
  fail(node: NodeRun, failed: NodeFailure): void
}

/** How graphs end: with their outputs, or by way of their failure handlers. */
export class GraphEnds {
  readonly #turn: Turn
  readonly #values: NodeValues
  readonly #nodes: Nodes

  constructor(turn: Turn, values: NodeValues, nodes: Nodes) {
    this.#turn = turn
    this.#values = values
    this.#nodes = nodes
  }

  /** All its nodes have ended well. */
  finish(graph: GraphRun): void {
    const { parent, plan, list } = graph
    const types = typesIn(plan.graph.interface?.outputs)
    if (parent === null) return this.#finishRoot(graph, types)
    graph.isOver = true
    this.#nodes.attempt(parent, () => this.#nodes.succeed(parent, this.#values.bound(plan.outputs, list, types)))
  }

  #finishRoot(graph: GraphRun, types: ReturnType<typeof typesIn>): void {
    try {
      const outputs = writeNamed(this.#values.bound(graph.plan.outputs, graph.list, types))
      this.#turn.isOver = true
      this.#turn.wants({ type: 'succeed', outputs })
    } catch (error) {
      if (error instanceof UnreadValue) return this.#turn.whenRead(error, () => this.#finishRoot(graph, types))
      if (!(error instanceof ValueError)) throw error
      this.fail(graph, { path: 'outputs', failure: workflowFailure(error.code, error.message) })
    }
  }

  /**
   * One of its nodes has failed, or it is not wanted any more.
   *
   * @param cut workflows in it that were aborted with it: their handlers are called before its own
   */
  fail(graph: GraphRun, failed: NodeFailure, cut: ReadonlyArray<GraphRun> = []): void {
    // The failure of its outputs, after one of them had failed it.
    if (graph.failure !== null) return
    graph.failure = failed
    graph.handlersBefore = 1
    for (const inner of [...cut, ...abortList(this.#turn, graph.list, failed.path)]) {
      inner.endsFor = graph
      graph.handlersBefore++
      // One that has failed by itself has its handler called already.
      if (inner.failure === null) this.fail(inner, { path: inner.path, failure: abortedFailure(failed.path) })
    }
    this.#handlerMayBegin(graph)
  }

  /** The handler of a graph has ended. */
  handlerDone({ graph, nodes: [handler] }: ListRun): void {
    const failed = graph.failure!
    const own = handler?.failed?.failure
    if (own === undefined) return this.#endFailed(graph, failed)
    const message = `${failed.failure.message} (and the failure handler ${handler!.path} failed: ${own.message})`
    this.#endFailed(graph, { ...failed, failure: { ...failed.failure, message } })
  }

  #handlerMayBegin(graph: GraphRun): void {
    graph.handlersBefore--
    if (graph.handlersBefore > 0) return
    const { onFailure } = graph.plan
    if (onFailure === null) return this.#endFailed(graph, graph.failure!)
    graph.handler = new ListRun({ plan: onFailure, path: graph.path, graph, outer: null, owner: null, isHandler: true })
    this.#nodes.beginList(graph.handler)
  }

  #endFailed(graph: GraphRun, failed: NodeFailure): void {
    const { parent, endsFor } = graph
    graph.isOver = true
    if (endsFor !== null) return this.#handlerMayBegin(endsFor)
    if (parent !== null) return this.#nodes.fail(parent, failed)
    this.#turn.isOver = true
    this.#turn.wants({ type: 'fail', failure: failed.path === 'outputs' ? failed.failure : failureOfNode(failed) })
  }
}
