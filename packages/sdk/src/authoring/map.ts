import { InvalidArgumentError } from '@tern/core'
import { checkKeys } from './check-values.ts'
import { currentScope, group } from './context.ts'
import { type Finished, MapCalls } from './map-calls.ts'
import type { CallOptions, ResultOf } from './task.ts'

/** A function that is called for each item. It hands the signal on to the calls that it makes. */
export type Mapper<T, R> = (item: T, options: CallOptions) => PromiseLike<R> | R

/** A task that takes one argument: an object of inputs, or one parameter. */
// biome-ignore lint/suspicious/noExplicitAny: the only type that every task's inputs are assignable to
export type MappedTask = ((item: any, options?: CallOptions) => Promise<unknown>) & { readonly override: unknown }

/** What a task is called with. */
export type ItemOf<K extends MappedTask> = Parameters<K>[0]

/** What is mapped: a list, or what gives one item after the other, and is asked for the next one only when there is room for it. */
export type Items<T> = Iterable<T> | AsyncIterable<T>

/** How the calls of `map` are made. */
export interface MapOptions {
  /**
   * How many calls are under way at once, from 1. Defaults to all of a list, and to 1000 of what gives its items one after the
   * other.
   */
  readonly concurrency?: number | undefined
  /** The group of the calls. Defaults to that of the code around. */
  readonly group?: string | undefined
  /** Aborts the calls that are under way, and begins no more. */
  readonly signal?: AbortSignal | undefined
}

/** How `map.each` makes its calls, and gives their results. */
export interface EachOptions extends MapOptions {
  /** Whether results come in the order of their items, rather than as they are there. Defaults to false. */
  readonly ordered?: boolean | undefined
}

/** The result of one item, with its place among the items from 0. */
export interface Mapped<R> {
  readonly index: number
  readonly value: R
}

/** How the call of one item ended, with its place among the items from 0. */
export type MappedSettled<R> = PromiseSettledResult<R> & { readonly index: number }

/** A call that fails is a result as any other, rather than the end. */
type InSettled = { readonly settled: true }
type NotSettled = { readonly settled?: false | undefined }
type MaybeSettled = { readonly settled?: boolean | undefined }

/**
 * Calls a task for each item, several at once, and gives the results in the order of the items.
 *
 *     const scores = await map(score, documents.map((text) => ({ text })), { concurrency: 100, group: 'scores' })
 *
 * The first call that fails ends it: those that are under way are aborted, and its error is thrown. With `settled: true`, all are made,
 * and results are as `Promise.allSettled` gives them.
 *
 * @throws InvalidArgumentError for a concurrency below 1, and for an option that there is not
 */
export function map<K extends MappedTask>(
  task: K,
  items: Items<ItemOf<K>>,
  options: MapOptions & InSettled,
): Promise<PromiseSettledResult<ResultOf<K>>[]>
export function map<K extends MappedTask>(
  task: K,
  items: Items<ItemOf<K>>,
  options?: MapOptions & NotSettled,
): Promise<ResultOf<K>[]>
export function map<T, R>(
  call: Mapper<T, R>,
  items: Items<T>,
  options: MapOptions & InSettled,
): Promise<PromiseSettledResult<Awaited<R>>[]>
export function map<T, R>(call: Mapper<T, R>, items: Items<T>, options?: MapOptions & NotSettled): Promise<Awaited<R>[]>
export async function map(
  task: Mapper<unknown, unknown>,
  items: Items<unknown>,
  options: MapOptions & MaybeSettled = {},
  // biome-ignore lint/suspicious/noExplicitAny: what the signatures above say
): Promise<any[]> {
  const results: unknown[] = []
  for await (const { index, ...result } of begin(task, items, options)) {
    results[index] = options.settled === true ? result : (result as { readonly value: unknown }).value
  }
  return results
}

