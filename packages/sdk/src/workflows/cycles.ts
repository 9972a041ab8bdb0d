import type { BuiltNode } from './graph-scope.ts'

/** Nodes of a list that wait for each other, each for the one before it; the first for the last. */
export function findCycle(nodes: readonly BuiltNode[]): readonly BuiltNode[] | undefined {
  // Mostly nodes come after what they need, and there is nothing to look for.
  if (nodes.every((node) => [...node.upstream].every(({ index }) => index < node.index))) return undefined
  const open = new Map(nodes.map((node) => [node, node.upstream.size]))
  const dependents = new Map<BuiltNode, BuiltNode[]>()
  for (const node of nodes) {
    for (const before of node.upstream) dependents.set(before, [...(dependents.get(before) ?? []), node])
  }
  const ready = nodes.filter((node) => node.upstream.size === 0)
  for (const node of ready) {
    open.delete(node)
    for (const dependent of dependents.get(node) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1
      open.set(dependent, left)
      if (left === 0) ready.push(dependent)
    }
  }
  const [start] = open.keys()
  return start === undefined ? undefined : walkBack(start, open)
}

// Every node that is left waits for another that is left.
function walkBack(start: BuiltNode, left: ReadonlyMap<BuiltNode, number>): readonly BuiltNode[] {
  const walked: BuiltNode[] = []
  let node: BuiltNode | undefined = start
  while (node !== undefined && !walked.includes(node)) {
    walked.push(node)
    node = [...node.upstream].find((before) => left.has(before))
  }
  return node === undefined ? walked : fromFirst(walked.slice(walked.indexOf(node)).toReversed())
}

// The circle begins with the node that was made first.
function fromFirst(circle: readonly BuiltNode[]): readonly BuiltNode[] {
  const first = circle.findIndex(({ index }) => circle.every((other) => index <= other.index))
  return [...circle.slice(first), ...circle.slice(0, first)]
}
