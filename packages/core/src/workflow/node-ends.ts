import { abortList, abortWithin } from './aborting.ts'
import { typesIn } from './entity-interface.ts'
import { firstOf, type NodeFailure, ValueError, workflowFailure } from './execution-failures.ts'
import type { GraphRun, ListRun, NodeRun } from './execution-state.ts'
import { GraphEnds } from './graph-ends.ts'
import type { NamedBytes } from './literal-bytes.ts'
import type { NodeValues } from './node-values.ts'
import { UnreadValue } from './stored-values.ts'
import type { Turn } from './turn.ts'

/** What follows from the ends of nodes, for those beside them and for what they are part of. */
export class NodeEnds {
  readonly #turn: Turn
  readonly #values: NodeValues
  readonly #graphs: GraphEnds

  constructor(turn: Turn, values: NodeValues) {
    this.#turn = turn
    this.#values = values
    this.#graphs = new GraphEnds(turn, values, this)
  }

  /** Does something for a node that runs, which fails if it cannot be done. */
  attempt(node: NodeRun, body: () => void): void {
    try {
      body()
    } catch (error) {
      if (error instanceof UnreadValue) return this.#turn.whenRead(error, () => this.#again(node, body))
      if (!(error instanceof ValueError)) throw error
      this.fail(node, { path: node.path, failure: workflowFailure(error.code, error.message) })
    }
  }

  #again(node: NodeRun, body: () => void): void {
    if (node.state === 'running') this.attempt(node, body)
  }

  beginGraph(graph: GraphRun): void {
    this.beginList(graph.list)
  }

  beginList(list: ListRun): void {
    for (const node of list.nodes) if (node.waitsFor === 0) this.#turn.mayBegin(node)
    if (list.open === 0) this.#listDone(list)
  }

  succeed(node: NodeRun, outputs: NamedBytes): void {
    node.state = 'succeeded'
    node.endedAt = this.#turn.now
    node.outputs = outputs
    node.leaveUpstream()
    const { list } = node
    for (const index of node.plan.dependents) {
      const dependent = list.nodes[index]!
      dependent.waitsFor--
      if (dependent.waitsFor === 0) this.#turn.mayBegin(dependent)
    }
    this.#close(list)
  }

  fail(node: NodeRun, failed: NodeFailure): void {
    const { list } = node
    abortWithin(this.#turn, node, failed.path)
    node.state = 'failed'
    node.endedAt = this.#turn.now
    node.failed = failed
    if (!list.isHandler && !list.graph.finishesExecutable) return this.#failAtOnce(node, failed)
    node.leaveUpstream()
    skipDependents(node)
    this.#close(list)
  }

  #close(list: ListRun): void {
    list.open--
    if (list.open === 0) this.#listDone(list)
  }

  #listDone(list: ListRun): void {
    if (list.isHandler) return this.#graphs.handlerDone(list)
    const failed = failureIn(list)
    const { owner, graph } = list
    if (owner === null) return failed === undefined ? this.#graphs.finish(graph) : this.#graphs.fail(graph, failed)
    if (failed !== undefined) return this.fail(owner, failed)
    this.attempt(owner, () => {
      this.succeed(owner, this.#values.bound(owner.taken!.outputs, list, typesIn(owner.plan.node.outputs)))
    })
  }

  #failAtOnce({ list, graph }: NodeRun, failed: NodeFailure): void {
    const cut: GraphRun[] = []
    // The branches that it is in fail with it, rather than that they were aborted.
    for (let { owner } = list; owner !== null; owner = owner.list.owner) {
      owner.state = 'failed'
      owner.endedAt = this.#turn.now
      owner.failed = failed
      if (owner.block !== null) cut.push(...abortList(this.#turn, owner.block, failed.path))
    }
    this.#graphs.fail(graph, failed, cut)
  }
}

function failureIn({ nodes }: ListRun): NodeFailure | undefined {
  let failures: NodeFailure[] | undefined
  for (const { state, failed } of nodes) if (state === 'failed') (failures ??= []).push(failed!)
  return failures === undefined ? undefined : firstOf(failures)
}

/** Nodes that can never run. */
function skipDependents(node: NodeRun): void {
  const reached = [node]
  for (let at = 0; at < reached.length; at++) {
    for (const index of reached[at]!.plan.dependents) {
      const dependent = node.list.nodes[index]!
      if (dependent.state !== 'waiting') continue
      dependent.state = 'skipped'
      dependent.leaveUpstream()
      reached.push(dependent)
      // Not by closing the list: the one that failed does that, last.
      node.list.open--
    }
  }
}
