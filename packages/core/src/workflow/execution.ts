import { fromBinary } from '@bufbuild/protobuf'
import { LiteralSchema } from '@tern/idl/core'
import type { Workflow } from '@tern/idl/graph'
import { assertNever } from '../assert-never.ts'
import { abortReason } from './abort-reason.ts'
import { checkMadeWorkflow } from './check-workflow.ts'
import { isYes, onlyOf, signalOutputOf } from './condition-outputs.ts'
import { holds } from './conditions.ts'
import type { TaskFailure } from '../task-error.ts'
import type { NodeStatusView, Started, StartedEnd, StartEffect, WorkflowEffect } from './effects.ts'
import { interfaceOf, typesIn } from './entity-interface.ts'
import { failureOfNode, type NodeFailure, ValueError, workflowFailure } from './execution-failures.ts'
import { GraphRun, ListRun, type NodeRun } from './execution-state.ts'
import { type NamedBytes, readNamed, writeNamed } from './literal-bytes.ts'
import { type MapInput, MapItems } from './map-items.ts'
import { itemKey, nestedPath } from './node-path.ts'
import { statusesOf } from './node-statuses.ts'
import { NodeValues } from './node-values.ts'
import { madeGraphOutput, workflowOfLiteral } from './workflow-wire.ts'

interface Live {
  readonly node: NodeRun
  /** Of a map node. */
  readonly item: number | null
}

/**
 * One execution of a workflow: told what it was given and how what it started ended, it says what is to be done next. It does
 * nothing itself, and the same events lead to the same effects. Each node costs the same, however many there are.
 */
export class WorkflowExecution {
  readonly #values: NodeValues
  readonly #root: GraphRun
  readonly #live = new Map<string, Live>()
  #ready: NodeRun[] = []
  #effects: WorkflowEffect[] = []
  #now = 0
  #isOver = false

  /** @param inputs serialized flyteidl2.task.Inputs, complete */
  constructor(workflow: Workflow, inputs: Uint8Array) {
    this.#root = new GraphRun({ workflow, path: '', parent: null, inputs: readNamed(inputs) })
    this.#values = new NodeValues(inputs)
  }

  /** @param at UTC epoch milliseconds */
  start(at: number): ReadonlyArray<WorkflowEffect> {
    this.#now = at
    this.#beginGraph(this.#root)
    return this.#run()
  }