/**
 * The same, with each result as soon as it is there. Only so many calls are under way, or have results that nobody has taken yet,
 * as `concurrency` says: who takes them slowly slows down the calls, and what gives the items. When the loop is left, the calls
 * that are under way are aborted.
 *
 *     for await (const { index, value } of map.each(score, lines, { concurrency: 20 })) …
 */
map.each = each

function each<K extends MappedTask>(
  task: K,
  items: Items<ItemOf<K>>,
  options: EachOptions & InSettled,
): AsyncGenerator<MappedSettled<ResultOf<K>>, void, undefined>
function each<K extends MappedTask>(
  task: K,
  items: Items<ItemOf<K>>,
  options?: EachOptions & NotSettled,
): AsyncGenerator<Mapped<ResultOf<K>>, void, undefined>
function each<T, R>(
  call: Mapper<T, R>,
  items: Items<T>,
  options: EachOptions & InSettled,
): AsyncGenerator<MappedSettled<Awaited<R>>, void, undefined>
function each<T, R>(
  call: Mapper<T, R>,
  items: Items<T>,
  options?: EachOptions & NotSettled,
): AsyncGenerator<Mapped<Awaited<R>>, void, undefined>
function each(
  task: Mapper<unknown, unknown>,
  items: Items<unknown>,
  options: EachOptions & MaybeSettled = {},
  // biome-ignore lint/suspicious/noExplicitAny: what the signatures above say
): AsyncGenerator<any, void, undefined> {
  return begin(task, items, options)
}

function begin(
  task: Mapper<unknown, unknown>,
  items: Items<unknown>,
  options: EachOptions & MaybeSettled,
): AsyncGenerator<Mapped<unknown> | MappedSettled<unknown>, void, undefined> {
  const { concurrency = Array.isArray(items) ? Number.POSITIVE_INFINITY : usualOfLazy } = options
  if (typeof task !== 'function')
    throw invalid('the first argument must be a task, or a function of one argument', 'task')
  if (!isIterable(items)) throw invalid('the second argument must be a list, or another iterable', 'items')
  if (!(concurrency >= 1) || (concurrency !== Number.POSITIVE_INFINITY && !Number.isInteger(concurrency))) {
    throw invalid(`concurrency ${concurrency} must be a whole number of 1 or more`, 'concurrency')
  }
  checkKeys(options, known, 'map')
  const { group: name } = options
  const call = (item: unknown, signal: AbortSignal): unknown => task(item, { signal })
  const grouped =
    name === undefined ? call : (item: unknown, signal: AbortSignal) => group(name, () => call(item, signal))
  return results(grouped, items, concurrency, options)
}

const usualOfLazy = 1000
const known = new Set(['concurrency', 'group', 'signal', 'settled', 'ordered'])

async function* results(
  call: (item: unknown, signal: AbortSignal) => unknown,
  items: Items<unknown>,
  concurrency: number,
  { ordered = false, settled = false, signal }: EachOptions & MaybeSettled,
): AsyncGenerator<Mapped<unknown> | MappedSettled<unknown>, void, undefined> {
  // An attempt that is over has no use for what its calls come to, and wants no more of them.
  const signals = [signal, currentScope()?.context.signal].filter((one) => one !== undefined)
  const calls = new MapCalls({ call, items, concurrency, ordered, signals })
  try {
    for (;;) {
      const finished = await calls.next()
      if (finished === undefined) return
      yield settled ? settledResult(finished) : result(finished)
    }
  } finally {
    calls.stop()
  }
}

function result(finished: Finished): Mapped<unknown> {
  if ('error' in finished) throw finished.error
  return finished
}

function settledResult(finished: Finished): MappedSettled<unknown> {
  const { index } = finished
  return 'error' in finished
    ? { index, status: 'rejected', reason: finished.error }
    : { index, status: 'fulfilled', value: finished.value }
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

function invalid(problem: string, field: string): InvalidArgumentError {
  return new InvalidArgumentError(`map: ${problem}`, { field, hint: 'Call it as map(task, items, options).' })
}
