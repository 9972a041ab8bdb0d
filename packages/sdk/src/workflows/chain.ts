import { GraphError } from './errors.ts'
import { putBehind, requireGraph } from './graph-scope.ts'
import type { AnyNode } from './reference-types.ts'
import { handleOf } from './references.ts'

/**
 * Puts nodes one behind the other that take nothing from each other. Of a list in the chain each node comes after all of the
 * step before.
 *
 *     chain(prepare, [left, right], finish)
 */
export function chain(...steps: readonly (AnyNode | readonly AnyNode[])[]): void {
  const { build } = requireGraph('chain', chain)
  const lists = steps.map((step) => (handleOf(step) === undefined && Array.isArray(step) ? step : [step]))
  for (const [index, step] of lists.entries()) {
    for (const one of step) {
      const handle = handleOf(one)
      if (handle === undefined)
        throw new GraphError('chain takes what .node() and the like return', { graph: build.name })
      for (const before of lists[index - 1] ?? []) {
        if (handle.node === undefined) throw notANode(build.name)
        putBehind(handle.node, before)
      }
    }
  }
}

function notANode(graph: string): GraphError {
  return new GraphError('an input of the workflow cannot come after a node', { graph })
}
