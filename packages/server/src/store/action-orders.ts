import { setImmediate as othersTurn } from 'node:timers/promises'
import { compareText } from '@tern/core'
import type { Order, SortValues } from './list-query.ts'

/** The place of an action in its run, and what it is ordered by. */
export type SortedPlace = SortValues & { readonly seq: number; readonly phase: number }

export interface OrderSource {
  /** Names the run, its length, the filters and the order. */
  readonly name: string
  readonly order: ReadonlyArray<Order>
  /** Places in the run to look at. */
  readonly length: number
  /** Whether the phase is one that an action does not leave. */
  readonly isFinal: (phase: number) => boolean
  /** Actions with places from one to below another, in order. */
  read(from: number, to: number): Promise<ReadonlyArray<SortedPlace>>
}

// Read and sorted at a time: some milliseconds.
const portion = 5_000
const mergedAtOnce = 5_000

// Four bytes for each action: some megabytes in all.
const maxOrders = 16

/**
 * The actions of large runs that have ended, in the orders that somebody has asked for: where there is no index, each
 * page would sort the whole run again. Made in portions, so that others have their turn; the least recently used go.
 */
export class ActionOrders {
  readonly #orders = new Map<string, Promise<Int32Array>>()

  /** The places of the actions, in order. */
  async get(source: OrderSource): Promise<Int32Array> {
    const known = this.#orders.get(source.name)
    this.#orders.delete(source.name)
    const order = known ?? this.#make(source)
    this.#orders.set(source.name, order)
    for (const name of this.#orders.keys()) {
      if (this.#orders.size <= maxOrders) break
      this.#orders.delete(name)
    }
    return order
  }

  async #make(source: OrderSource): Promise<Int32Array> {
    try {
      const portions: ReadonlyArray<SortedPlace>[] = []
      for (let from = 0; from < source.length; from += portion) {
        portions.push(await source.read(from, from + portion))
        await othersTurn()
      }
      // What still goes on may be ordered otherwise the next time.
      if (portions.some((rows) => rows.some(({ phase }) => !source.isFinal(phase)))) this.#orders.delete(source.name)
      return await merge(portions, source.order)
    } catch (error) {
      this.#orders.delete(source.name)
      throw error
    }
  }
}

async function merge(portions: ReadonlyArray<ReadonlyArray<SortedPlace>>, order: ReadonlyArray<Order>) {
  const merged = new Int32Array(portions.reduce((sum, { length }) => sum + length, 0))
  const next = portions.map(() => 0)
  for (let at = 0; at < merged.length; at++) {
    let first: SortedPlace | undefined
    let from = 0
    for (const [index, rows] of portions.entries()) {
      const row = rows[next[index]!]
      if (row === undefined || (first !== undefined && compare(first, row, order) <= 0)) continue
      first = row
      from = index
    }
    next[from]! += 1
    merged[at] = first!.seq
    if (at % mergedAtOnce === 0) await othersTurn()
  }
  return merged
}

/** As the databases compare: texts by their code points. */
function compare(a: SortedPlace, b: SortedPlace, order: ReadonlyArray<Order>): number {
  for (const [index, { descending }] of order.entries()) {
    const [x, y] = [a[`sort_${index}`], b[`sort_${index}`]]
    const difference = typeof x === 'string' && typeof y === 'string' ? compareText(x, y) : Number(x) - Number(y)
    if (difference !== 0) return descending ? -difference : difference
  }
  return 0
}
