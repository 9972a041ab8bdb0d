import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { BrokenInvariantError } from './invariants.ts'
import { Simulation } from './simulation.ts'

export const stores = ['embedded', 'remote'] as const
export type StoreKind = (typeof stores)[number]

export interface Range {
  /** The first seed. */
  readonly from: number
  /** How many seeds, each of which is a history on each store. */
  readonly histories: number
  /** Distance from one seed to the next. */
  readonly stride: number
  /** When to stop, by the clock; undefined for never. */
  readonly endAt: number | undefined
  readonly stores: ReadonlyArray<StoreKind>
}

export interface Tally {
  readonly histories: number
  readonly crashes: number
}

/** A history that breaks an invariant. */
export interface Failure {
  readonly seed: number
  readonly store: StoreKind
}

const progressMs = 1_000

/**
 * Runs histories one after another. Returns the first that fails.
 *
 * @param onProgress called about every second, and at the end, with what has been done since the last time
 */
export async function runHistories(range: Range, onProgress: (tally: Tally) => void): Promise<Failure | undefined> {
  let [histories, crashes, toldAt] = [0, 0, Date.now()]
  const tell = (): void => {
    onProgress({ histories, crashes })
    ;[histories, crashes, toldAt] = [0, 0, Date.now()]
  }
  for (let i = 0; i < range.histories; i++) {
    const seed = range.from + i * range.stride
    for (const store of range.stores) {
      const simulation = new Simulation({ seed, isRemote: store === 'remote' })
      const isKept = await simulation.run().then(
        () => true,
        () => false,
      )
      if (!isKept) return { seed, store }
      histories += 1
      crashes += simulation.crashes
    }
    if (Date.now() - toldAt < progressMs) continue
    tell()
    // A history does not leave the turn of the event loop in which it begins.
    await setImmediate()
    if (range.endAt !== undefined && Date.now() > range.endAt) break
  }
  tell()
  return undefined
}

export interface Replay {
  /** The same for the same events in the same order. */
  readonly hash: string
  /** What is broken; undefined when nothing is. */
  readonly problem: string | undefined
}

/** One history, which tells what happens in it. */
export async function replay({ seed, store }: Failure, print: (line: string) => void): Promise<Replay> {
  const hash = createHash('sha256')
  const onEvent = (line: string): void => {
    hash.update(`${line}\n`)
    print(line)
  }
  const problem = await new Simulation({ seed, isRemote: store === 'remote', onEvent }).run().then(
    () => undefined,
    (error: unknown) => (error instanceof BrokenInvariantError ? error.message : String((error as Error).stack)),
  )
  return { hash: hash.digest('hex').slice(0, 16), problem }
}
