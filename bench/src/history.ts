import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure } from '@tern/sdk'
import { InvalidArgumentError } from '@tern/core'
import type { BenchmarkOptions } from './benchmark.ts'
import { type OpenedDatabase, openDatabase } from './database.ts'
import { MeasuredServer } from './measured-server.ts'
import type { Measurement } from './measurement.ts'
import type { MeasuringOptions } from './measure-shape.ts'
import { profiledRunVariables } from './profiling.ts'
import { secondsToReady } from './ready.ts'
import { shapes } from './shapes.ts'
import { prepareStore } from './store/prepared-store.ts'
import { defaultSizes, scaled } from './store/sizes.ts'
import { summarize, type Summary } from './summary.ts'

export const historySummary =
  'a fan-out on a store full of finished actions, by one on an empty store; and how long servers start on both'

export const defaultHistory = { actions: 1_000_000, n: 6000, rounds: 20, starts: 5 }

export interface HistoryPlan {
  /** Finished actions in the store that is compared with an empty one. */
  readonly actions: number
  /** Leaves of the fan-out. */
  readonly n: number
  readonly rounds: number
  /** How often a server is started on each of the two. */
  readonly starts: number
}

export interface HistoryResult {
  /** Wall times of fan-outs in seconds, the two of one round next to each other in time. */
  readonly empty: Summary
  readonly full: Summary
  /** Median with the full store by median with the empty one. */
  readonly ratio: number
  /** Of each round by itself. */
  readonly ratios: Summary
  readonly serverCpuSeconds: { readonly empty: Summary; readonly full: Summary }
  readonly secondsToReady: { readonly empty: Summary; readonly full: Summary }
  readonly serverPeakRssMib: { readonly empty: number; readonly full: number }
}

const warmUps = 3

/**
 * What a store costs that is full of finished actions: the same fan-out on a server with such a store and on one with an
 * empty one, by turns, and how long either takes to start.
 */
export async function measureHistory(plan: HistoryPlan, options: BenchmarkOptions): Promise<HistoryResult> {
  if (options.database !== undefined && options.database !== 'postgres') {
    throw new InvalidArgumentError('history needs an empty database and one to fill, and was given one address', {
      field: 'database',
      hint: 'Use --database postgres, which starts them, or leave it out.',
    })
  }
  const emptyStarts = await startsOnEmptyStores(plan.starts, options)
  const database = await openDatabase(options.database)
  try {
    return await onFullStore(plan, options, database, emptyStarts)
  } finally {
    await database.close()
  }
}

async function onFullStore(
  plan: HistoryPlan,
  { keep, ...options }: BenchmarkOptions,
  { url: database }: OpenedDatabase,
  emptyStarts: ReadonlyArray<number>,
): Promise<HistoryResult> {
  const sizes = scaled(defaultSizes, plan.actions / defaultSizes.actions)
  const prepared = await prepareStore({ sizes, database, keep })
  const { dataDir } = prepared
  try {
    // What was written last is still on its way to the disk; and the second start finds the program in memory.
    await secondsToReady({ dataDir, database })
    const fullStarts: number[] = []
    while (fullStarts.length < plan.starts) fullStarts.push(await secondsToReady({ dataDir, database }))
    const { empty, full } = await compareFanouts(plan, { dataDir, database }, options)
    return {
      ...compared(empty, full),
      secondsToReady: { empty: summarize(emptyStarts), full: summarize(fullStarts) },
    }
  } finally {
    prepared.remove()
  }
}

async function startsOnEmptyStores(count: number, { database: choice }: MeasuringOptions): Promise<number[]> {
  const seconds: number[] = []
  while (seconds.length < count) {
    const database = await openDatabase(choice)
    const dataDir = mkdtempSync(join(tmpdir(), 'tern-bench-'))
    try {
      seconds.push(await secondsToReady({ dataDir, database: database.url }))
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
      await database.close()
    }
  }
  return seconds
}

interface FullStore {
  readonly dataDir: string
  readonly database: string | undefined
}

/** Two servers that are up at the same time, of which one works at a time: what else the machine does meets both alike. */
async function compareFanouts(plan: HistoryPlan, { dataDir, database }: FullStore, options: MeasuringOptions) {
  const emptyDatabase = await openDatabase(options.database)
  const started: MeasuredServer[] = []
  const start = async (dataDir: string | undefined, url: string | undefined) => {
    const server = await MeasuredServer.start({ dataDir, database: url, profiling: options.profiling })
    started.push(server)
    return server
  }
  try {
    const empty = { server: await start(undefined, emptyDatabase.url), rounds: [] as Measurement[] }
    const full = { server: await start(dataDir, database), rounds: [] as Measurement[] }
    for (let round = 0; round < warmUps + plan.rounds; round++) {
      // Neither is always the first.
      for (const { server, rounds } of round % 2 === 0 ? [empty, full] : [full, empty]) {
        const measurement = await measureFanout(server, plan.n, options)
        if (round >= warmUps) rounds.push(measurement)
      }
    }
    return { empty: empty.rounds, full: full.rounds }
  } finally {
    await Promise.all(started.map((server) => server.stop()))
    await emptyDatabase.close()
  }
}

async function measureFanout(server: MeasuredServer, n: number, { profiling }: MeasuringOptions): Promise<Measurement> {
  const { fanout } = shapes
  const options = { envVars: profiledRunVariables(profiling) }
  configure({ endpoint: server.url })
  // It connects anew, and sends the code once.
  await fanout!.execute({ n: 1 }, options)
  return server.measure(async () => void (await fanout!.execute({ n }, options)))
}

function compared(empty: ReadonlyArray<Measurement>, full: ReadonlyArray<Measurement>) {
  const wall = { empty: summarize(wallsOf(empty)), full: summarize(wallsOf(full)) }
  return {
    ...wall,
    ratio: wall.full.median / wall.empty.median,
    ratios: summarize(full.map(({ wallSeconds }, round) => wallSeconds / empty[round]!.wallSeconds)),
    serverCpuSeconds: {
      empty: summarize(empty.map(({ serverCpuSeconds }) => serverCpuSeconds)),
      full: summarize(full.map(({ serverCpuSeconds }) => serverCpuSeconds)),
    },
    serverPeakRssMib: {
      empty: empty.at(-1)?.serverPeakRssMib ?? 0,
      full: full.at(-1)?.serverPeakRssMib ?? 0,
    },
  }
}

function wallsOf(measurements: ReadonlyArray<Measurement>): ReadonlyArray<number> {
  return measurements.map(({ wallSeconds }) => wallSeconds)
}