  /** Tells how something ended that was started. What was aborted meanwhile is passed over. */
  ended(key: string, end: StartedEnd, at: number): ReadonlyArray<WorkflowEffect> {
    const live = this.#live.get(key)
    if (live === undefined || this.#isOver) return []
    this.#live.delete(key)
    this.#now = at
    const { node, item } = live
    if (item !== null) this.#itemEnded(node, item, end)
    else if ('outputs' in end) this.#attempt(node, () => this.#takeOutputs(node, end.outputs))
    else this.#fail(node, { path: node.path, ...end })
    return this.#run()
  }

  /**
   * The call of the workflow's failure handler, for a workflow that somebody or something else brings to its end; undefined
   * without a handler, or when its inputs cannot be made. It is for whoever asks to have it done: nothing else happens here.
   */
  handlerOnAbort(reason: string): StartEffect | undefined {
    const { plan, path } = this.#root
    if (plan.onFailure === null) return undefined
    const failure: TaskFailure = { code: 'ActionAbortedError', message: reason, kind: 'user', recoverable: false }
    this.#root.failure ??= { path, failure }
    const list = new ListRun({
      plan: plan.onFailure,
      path,
      graph: this.#root,
      outer: null,
      owner: null,
      isHandler: true,
    })
    const [node] = list.nodes
    const { kind } = node!.plan.node
    if (kind.case !== 'call') return undefined
    const typed = interfaceOf(this.#root.workflow, kind.value.entity)
    if (typed === undefined) return undefined
    try {
      const inputs = this.#values.serialized(this.#values.complete(this.#values.inputs(node!, typed.inputs), typed))
      return this.#startOf(node!, inputs, this.#calling(node!, kind.value.entity), null)
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      return undefined
    }
  }

  /** Whether anything depends on what gave something that was started. If not, its outputs need not be told. */
  needsOutputsOf(key: string): boolean {
    const node = this.#live.get(key)?.node
    if (node === undefined) return false
    const { kind } = node.plan.node
    return node.plan.isReferenced || kind.case === 'approval' || kind.case === 'signal' || kind.case === 'dynamic'
  }

  /** What became of the nodes so far, in their order, each before what is inside of it. Those not reached are left out. */
  statuses(): Iterable<NodeStatusView> {
    return statusesOf(this.#root)
  }

  #run(): ReadonlyArray<WorkflowEffect> {
    // Nodes that need nothing started go by here, one after the other: a chain of them is no recursion.
    for (let at = 0; at < this.#ready.length; at++) {
      const node = this.#ready[at]!
      if (node.state === 'waiting' && !this.#isOver) this.#attempt(node, () => this.#start(node))
    }
    this.#ready = []
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  #attempt(node: NodeRun, body: () => void): void {
    try {
      body()
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      this.#fail(node, { path: node.path, failure: workflowFailure(error.code, error.message) })
    }
  }

  // ---- nodes begin

  #start(node: NodeRun): void {
    node.state = 'running'
    node.startedAt = this.#now
    const { kind } = node.plan.node
    switch (kind.case) {
      case 'call':
        return this.#startCall(node, kind.value.entity)
      case 'map':
        return this.#startMap(node)
      case 'branch':
        return this.#startBranch(node)
      case 'echo':
        return this.#succeed(node, this.#values.inputs(node, typesIn(node.plan.node.outputs)))
      case 'approval':
      case 'signal':
        if (kind.value.condition === undefined) throw new ValueError('the node asks for nothing')
        return this.#launch(node, new Uint8Array(), { kind: 'condition', condition: kind.value.condition })
      case 'sleep':
        return this.#launch(node, this.#values.serialized(this.#values.inputs(node, new Map())), { kind: 'sleep' })
      case 'dynamic':
        return this.#launchCall(node, kind.value.entity)
      case undefined:
        throw new ValueError('the node is of a kind that is not known here')
      default:
        return assertNever(kind)
    }
  }

  #startCall(node: NodeRun, index: number): void {
    const { workflow } = node.graph
    const entity = workflow.entities[index]
    if (entity?.kind.case !== 'workflow') return this.#launchCall(node, index)
    const inputs = this.#values.inputs(node, interfaceOf(workflow, index)!.inputs)
    node.inner = new GraphRun({ workflow, graph: entity.kind.value, path: node.path, parent: node, inputs })
    this.#beginGraph(node.inner)
  }

  #launchCall(node: NodeRun, entity: number): void {
    const typed = interfaceOf(node.graph.workflow, entity)
    if (typed === undefined) throw new ValueError(`there is no entity ${entity}`)
    const inputs = this.#values.complete(this.#values.inputs(node, typed.inputs), typed)
    this.#launch(node, this.#values.serialized(inputs), this.#calling(node, entity))
  }

