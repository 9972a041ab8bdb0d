import type {
  Binding,
  Block,
  BranchNode,
  Condition,
  Graph,
  Node,
  Operand,
  Reference,
  Value,
  Workflow,
} from '@tern/idl/graph'
import type { Duration } from '@bufbuild/protobuf/wkt'
import { FailurePolicy } from '@tern/idl/graph'
import { formatDuration, fromProtoDuration } from '../../duration.ts'
import { nestedPath } from '../node-path.ts'
import { describeType } from '../../describe-type.ts'
import {
  describeBinding,
  describeBound,
  describeCondition,
  describeEntity,
  describeMap,
  describeOverrides,
  nameReference,
} from './describe.ts'

/** How a node looks in a drawing. */
export type OutlineKind =
  | 'task'
  | 'workflow'
  | 'launch plan'
  | 'map'
  | 'branch'
  | 'echo'
  | 'approval'
  | 'signal'
  | 'sleep'
  | 'dynamic'

/** A node, with what is inside of it. */
export interface OutlineNode {
  /** From the outermost graph: `n2/then0/n1`. */
  readonly path: string
  readonly kind: OutlineKind
  /** Its own name or that of what it calls. */
  readonly title: string
  /** What else there is to say: over what it maps, what it asks. */
  readonly detail: string
  readonly inputs: readonly string[]
  /** What it does otherwise than the task says that it calls: `retries 3, queue "slow"`. */
  readonly overrides: string
  /** What is called, for those who compare: an index of the workflow's entities. */
  readonly entity: number | undefined
  /** Where it stands in the source; empty if nobody knows. */
  readonly source: string
  /** Nodes before it: paths, and whether it takes something from them or only comes after. */
  readonly after: readonly { readonly path: string; readonly isData: boolean }[]
  /** Whether it takes an input of the workflow that it stands in. */
  readonly takesInputs: boolean
  /** The blocks of a branch, in their order, or the nodes of a workflow. */
  readonly blocks: readonly OutlineBlock[]
}

export interface OutlineBlock {
  /** `then0`, `then1`, …, `else`; empty for the nodes of a workflow. */
  readonly name: string
  /** When its nodes are done: `n0.o0 > 3`, `otherwise`; empty for the nodes of a workflow. */
  readonly condition: string
  /** The same as people say it, with names of what is called: `load.rows > 3`. */
  readonly spoken: string
  readonly nodes: readonly OutlineNode[]
  /** Why the branch fails here; empty if it does not. */
  readonly failure: string
}

/** A compiled workflow as it is drawn and compared: everything by path, in the order of the graph. */
export interface Outline {
  readonly name: string
  /** `x: integer`. */
  readonly inputs: readonly string[]
  readonly nodes: readonly OutlineNode[]
  readonly outputs: readonly string[]
  /** Paths of the nodes that the outputs are taken from; empty for one that is an input. */
  readonly results: readonly string[]
  readonly finishesOthers: boolean
  readonly onFailure: OutlineNode | undefined
}

const nothing: Outline = {
  name: '',
  inputs: [],
  nodes: [],
  outputs: [],
  results: [],
  finishesOthers: false,
  onFailure: undefined,
}

export function outlineOf(workflow: Workflow): Outline {
  const { graph } = workflow
  if (graph === undefined) return nothing
  const outliner = new Outliner(workflow)
  return {
    name: graph.name,
    inputs: (graph.interface?.inputs?.variables ?? []).map(({ key, value }) => `${key}: ${describeType(value?.type)}`),
    nodes: outliner.nodes(graph.nodes, '', ''),
    outputs: graph.outputs.map(describeBinding),
    results: [...new Set(graph.outputs.flatMap(inBinding))],
    finishesOthers: graph.failurePolicy === FailurePolicy.FINISH_EXECUTABLE,
    onFailure: graph.onFailure === undefined ? undefined : outliner.node(graph.onFailure, '', ''),
  }
}

/** What the SDK calls a node that sleeps, if nobody has another name for it. */
const usualSleepName = 'sleep-gate'

class Outliner {
  readonly #workflow: Workflow
  readonly #titles = new Map<string, string>()

  constructor(workflow: Workflow) {
    this.#workflow = workflow
  }

  /**
   * @param place path of the block or workflow that the nodes are part of
   * @param graph path of the graph that their references begin at
   */
  nodes(nodes: readonly Node[], place: string, graph: string): OutlineNode[] {
    return nodes.map((node) => this.node(node, place, graph))
  }

  node(node: Node, place: string, graph: string): OutlineNode {
    const path = nestedPath(place, node.id)
    const references = referencedBy(node)
    const used = new Set(references.filter(Boolean).map((reference) => nestedPath(graph, reference)))
    const { kind, title, detail, blocks } = this.#describe(node, path, graph)
    const shown = node.name === '' || node.name === usualSleepName ? title : node.name
    this.#titles.set(path, shown)
    return {
      path,
      kind,
      title: shown,
      detail: shown === title || kind === 'branch' ? detail : [title, detail].filter(Boolean).join(', '),
      inputs: node.inputs.map(describeBinding),
      ...calledBy(node),
      source: node.source === undefined ? '' : `${node.source.file}:${node.source.line}:${node.source.column}`,
      after: node.upstream.map((id) => {
        const before = nestedPath(place, id)
        return { path: before, isData: used.has(before) || [...used].some((each) => each.startsWith(`${before}/`)) }
      }),
      takesInputs: references.includes(''),
      blocks,
    }
  }

