import type { NodeStatusView } from './effects.ts'
import type { GraphRun, ListRun, NodeRun } from './execution-state.ts'
import type { CasePlan, ListPlan } from './graph-plan.ts'
import { nestedPath } from './node-path.ts'

/** What became of the nodes of a graph, and of what is inside of them. Those not reached are left out. */
export function* statusesOf(graph: GraphRun): Iterable<NodeStatusView> {
  yield* ofList(graph.list)
  if (graph.handler !== null) yield* ofList(graph.handler)
}

function* ofList(list: ListRun): Iterable<NodeStatusView> {
  for (const node of list.nodes) {
    if (node.state === 'waiting') continue
    yield toView(node)
    if (node.taken !== null) yield* ofCases(node, node.taken)
    if (node.inner !== null) yield* statusesOf(node.inner)
  }
}

function* ofCases(node: NodeRun, taken: CasePlan): Iterable<NodeStatusView> {
  for (const each of node.plan.cases) {
    if (each !== taken) yield* skipped(each.list, nestedPath(node.path, each.name), node.startedAt)
    else if (node.block !== null) yield* ofList(node.block)
  }
}

function* skipped(list: ListPlan, prefix: string, at: number): Iterable<NodeStatusView> {
  for (const { node, cases } of list.nodes) {
    const path = nestedPath(prefix, node.id)
    yield { ...nothing, path, state: 'skipped', startedAt: at, endedAt: at }
    for (const each of cases) yield* skipped(each.list, nestedPath(path, each.name), at)
  }
}

const nothing = { failure: null, taken: '', key: '', map: null, made: null } as const

function toView(node: NodeRun): NodeStatusView {
  const { plan, state, startedAt, endedAt, failed, taken, items, inner, path } = node
  const kind = plan.node.kind.case
  const isOwn = kind === 'echo' || kind === 'branch' || kind === 'map' || (inner !== null && kind !== 'dynamic')
  return {
    path,
    state,
    startedAt,
    endedAt,
    failure: failed?.failure ?? null,
    taken: taken?.name ?? '',
    key: isOwn ? '' : path,
    map:
      items === null
        ? null
        : { total: items.total, started: items.started, succeeded: items.succeeded, failed: items.failed },
    made: kind === 'dynamic' && inner !== null ? inner.workflow : null,
  }
}
