import { Sort_Direction } from '@tern/idl/common'
import { Latencies } from './latencies.ts'
import type { ListCase, ListRequest } from './list-cases.ts'

/** How long the pages of one list in one order took. */
export interface ListLatencies {
  readonly rpc: string
  /** Scope, order and filter. */
  readonly name: string
  readonly first: Latencies
  readonly deep: Latencies
}

export interface ListEffort {
  /** Requests for each page that is measured. */
  readonly repeats: number
  /** Pages of the largest size to walk before the deep one. */
  readonly walk: number
}

// A page as people look at it, and the largest there is, to get far with few requests.
const shown = 50
const largest = 200

/** Fetches the first page and one far in, in every order and with every filter, one request after another. */
export async function* measureLists(cases: ReadonlyArray<ListCase>, effort: ListEffort): AsyncIterable<ListLatencies> {
  for (const list of cases) {
    for (const [order, sorting] of ordersOf(list)) {
      yield await measureList(list, order, sorting, effort)
    }
    for (const [name, filters] of Object.entries(list.filters)) {
      yield await measureList(list, `only ${name}`, { filters: [...filters] }, effort)
      const sorted = { filters: [...filters], ...by(list.sorts.at(-1)!, Sort_Direction.DESCENDING) }
      yield await measureList(list, `only ${name}, by ${list.sorts.at(-1)}`, sorted, effort)
    }
  }
}

function ordersOf({ sorts }: ListCase): ReadonlyArray<readonly [string, ListRequest]> {
  const { ASCENDING, DESCENDING } = Sort_Direction
  return [
    ['by default', {}],
    ...sorts.flatMap((key) => [
      [`by ${key}, up`, by(key, ASCENDING)] as const,
      [`by ${key}, down`, by(key, DESCENDING)] as const,
    ]),
  ]
}

function by(key: string, direction: Sort_Direction): ListRequest {
  return { sortByFields: [{ key, direction }] }
}

async function measureList(
  list: ListCase,
  order: string,
  request: ListRequest,
  { repeats, walk }: ListEffort,
): Promise<ListLatencies> {
  const [first, deep] = [new Latencies(), new Latencies()]
  for (let n = 0; n < repeats; n++) await first.time(() => list.page({ ...request, limit: shown }))
  const token = await lastToken(list, request, walk)
  for (let n = 0; n < repeats && token !== ''; n++)
    await deep.time(() => list.page({ ...request, limit: shown, token }))
  return { rpc: list.rpc, name: `${list.scope}, ${order}`, first, deep }
}

/** Walks so many pages far, or to the last, by the tokens that lead from one to the next. */
async function lastToken(list: ListCase, request: ListRequest, walk: number): Promise<string> {
  let token = ''
  for (let pages = 0; pages < walk; pages++) {
    const next = (await list.page({ ...request, limit: largest, token })).token
    if (next === '') return token
    token = next
  }
  return token
}