  #describe(
    { kind, inputs }: Node,
    path: string,
    graph: string,
  ): Pick<OutlineNode, 'kind' | 'title' | 'detail' | 'blocks'> {
    switch (kind.case) {
      case 'call':
        return this.#describeCall(kind.value.entity, path)
      case 'map':
        return { kind: 'map', title: this.#entityName(kind.value.entity), detail: describeMap(kind.value), blocks: [] }
      case 'branch': {
        const cases = kind.value.cases.map(({ condition, block }, index) =>
          this.#block(block, `then${index}`, condition, path, graph),
        )
        const otherwise = this.#block(kind.value.otherwise, 'else', undefined, path, graph)
        return { kind: 'branch', title: 'when', detail: '', blocks: [...cases, ...otherwise].flat() }
      }
      case 'dynamic':
        return { kind: 'dynamic', title: this.#madeBy(kind.value.entity), detail: 'makes a graph', blocks: [] }
      case 'approval':
      case 'signal': {
        const { name = kind.case, timeout } = kind.value.condition ?? {}
        return { kind: kind.case, title: name, detail: patienceOf(timeout), blocks: [] }
      }
      case 'sleep':
        return { kind: 'sleep', title: 'sleep', detail: lengthOf(inputs), blocks: [] }
      case 'echo':
        return { kind: kind.case, title: kind.case, detail: '', blocks: [] }
      default:
        return { kind: 'echo', title: 'unknown', detail: 'from a newer version', blocks: [] }
    }
  }

  #describeCall(index: number, path: string): Pick<OutlineNode, 'kind' | 'title' | 'detail' | 'blocks'> {
    const entity = this.#workflow.entities[index]
    const title = describeEntity(entity)
    if (entity?.kind.case === 'launchPlan')
      return { kind: 'launch plan', title, detail: 'a run of its own', blocks: [] }
    if (entity?.kind.case !== 'workflow') return { kind: 'task', title, detail: '', blocks: [] }
    const inner: Graph = entity.kind.value
    const block = { name: '', condition: '', spoken: '', nodes: this.nodes(inner.nodes, path, path), failure: '' }
    return { kind: 'workflow', title, detail: '', blocks: [block] }
  }

  /** @param condition none for the last, which is done when no other is */
  #block(
    block: Block | undefined,
    name: string,
    condition: Condition | undefined,
    path: string,
    graph: string,
  ): OutlineBlock[] {
    if (block === undefined) return []
    const titleOf = (node: string) => this.#titles.get(nestedPath(graph, node)) ?? node
    const spoken = (reference: Reference) => nameReference(reference, titleOf)
    return [
      {
        name,
        condition: condition === undefined ? 'otherwise' : describeCondition(condition),
        spoken: condition === undefined ? 'otherwise' : describeCondition(condition, spoken),
        nodes: this.nodes(block.nodes, nestedPath(path, name), graph),
        failure: block.fail?.message ?? '',
      },
    ]
  }

  #entityName(index: number): string {
    return describeEntity(this.#workflow.entities[index])
  }

  /** The SDK declares a task of its own for the body of a dynamic one. */
  #madeBy(index: number): string {
    return this.#entityName(index).replace(/-graph$/, '')
  }
}

/** How long a node sleeps: `10m`. */
function lengthOf([duration]: readonly Binding[]): string {
  return describeBound(duration?.value).replaceAll('"', '')
}

/** How long a gate waits. */
function patienceOf(timeout: Duration | undefined): string {
  return timeout === undefined ? '' : `within ${formatDuration(fromProtoDuration(timeout))}`
}

function calledBy({ kind }: Node): Pick<OutlineNode, 'overrides' | 'entity'> {
  if (kind.case !== 'call' && kind.case !== 'map' && kind.case !== 'dynamic')
    return { overrides: '', entity: undefined }
  return { overrides: describeOverrides(kind.value.overrides), entity: kind.value.entity }
}

/** Paths of the nodes whose outputs a node takes, from the graph that it stands in; empty for its inputs. */
function referencedBy(node: Node): string[] {
  return [...node.inputs.flatMap(inBinding), ...(node.kind.case === 'branch' ? inBranch(node.kind.value) : [])]
}

function inBranch({ cases, otherwise }: BranchNode): string[] {
  const blocks = [...cases.map(({ block }) => block), otherwise]
  return [...cases.flatMap(({ condition }) => inCondition(condition)), ...blocks.flatMap(inBlock)]
}

function inBlock(block: Block | undefined): string[] {
  return [...(block?.nodes ?? []).flatMap(referencedBy), ...(block?.outputs ?? []).flatMap(inBinding)]
}

function inCondition(condition: Condition | undefined): string[] {
  switch (condition?.kind.case) {
    case 'comparison':
      return [condition.kind.value.left, condition.kind.value.right].flatMap(inOperand)
    case 'all':
    case 'any':
      return condition.kind.value.conditions.flatMap(inCondition)
    case 'not':
      return inCondition(condition.kind.value)
    default:
      return []
  }
}

function inOperand(operand: Operand | undefined): string[] {
  return operand?.value.case === 'reference' ? [operand.value.value.node] : []
}

function inBinding({ value }: Binding): string[] {
  return inValue(value)
}

function inValue(value: Value | undefined): string[] {
  switch (value?.kind.case) {
    case 'reference':
      return [value.kind.value.node]
    case 'list':
      return value.kind.value.items.flatMap(inValue)
    case 'map':
      return value.kind.value.entries.flatMap(inBinding)
    case 'record':
      return value.kind.value.fields.flatMap(inBinding)
    case 'union':
      return inValue(value.kind.value.value)
    default:
      return []
  }
}
