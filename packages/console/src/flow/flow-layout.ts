import type { Entity, Graph, Node } from '@tern/idl/graph'
import { conditionText } from './condition-text.ts'

/** Something of a workflow's graph in its place, in pixels. */
export interface FlowBox {
  /** From the workflow: of a node as in `NodeStatus`, of a lane that of its list. */
  readonly path: string
  readonly title: string
  readonly kind: 'node' | 'container' | 'lane'
  readonly node: Node | undefined
  /** Whether there are nodes inside, shown or not. */
  readonly isFoldable: boolean
  /** Whether it is called only when another node has failed. */
  readonly isHandler: boolean
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface FlowEdge {
  readonly from: string
  readonly to: string
}

export interface Flow {
  /** What contains others is before them. */
  readonly boxes: ReadonlyArray<FlowBox>
  readonly edges: ReadonlyArray<FlowEdge>
  readonly width: number
  readonly height: number
}

/** Nodes that are shown inside of another one, beside other such lists. */
interface Lane {
  readonly path: string
  readonly title: string
  readonly nodes: ReadonlyArray<Node>
  readonly handler?: Node | undefined
  /** Path of the node whose workflow it is of: references begin there. */
  readonly scope: string
  readonly entities: ReadonlyArray<Entity>
}

/** A graph and what its entities are; of a dynamic node, what it has made, by its path. */
export interface FlowSource {
  readonly graph: Graph | undefined
  readonly entities: ReadonlyArray<Entity>
  readonly made?: ReadonlyMap<string, { readonly graph: Graph | undefined; readonly entities: ReadonlyArray<Entity> }>
  /** Whether the workflow that a node calls is shown inside of it. Defaults to all of them. */
  readonly isOpen?: (path: string) => boolean
  /** What a node is called in conditions, by its path. Defaults to the path. */
  readonly nameOf?: (path: string) => string
}

type Options = Required<Pick<FlowSource, 'made' | 'isOpen' | 'nameOf'>>

const boxSize = { width: 200, height: 48 } as const
const gap = { across: 52, down: 16 } as const
const inside = { head: 34, laneHead: 20, padding: 14 } as const

/** Lays out a workflow from left to right: each node is right of all that it waits for. */
export function layOutFlow({ graph, entities, ...options }: FlowSource): Flow {
  const { made = new Map(), isOpen = () => true, nameOf = (path) => path } = options
  return layOutList({ path: '', title: '', scope: '', ...listOf(graph), entities }, { made, isOpen, nameOf })
}

function listOf(graph: Graph | undefined): Pick<Lane, 'nodes' | 'handler'> {
  return { nodes: nodesOf(graph), handler: graph?.onFailure }
}

/** The nodes of a graph with the one that is called when another has failed, which is the last. */
export function nodesOf(graph: Graph | undefined): ReadonlyArray<Node> {
  if (graph === undefined) return []
  return graph.onFailure === undefined ? graph.nodes : [...graph.nodes, graph.onFailure]
}

function layOutList(lane: Lane, options: Options): Flow {
  const { path, nodes, handler } = lane
  const pathOf = (id: string) => nested(path, id)
  const flows = new Map(nodes.map((node) => [node.id, layOutNode(node, pathOf(node.id), lane, options)]))
  const ranks = ranksOf(nodes)
  const columns = Map.groupBy(nodes, ({ id }) => ranks.get(id) ?? 0)
  const boxes: FlowBox[] = []
  const centers = new Map<string, number>()
  let [x, height] = [0, 0]
  for (const rank of [...columns.keys()].sort((a, b) => a - b)) {
    const column = (columns.get(rank) ?? []).toSorted((a, b) => centerOf(a, centers) - centerOf(b, centers))
    let y = 0
    for (const node of column) {
      const flow = flows.get(node.id) as Flow
      // As high as what it waits for, unless there is something already.
      const wanted = centerOf(node, centers) - flow.height / 2
      y = Math.max(y, Number.isFinite(wanted) ? wanted : 0)
      const placed = flow.boxes.map((box) => ({ ...box, x: box.x + x, y: box.y + y }))
      boxes.push(...(node === handler ? placed.map((box) => ({ ...box, isHandler: true })) : placed))
      centers.set(node.id, y + flow.height / 2)
      y += flow.height + gap.down
    }
    height = Math.max(height, y - gap.down)
    x += Math.max(...column.map(({ id }) => flows.get(id)?.width ?? 0)) + gap.across
  }
  const edges = nodes.flatMap(({ id, upstream }) => upstream.map((from) => ({ from: pathOf(from), to: pathOf(id) })))
  return {
    boxes,
    edges: [...edges, ...[...flows.values()].flatMap((flow) => flow.edges)],
    width: Math.max(0, x - gap.across),
    height,
  }
}

function layOutNode(node: Node, path: string, { scope, entities }: Lane, options: Options): Flow {
  const lanes = lanesOf(node, path, scope, entities, options)
  const title = titleOf(node, entities)
  const isFoldable = lanes.length > 0 && node.kind.case === 'call'
  if (lanes.length === 0 || (isFoldable && !options.isOpen(path))) {
    const box = { path, title, kind: 'node', node, isFoldable, isHandler: false, x: 0, y: 0, ...boxSize } as const
    return { boxes: [box], edges: [], ...boxSize }
  }
  const boxes: FlowBox[] = []
  const edges: FlowEdge[] = []
  let [y, width] = [inside.head as number, boxSize.width as number]
  for (const lane of lanes) {
    const flow = layOutList(lane, options)
    const head = lane.title === '' ? 0 : inside.laneHead
    if (head > 0)
      boxes.push({
        path: lane.path,
        title: lane.title,
        kind: 'lane',
        node: undefined,
        isFoldable: false,
        isHandler: false,
        x: inside.padding,
        y,
        width: boxSize.width,
        height: head,
      })
    boxes.push(...flow.boxes.map((box) => ({ ...box, x: box.x + inside.padding, y: box.y + y + head })))
    edges.push(...flow.edges)
    y += head + flow.height + inside.padding
    width = Math.max(width, flow.width + 2 * inside.padding)
  }
  const container = {
    path,
    title,
    kind: 'container',
    node,
    isFoldable,
    isHandler: false,
    x: 0,
    y: 0,
    width,
    height: y,
  } as const
  return { boxes: [container, ...boxes], edges, width, height: y }
}

function lanesOf(
  { kind }: Node,
  path: string,
  scope: string,
  entities: ReadonlyArray<Entity>,
  { made, nameOf }: Options,
): Lane[] {
  switch (kind.case) {
    case 'branch': {
      const { cases, otherwise } = kind.value
      const nameHere = (node: string) => nameOf(nested(scope, node))
      const lanes = cases.map(({ condition, block }, index) => ({
        path: `${path}/then${index}`,
        title: `${index === 0 ? 'if' : 'else if'} ${conditionText(condition, nameHere)}`,
        nodes: block?.nodes ?? [],
        scope,
        entities,
      }))
      if (otherwise === undefined) return lanes
      const title = otherwise.fail === undefined ? 'else' : `else fail: ${otherwise.fail.message}`
      return [...lanes, { path: `${path}/else`, title, nodes: otherwise.nodes, scope, entities }]
    }
    case 'call': {
      const called = entities[kind.value.entity]?.kind
      return called?.case === 'workflow' ? [{ path, title: '', scope: path, ...listOf(called.value), entities }] : []
    }
    case 'dynamic': {
      const inner = made.get(path)
      return inner === undefined
        ? []
        : [{ path, title: '', scope: path, ...listOf(inner.graph), entities: inner.entities }]
    }
    default:
      return []
  }
}

/** The path of something inside of a node. */
export function nested(place: string, path: string): string {
  return place === '' ? path : `${place}/${path}`
}

/** What a node is called: by its own name, or by that of what it calls. */
export function titleOf({ id, name, kind }: Node, entities: ReadonlyArray<Entity>): string {
  if (name !== '') return name
  if (kind.case !== 'call' && kind.case !== 'map' && kind.case !== 'dynamic') return kind.case ?? id
  return entityName(entities[kind.value.entity]) || id
}

function entityName(entity: Entity | undefined): string {
  const kind = entity?.kind
  switch (kind?.case) {
    case 'task':
      return kind.value.shortName || (kind.value.taskTemplate?.id?.name ?? '')
    case 'workflow':
    case 'deployedTask':
    case 'launchPlan':
      return kind.value.name
    default:
      return ''
  }
}

/** The longest way to each node. A graph that is no such thing, as it has a circle, still ends. */
function ranksOf(nodes: ReadonlyArray<Node>): ReadonlyMap<string, number> {
  const ranks = new Map<string, number>()
  for (let changed = true, round = 0; changed && round <= nodes.length; round++) {
    changed = false
    for (const { id, upstream } of nodes) {
      const rank = Math.max(0, ...upstream.map((from) => (ranks.get(from) ?? 0) + 1))
      if (rank !== ranks.get(id)) changed = true
      ranks.set(id, rank)
    }
  }
  return ranks
}

function centerOf({ upstream }: Node, centers: ReadonlyMap<string, number>): number {
  const known = upstream.flatMap((from) => centers.get(from) ?? [])
  return known.length === 0 ? Number.NEGATIVE_INFINITY : known.reduce((sum, each) => sum + each, 0) / known.length
}
