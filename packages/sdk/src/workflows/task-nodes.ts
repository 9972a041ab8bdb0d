import { type GraphHook, registerGraphHook } from '../authoring/graph-hook.ts'
import { addTaskNode } from './call-node.ts'
import { RunInsideGraphError } from './errors.ts'
import { currentGraph, GraphBuild } from './graph-scope.ts'

/** How tasks take part in graphs. */
const taskNodes: GraphHook = {
  addNode: addTaskNode,
  refuseInGraph(what) {
    const scope = currentGraph()
    if (scope === undefined || !scope.build.isOpen) return
    throw new RunInsideGraphError(`${what} was called in the body of a workflow, where nothing runs`, {
      graph: scope.build.name,
      hint: 'Make a node of it: .node({ … }).',
    })
  },
}

/** Begins a graph, which tasks can be nodes of. */
export function openGraph(name: string, prefix: string | undefined): GraphBuild {
  registerGraphHook(taskNodes)
  return new GraphBuild(name, prefix)
}
