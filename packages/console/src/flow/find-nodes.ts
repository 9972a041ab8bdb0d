import type { Entity, Graph, Node, Workflow } from '@tern/idl/graph'
import { nested, nodesOf, titleOf } from './flow-layout.ts'

/** A node of a workflow, in its place. */
export interface FoundNode {
  /** From the outermost graph. */
  readonly path: string
  readonly title: string
  readonly node: Node
  /** Path of the node whose workflow it is part of, which its references begin at; empty for the outermost. */
  readonly scope: string
  /** What it calls. */
  readonly entity: Entity | undefined
  /** Paths of the nodes that it waits for, and of those that wait for it. */
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
}

/** All nodes of a workflow by path, those of branches and of called workflows too. */
export function findNodes({ graph, entities }: Workflow): ReadonlyMap<string, FoundNode> {
  const found = new Map<string, FoundNode>()
  addNodes(nodesOf(graph), '', '', entities, found)
  return found
}

function addNodes(
  nodes: ReadonlyArray<Node>,
  place: string,
  scope: string,
  entities: ReadonlyArray<Entity>,
  found: Map<string, FoundNode>,
): void {
  const waiting = waitingOf(nodes)
  for (const node of nodes) {
    const path = nested(place, node.id)
    found.set(path, {
      path,
      title: titleOf(node, entities),
      node,
      scope,
      entity: entityOf(node, entities),
      before: node.upstream.map((id) => nested(place, id)),
      after: (waiting.get(node.id) ?? []).map((id) => nested(place, id)),
    })
    for (const inner of innerListsOf(node, path, scope, entities)) {
      addNodes(inner.nodes, inner.place, inner.scope, entities, found)
    }
  }
}

/** By the id of a node, those of the nodes that wait for it. */
function waitingOf(nodes: ReadonlyArray<Node>): ReadonlyMap<string, ReadonlyArray<string>> {
  const waiting = new Map<string, string[]>()
  for (const { id, upstream } of nodes) {
    for (const before of upstream) {
      const known = waiting.get(before)
      if (known === undefined) waiting.set(before, [id])
      else known.push(id)
    }
  }
  return waiting
}

function innerListsOf({ kind }: Node, path: string, scope: string, entities: ReadonlyArray<Entity>) {
  if (kind.case === 'branch') {
    const { cases, otherwise } = kind.value
    return [
      ...cases.map(({ block }, index) => ({ nodes: block?.nodes ?? [], place: `${path}/then${index}`, scope })),
      { nodes: otherwise?.nodes ?? [], place: `${path}/else`, scope },
    ]
  }
  const called: Graph | undefined = calledGraph(kind, entities)
  return called === undefined ? [] : [{ nodes: nodesOf(called), place: path, scope: path }]
}

function calledGraph(kind: Node['kind'], entities: ReadonlyArray<Entity>): Graph | undefined {
  const entity = kind.case === 'call' ? entities[kind.value.entity] : undefined
  return entity?.kind.case === 'workflow' ? entity.kind.value : undefined
}

function entityOf({ kind }: Node, entities: ReadonlyArray<Entity>): Entity | undefined {
  return kind.case === 'call' || kind.case === 'map' || kind.case === 'dynamic'
    ? entities[kind.value.entity]
    : undefined
}