  #calling(node: NodeRun, entity: number) {
    const { kind } = node.plan.node
    const overrides =
      kind.case === 'call' || kind.case === 'map' || kind.case === 'dynamic' ? kind.value.overrides : undefined
    const { workflow, plan } = node.graph
    return { kind: 'call', workflow, entity, overrides, interruptible: plan.graph.interruptible } as const
  }

  #launch(node: NodeRun, inputs: Uint8Array, what: Started, item: number | null = null): void {
    const effect = this.#startOf(node, inputs, what, item)
    this.#live.set(effect.key, { node, item })
    this.#effects.push(effect)
  }

  #startOf(node: NodeRun, inputs: Uint8Array, what: Started, item: number | null): StartEffect {
    const { path } = node
    return {
      type: 'start',
      key: item === null ? path : itemKey(path, item),
      path,
      group: item === null ? node.list.path : path,
      name: node.plan.node.name,
      what,
      inputs,
      isFailureHandler: node.list.isHandler || node.graph.isInHandler,
    }
  }

  #startMap(node: NodeRun): void {
    const { kind } = node.plan.node
    if (kind.case !== 'map') return
    const typed = interfaceOf(node.graph.workflow, kind.value.entity)
    if (typed === undefined) throw new ValueError(`there is no entity ${kind.value.entity}`)
    const over = new Set(kind.value.over)
    const inputs = this.#values.complete(this.#values.inputs(node, typed.inputs, over), typed)
    const each = [...inputs].map(([name, value]): MapInput => {
      if (!over.has(name)) return { name, value }
      const content = this.#values.resolver.itemsOf(value)
      if (content.kind !== 'items') throw new ValueError(`its input ${name} is no list`)
      return { name, items: content.items }
    })
    node.items = new MapItems(kind.value, each, node.plan.isReferenced ? typed.outputs : new Map())
    this.#startItems(node, node.items)
  }

  #startItems(node: NodeRun, items: MapItems): void {
    const { kind } = node.plan.node
    if (kind.case !== 'map') return
    const what = this.#calling(node, kind.value.entity)
    for (let index = items.next(); index !== undefined; index = items.next()) {
      this.#launch(node, this.#values.withContext(items.inputsOf(index)), what, index)
    }
    if (items.isDone) this.#succeed(node, items.outputs())
  }

  #startBranch(node: NodeRun): void {
    const taken = node.plan.cases.find(({ condition, name }) => {
      return name === 'else' || (condition !== null && holds(condition, this.#values.resolver, node.list))
    })
    if (taken === undefined) throw new ValueError('the branch has no last case')
    node.taken = taken
    if (taken.failure !== null) {
      return this.#fail(node, { path: node.path, failure: workflowFailure('BranchFailed', taken.failure) })
    }
    const path = nestedPath(node.path, taken.name)
    node.block = new ListRun({ plan: taken.list, path, graph: node.graph, outer: node.list, owner: node })
    this.#beginList(node.block)
  }

  #beginGraph(graph: GraphRun): void {
    this.#beginList(graph.list)
  }

  #beginList(list: ListRun): void {
    for (const node of list.nodes) if (node.waitsFor === 0) this.#ready.push(node)
    if (list.open === 0) this.#listDone(list)
  }

  // ---- what was started ends

  #takeOutputs(node: NodeRun, outputs: Uint8Array): void {
    const { kind } = node.plan.node
    switch (kind.case) {
      case 'approval':
        if (!isYes(outputs)) {
          const name = kind.value.condition?.name ?? ''
          const failure = workflowFailure('ApprovalRejected', `${name} was not approved`)
          return this.#fail(node, { path: node.path, failure })
        }
        return this.#succeed(node, this.#values.inputs(node, typesIn(node.plan.node.outputs)))
      case 'signal':
        return this.#succeed(node, new Map([[signalOutputOf(node.plan.node), onlyOf(outputs)]]))
      case 'dynamic':
        return this.#startMade(node, outputs)
      default:
        return this.#succeed(node, node.plan.isReferenced || node.list.isHandler ? readNamed(outputs) : noOutputs)
    }
  }

  /** What a dynamic node made becomes part of the workflow. */
  #startMade(node: NodeRun, outputs: Uint8Array): void {
    const literal = readNamed(outputs).get(madeGraphOutput)
    let made: Workflow
    try {
      made = workflowOfLiteral(literal === undefined ? undefined : fromBinary(LiteralSchema, literal))
      checkMadeWorkflow(made, node.plan.node.outputs)
    } catch (error) {
      throw new ValueError(error instanceof Error ? error.message : String(error), 'DynamicGraphInvalid')
    }
    node.inner = new GraphRun({ workflow: made, path: node.path, parent: node, inputs: new Map() })
    this.#beginGraph(node.inner)
  }

  #itemEnded(node: NodeRun, index: number, end: StartedEnd): void {
    const { items } = node
    if (items === null || node.state !== 'running') return
    this.#attempt(node, () => {
      if ('outputs' in end) items.succeed(index, end.outputs)
      else items.fail(index, end.failure)
      if (items.isLost) return this.#loseMap(node, items)
      this.#startItems(node, items)
    })
  }

  #loseMap(node: NodeRun, items: MapItems): void {
    const { index, failure } = items.firstFailure!
    const message = `${items.failed} of ${items.total} items failed, and ${items.demand}; item ${index}: ${failure.message}`
    this.#fail(node, { path: node.path, failure: workflowFailure('MapFailed', message, failure) })
  }

  // ---- nodes end

  #succeed(node: NodeRun, outputs: NamedBytes): void {
    node.state = 'succeeded'
    node.endedAt = this.#now
    node.outputs = outputs
    node.leaveUpstream()
    const { list } = node
    for (const index of node.plan.dependents) {
      const dependent = list.nodes[index]!
      dependent.waitsFor--
      if (dependent.waitsFor === 0) this.#ready.push(dependent)
    }
    this.#close(list)
  }

  #close(list: ListRun): void {
    list.open--
    if (list.open === 0) this.#listDone(list)
  }

  #listDone(list: ListRun): void {
    if (list.isHandler) return this.#handlerDone(list)
    const failed = list.nodes.find(({ state }) => state === 'failed')
    const { owner, graph } = list
    if (owner !== null) {
      if (failed !== undefined) return this.#fail(owner, failed.failed!)
      return this.#attempt(owner, () => {
        this.#succeed(owner, this.#values.bound(owner.taken!.outputs, list, typesIn(owner.plan.node.outputs)))
      })
    }
    if (failed !== undefined) return this.#failGraph(graph, failed.failed!)
    this.#finishGraph(graph)
  }

  #finishGraph(graph: GraphRun): void {
    const { parent, plan, list } = graph
    const types = typesIn(plan.graph.interface?.outputs)
    if (parent !== null) {
      return this.#attempt(parent, () => this.#succeed(parent, this.#values.bound(plan.outputs, list, types)))
    }
    try {
      const outputs = writeNamed(this.#values.bound(plan.outputs, list, types))
      this.#isOver = true
      this.#effects.push({ type: 'succeed', outputs })
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      this.#failGraph(graph, { path: 'outputs', failure: workflowFailure(error.code, error.message) })
    }
  }

  #fail(node: NodeRun, failed: NodeFailure): void {
    const { list } = node
    this.#abortWithin(node, failed.path)
    node.state = 'failed'
    node.endedAt = this.#now
    node.failed = failed
    if (!list.isHandler && !list.graph.finishesExecutable) return this.#failAtOnce(node, failed)
    node.leaveUpstream()
    this.#skipDependents(node)
    this.#close(list)
  }

  #failAtOnce({ list, graph }: NodeRun, failed: NodeFailure): void {
    // The branches that it is in fail with it, rather than that they were aborted.
    for (let { owner } = list; owner !== null; owner = owner.list.owner) {
      owner.state = 'failed'
      owner.endedAt = this.#now
      owner.failed = failed
      if (owner.block !== null) this.#abortList(owner.block, failed.path)
    }
    this.#failGraph(graph, failed)
  }

  /** Nodes that can never run. */
  #skipDependents(node: NodeRun): void {
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

  #failGraph(graph: GraphRun, failed: NodeFailure): void {
    // The failure of its outputs, after one of them had failed it.
    if (graph.failure !== null) return
    graph.failure = failed
    this.#abortList(graph.list, failed.path)
    const { onFailure } = graph.plan
    if (onFailure === null) return this.#endFailed(graph, failed)
    graph.handler = new ListRun({ plan: onFailure, path: graph.path, graph, outer: null, owner: null, isHandler: true })
    this.#beginList(graph.handler)
  }

  #handlerDone({ graph, nodes: [handler] }: ListRun): void {
    const failed = graph.failure!
    const own = handler?.failed?.failure
    if (own === undefined) return this.#endFailed(graph, failed)
    const message = `${failed.failure.message} (and the failure handler ${handler!.path} failed: ${own.message})`
    this.#endFailed(graph, { ...failed, failure: { ...failed.failure, message } })
  }

  #endFailed({ parent }: GraphRun, failed: NodeFailure): void {
    if (parent !== null) return this.#fail(parent, failed)
    this.#isOver = true
    this.#effects.push({ type: 'fail', failure: failed.path === 'outputs' ? failed.failure : failureOfNode(failed) })
  }

  #abortList(list: ListRun, failedPath: string): void {
    for (const node of list.nodes) {
      if (node.state !== 'running') continue
      this.#abortWithin(node, failedPath)
      node.state = 'aborted'
      node.endedAt = this.#now
    }
  }

  /** What a node has started is not wanted any more. */
  #abortWithin(node: NodeRun, failedPath: string): void {
    if (node.inner !== null) {
      this.#abortList(node.inner.list, failedPath)
      if (node.inner.handler !== null) this.#abortList(node.inner.handler, failedPath)
    }
    if (node.block !== null) this.#abortList(node.block, failedPath)
    if (node.items !== null) for (const index of node.items.running) this.#abort(itemKey(node.path, index), failedPath)
    this.#abort(node.path, failedPath)
  }

  #abort(key: string, failedPath: string): void {
    if (this.#live.delete(key)) this.#effects.push({ type: 'abort', key, reason: abortReason(failedPath) })
  }
}

const noOutputs: NamedBytes = new Map()
