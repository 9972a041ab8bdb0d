import type { LiteralType } from '@tern/idl/core'
import type { Node } from '@tern/idl/graph'

/** Nodes that may be referred to from a place. */
export interface Scope {
  readonly prefix: string
  readonly places: ReadonlyMap<string, number>
  readonly nodes: ReadonlyArray<Node>
  /** Of each node, those of the list that it waits for. */
  readonly waitsFor: ReadonlyArray<ReadonlySet<number>>
  /** What they give, as far as they have been looked at. */
  readonly outputs: (ReadonlyMap<string, LiteralType> | undefined)[]
  readonly outer: Scope | null
  /** The node that is checked, or that what is checked is inside of; undefined behind all of them. */
  current: number | undefined
}

/** The places of nodes, each behind those that it waits for; or those of a circle of nodes that wait for each other. */
export function orderOf(
  waitsFor: ReadonlyArray<ReadonlySet<number>>,
): { readonly order: ReadonlyArray<number> } | { readonly circle: ReadonlyArray<number> } {
  const dependents = waitsFor.map((): number[] => [])
  waitsFor.forEach((upstream, index) => {
    for (const other of upstream) dependents[other]!.push(index)
  })
  const open = waitsFor.map(({ size }) => size)
  const order = open.flatMap((count, index) => (count === 0 ? [index] : []))
  for (let at = 0; at < order.length; at++) {
    for (const index of dependents[order[at]!]!) {
      open[index]!--
      if (open[index] === 0) order.push(index)
    }
  }
  return order.length === waitsFor.length ? { order } : { circle: circleOf(waitsFor, open) }
}

/** Some of the nodes that wait for each other, one behind the other. */
function circleOf(waitsFor: ReadonlyArray<ReadonlySet<number>>, open: ReadonlyArray<number>): number[] {
  const seen: number[] = []
  let at = open.findIndex((count) => count > 0)
  while (!seen.includes(at)) {
    seen.push(at)
    at = [...waitsFor[at]!].find((index) => open[index]! > 0)!
  }
  return seen.slice(seen.indexOf(at))
}
