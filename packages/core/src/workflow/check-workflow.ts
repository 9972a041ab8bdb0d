import type { LiteralType, TypedInterface, VariableMap } from '@tern/idl/core'
import type { Graph, Workflow } from '@tern/idl/graph'
import { describeType } from '../describe-type.ts'
import { InvalidArgumentError } from '../errors.ts'
import { isCastable } from '../castable.ts'
import { NodeChecker } from './check-nodes.ts'
import { typesIn } from './entity-interface.ts'
import { type Place, wrong } from './place.ts'

/**
 * Checks a compiled workflow: that it is complete and consistent, that what refers to something finds it, that nothing waits for
 * itself, and that every value is of the type that is expected.
 *
 * Throws InvalidArgumentError that names the graph, the node, and what is wrong with it.
 *
 * @param typed the interface of the task that the workflow is
 */
export function checkWorkflow(workflow: Workflow, typed?: TypedInterface): void {
  const { graph } = workflow
  if (graph === undefined) throw new InvalidArgumentError('the workflow has no graph', { field: 'graph' })
  if (typed !== undefined) checkSame(graph, typed)
  new WorkflowChecker(workflow).check(graph, [])
}

/** Checks what a dynamic node made: it has no inputs, and gives the outputs of the node. */
export function checkMadeWorkflow(workflow: Workflow, outputs: VariableMap | undefined): void {
  checkWorkflow(workflow)
  const { graph } = workflow
  const inputs = graph?.interface?.inputs?.variables ?? []
  if (inputs.length > 0) throw bad(`the graph that was made has inputs (${inputs.map(({ key }) => key).join(', ')})`)
  const made = typesIn(graph?.interface?.outputs)
  for (const [name, type] of typesIn(outputs)) {
    const given = made.get(name)
    if (given === undefined) throw bad(`the graph that was made has no output ${name}`)
    if (!isCastable(given, type)) {
      throw bad(`the graph that was made gives ${name} as ${describeType(given)}, and not as ${describeType(type)}`)
    }
  }
}

function checkSame(graph: Graph, typed: TypedInterface): void {
  for (const side of ['inputs', 'outputs'] as const) {
    const [ours, theirs] = [typesIn(graph.interface?.[side]), typesIn(typed[side])]
    for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
      const [a, b] = [ours.get(name), theirs.get(name)]
      const isSame = a !== undefined && b !== undefined && isCastable(a, b) && isCastable(b, a)
      if (!isSame) {
        throw bad(`${side}.${name} of the graph differs from that of the task: ${nameOf(a)} and ${nameOf(b)}`)
      }
    }
  }
}

function nameOf(type: LiteralType | undefined): string {
  return type === undefined ? 'none' : describeType(type)
}

class WorkflowChecker {
  readonly #workflow: Workflow
  readonly #checked = new Set<Graph>()

  constructor(workflow: Workflow) {
    this.#workflow = workflow
  }

  /** @param within the graphs that it is part of */
  check(graph: Graph, within: ReadonlyArray<Graph>): void {
    if (within.includes(graph)) {
      throw bad(`workflow ${graph.name} contains itself: ${[...within, graph].map(({ name }) => name).join(' → ')}`)
    }
    if (this.#checked.has(graph)) return
    const place: Place = { graph: graph.name, path: '' }
    checkNames(graph.interface?.inputs, 'input', place)
    checkNames(graph.interface?.outputs, 'output', place)
    const checker = new NodeChecker({
      workflow: this.#workflow,
      graph,
      called: (called) => this.check(called, [...within, graph]),
    })
    const scope = checker.checkList(graph.nodes, null, '')
    checker.bindings.check(graph.outputs, typesIn(graph.interface?.outputs), scope, {
      place,
      side: 'output',
      isComplete: true,
    })
    this.#checkHandler(graph, checker)
    this.#checked.add(graph)
  }

  #checkHandler({ onFailure, name, nodes }: Graph, checker: NodeChecker): void {
    if (onFailure === undefined) return
    const place: Place = { graph: name, path: onFailure.id, node: onFailure }
    if (onFailure.kind.case !== 'call') throw wrong(place, 'a failure handler calls one task or workflow')
    if (nodes.some(({ id }) => id === onFailure.id)) throw wrong(place, 'a node has the id of the failure handler')
    checker.checkList([onFailure], null, '', { isHandler: true })
  }
}

function checkNames(variables: VariableMap | undefined, what: string, place: Place): void {
  const seen = new Set<string>()
  for (const { key } of variables?.variables ?? []) {
    if (key === '' || seen.has(key))
      throw wrong(place, key === '' ? `an ${what} has no name` : `${what} ${key} is there twice`)
    seen.add(key)
  }
}

function bad(message: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field: 'graph' })
}
