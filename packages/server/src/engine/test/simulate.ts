// npm run simulate: histories of the engine under faults, one after another, until one breaks an invariant.
import { parseArgs } from 'node:util'
import { BrokenInvariantError } from './simulation/invariants.ts'
import { Simulation } from './simulation/simulation.ts'

const usage = `usage: npm run simulate -- [--seed N] [--histories N] [--minutes N] [--store embedded|remote]

Runs histories, from the seed on (1 unless given), on both kinds of store unless one is given: 10,000 of each unless
told how many, or for how long. With --seed alone it runs that one, and tells what happens in it.`

const stores = ['embedded', 'remote'] as const
type Store = (typeof stores)[number]
const progressMs = 5_000

interface Range {
  readonly from: number
  readonly histories: number
  readonly endAt: number
  readonly stores: ReadonlyArray<Store>
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: Object.fromEntries(
      ['seed', 'histories', 'minutes', 'store'].map((name) => [name, { type: 'string' as const }]),
    ),
  })
  const [seed, histories, minutes] = [values['seed'], values['histories'], values['minutes']].map(toNumber)
  const chosen = stores.filter((store) => values['store'] === undefined || values['store'] === store)
  if (chosen.length === 0 || [seed, histories, minutes].some(Number.isNaN)) {
    process.stderr.write(`${usage}\n`)
    process.exitCode = 2
    return
  }
  const isSingle = seed !== undefined && histories === undefined && minutes === undefined
  const endAt = minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000
  const defaultCount = minutes === undefined ? 10_000 : Number.POSITIVE_INFINITY
  const range = { from: seed ?? 1, histories: isSingle ? 1 : (histories ?? defaultCount), endAt, stores: chosen }
  const isKept = await runAll(range, isSingle)
  process.exitCode = isKept ? 0 : 1
}

/** Whether the invariants were kept. */
async function runAll({ from, histories, endAt, stores }: Range, isTold: boolean): Promise<boolean> {
  const startedAt = Date.now()
  let [done, crashes, toldAt] = [0, 0, startedAt]
  for (let seed = from; seed < from + histories && Date.now() < endAt; seed++) {
    for (const store of stores) {
      const simulation = new Simulation({ seed, isRemote: store === 'remote', ...(isTold && { onEvent: print }) })
      try {
        await simulation.run()
      } catch (error) {
        await tell(seed, store, error, isTold)
        return false
      }
      done += 1
      crashes += simulation.crashes
    }
    if (Date.now() - toldAt < progressMs) continue
    toldAt = Date.now()
    print(summary(done, crashes, startedAt))
  }
  print(`${summary(done, crashes, startedAt)}: every invariant was kept`)
  return true
}

/** What happened in the history that failed, and how to see it again. */
async function tell(seed: number, store: Store, error: unknown, isTold: boolean): Promise<void> {
  if (!isTold) {
    const again = new Simulation({ seed, isRemote: store === 'remote', onEvent: print })
    await again.run().catch(() => {})
  }
  const what = error instanceof BrokenInvariantError ? error.message : (error as Error).stack
  process.stderr.write(`\n${what}\nAgain: npm run simulate -- --seed ${seed} --store ${store}\n`)
}

function summary(done: number, crashes: number, startedAt: number): string {
  const seconds = (Date.now() - startedAt) / 1000
  return `${done} histories, ${crashes} crashes, ${seconds.toFixed(0)} s (${(done / seconds).toFixed(0)} a second)`
}

function toNumber(value: string | boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

await main()
