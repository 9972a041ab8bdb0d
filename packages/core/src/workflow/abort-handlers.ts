import type { TaskFailure } from '../task-error.ts'
import type { StartEffect } from './effects.ts'
import { ValueError } from './execution-failures.ts'
import { type GraphRun, ListRun } from './execution-state.ts'
import { callInputs, calling } from './node-starts.ts'
import type { NodeValues } from './node-values.ts'
import { UnreadValue } from './stored-values.ts'
import { startOf } from './turn.ts'

/**
 * The calls of failure handlers for what is aborted, or out of time: of all workflows in it that run, each before those of the
 * workflow around it. One whose inputs cannot be made is left out.
 */
export function handlersOnAbort(root: GraphRun, values: NodeValues, failure: TaskFailure): ReadonlyArray<StartEffect> {
  return runningIn(root).flatMap((graph) => {
    graph.failure ??= { path: graph.path, failure }
    return handlerOf(graph, values) ?? []
  })
}

function runningIn(graph: GraphRun): GraphRun[] {
  return graph.isOver ? [] : [...runningInList(graph.list), graph]
}

function runningInList(list: ListRun): GraphRun[] {
  return list.nodes.flatMap(({ inner, block }) => {
    if (inner !== null) return runningIn(inner)
    return block === null ? [] : runningInList(block)
  })
}

function handlerOf(graph: GraphRun, values: NodeValues): StartEffect | undefined {
  const { plan, path } = graph
  if (plan.onFailure === null) return undefined
  const list = new ListRun({ plan: plan.onFailure, path, graph, outer: null, owner: null, isHandler: true })
  const node = list.nodes[0]!
  const { kind } = node.plan.node
  if (kind.case !== 'call') return undefined
  try {
    return startOf(node, callInputs(node, kind.value.entity, values), calling(node, kind.value.entity), null)
  } catch (error) {
    if (!(error instanceof ValueError || error instanceof UnreadValue)) throw error
    return undefined
  }
}
