import type { GraphRun, ListRun, NodeRun } from './execution-state.ts'
import { itemKey } from './node-path.ts'
import type { Turn } from './turn.ts'

/**
 * Nodes of a list that run are not wanted any more.
 *
 * @param failedPath of the node whose failure is the reason
 * @returns the workflows in it that ran, which have failure handlers to be called, or handlers that run
 */
export function abortList(turn: Turn, list: ListRun, failedPath: string): ReadonlyArray<GraphRun> {
  let cut: GraphRun[] | null = null
  for (const node of list.nodes) {
    if (node.state !== 'running') continue
    const within = abortWithin(turn, node, failedPath)
    if (within.length > 0) (cut ??= []).push(...within)
    // Whose handler runs has failed by itself.
    const own = node.inner?.failure ?? null
    node.state = own === null ? 'aborted' : 'failed'
    node.failed ??= own
    node.endedAt = turn.now
  }
  return cut ?? none
}

/** What a node has started is not wanted any more. What it returns is as of `abortList`. */
export function abortWithin(turn: Turn, node: NodeRun, failedPath: string): ReadonlyArray<GraphRun> {
  if (node.items !== null) for (const index of node.items.running) turn.abort(itemKey(node.path, index), failedPath)
  turn.abort(node.path, failedPath)
  if (node.block !== null) return abortList(turn, node.block, failedPath)
  return node.inner !== null && !node.inner.isOver ? [node.inner] : none
}

const none: ReadonlyArray<GraphRun> = []
