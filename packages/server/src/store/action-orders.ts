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

type Places = ReadonlyArray<SortedPlace>

/**
 * The actions of large runs that have ended, in the orders that somebody pages through: where there is no index, each
 * page would sort the whole run again. Until an order is there the database answers; it is made in the background, in
 * portions, so that others have their turn. The least recently used go.
 */
export class ActionOrders {
  readonly #orders = new Map<string, Int32Array | 'being made'>()

  /**
   * The places of the actions, in order. Undefined when the order is not there.
   *
   * @param isPaged whether more pages are likely to be asked for, so that the order is worth making
   */
  get(source: OrderSource, isPaged: boolean): Int32Array | undefined {
    const order = this.#orders.get(source.name)
    if (order === undefined && !isPaged) return undefined
    this.#orders.delete(source.name)
    this.#orders.set(source.name, order ?? 'being made')
    if (order === undefined) void this.#make(source)
    for (const name of this.#orders.keys()) {
      if (this.#orders.size <= maxOrders) break
      this.#orders.delete(name)
    }
    return order === 'being made' ? undefined : order
  }

  async #make(source: OrderSource): Promise<void> {
    try {
      const portions: Places[] = []
      for (let from = 0; from < source.length; from += portion) {
        const rows = await source.read(from, from + portion)
        // What still goes on may be ordered otherwise the next time.
        if (rows.some(({ phase }) => !source.isFinal(phase))) return
        portions.push(rows)
        await othersTurn()
      }
      const order = Int32Array.from(await merged(portions, comparison(source.order)), ({ seq }) => seq)
      if (this.#orders.has(source.name)) this.#orders.set(source.name, order)
    } catch {
      // The database answers pages as it did before, or says why it does not.
    } finally {
      if (this.#orders.get(source.name) === 'being made') this.#orders.delete(source.name)
    }
  }
}

type Comparison = (a: SortedPlace, b: SortedPlace) => number

async function merged(portions: ReadonlyArray<Places>, compare: Comparison): Promise<Places> {
  let left = portions
  while (left.length > 1) {
    const pairs: Places[] = []
    for (let at = 0; at < left.length; at += 2) pairs.push(await mergedPair(left[at]!, left[at + 1] ?? [], compare))
    left = pairs
  }
  return left[0] ?? []
}

async function mergedPair(a: Places, b: Places, compare: Comparison): Promise<Places> {
  const all: SortedPlace[] = []
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    all.push(compare(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!)
    if (all.length % mergedAtOnce === 0) await othersTurn()
  }
  return [...all, ...a.slice(i), ...b.slice(j)]
}

/** As the databases compare: texts by their code points. */
function comparison(order: ReadonlyArray<Order>): Comparison {
  const fields = order.map(({ descending }, index) => [`sort_${index}`, descending ? -1 : 1] as const)
  return (a, b) => {
    for (const [field, direction] of fields) {
      const [x, y] = [a[field as 'sort_0'], b[field as 'sort_0']]
      const difference = typeof x === 'string' && typeof y === 'string' ? compareText(x, y) : Number(x) - Number(y)
      if (difference !== 0) return direction * difference
    }
    return 0
  }
}
