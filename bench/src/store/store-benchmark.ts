import { ServerProcess } from '@tern/test-support/server-process'
import type { Benchmark } from '../benchmark.ts'
import { type Clients, createClients } from '../clients.ts'
import { openDatabase } from '../database.ts'
import { statsOf } from '../process-stats.ts'
import { profilingOptions } from '../profiling.ts'
import { rounded } from '../summary.ts'
import { Latencies } from './latencies.ts'
import { listCases } from './list-cases.ts'
import { measureCreation } from './measure-creation.ts'
import { type ListLatencies, measureLists } from './measure-lists.ts'
import { measureStalled, measureWatching } from './measure-watching.ts'
import { type PreparedStore, prepareStore } from './prepared-store.ts'
import { defaultSizes, scaled } from './sizes.ts'

const budgets = { list_p95_ms: 20, start_seconds: 1, runs_per_second: 300, watch_seconds: 3, others_p99_ms: 50 }

export const storeBenchmark: Benchmark = {
  summary: 'lists, starts, CreateRun and watches on a store with a million actions (percent: of that size)',
  parameters: { percent: 100, repeats: 20, walk: 40, clients: 8, seconds: 10, watchers: 20 },
  async measure(parameters, options) {
    const sizes = scaled(defaultSizes, (parameters['percent'] ?? 100) / 100)
    const database = await openDatabase(options.database)
    try {
      const prepared = await prepareStore({ sizes, database: database.url, keep: options.keep })
      try {
        const nodeOptions = profilingOptions(options.profiling, 'server')
        const start = () => ServerProcess.start({ dataDir: prepared.dataDir, database: database.url, nodeOptions })
        return await measurePrepared(prepared, sizes.largest, parameters, start)
      } finally {
        prepared.remove()
      }
    } finally {
      await database.close()
    }
  },
}

async function measurePrepared(
  { filled, fillSeconds }: PreparedStore,
  largest: number,
  parameters: Readonly<Record<string, number>>,
  start: () => Promise<ServerProcess>,
): Promise<Record<string, unknown>> {
  // What was written last is still on its way to the disk; and the second start finds the program in memory.
  await (await start()).stop()
  const begin = performance.now()
  const server = await start()
  const startSeconds = (performance.now() - begin) / 1000
  try {
    const clients = createClients(server.url)
    await warmUp(clients)
    const { repeats = 1, walk = 1, clients: concurrent = 1, seconds = 1, watchers = 1 } = parameters
    const lists = await collectLists(measureLists(listCases(clients, filled), { repeats, walk }))
    const watching = await measureWatching(clients, filled, largest)
    const stalledHttp1 = await measureStalled(server, filled, { watchers, httpVersion: '1.1' })
    const stalledHttp2 = await measureStalled(server, filled, { watchers, httpVersion: '2' })
    const creation = await measureCreation(clients, filled, { clients: concurrent, seconds })
    return {
      fill_seconds: fillSeconds === undefined ? null : rounded(fillSeconds),
      start_seconds: rounded(startSeconds),
      lists: Object.fromEntries(byRpc(lists).map(([rpc, latencies]) => [rpc, latencies.summary()])),
      lists_over_budget: overBudget(lists),
      watch_seconds: rounded(watching.seconds),
      watch_actions: watching.actions,
      watch_messages: watching.messages,
      others_meanwhile: watching.others.summary(),
      stalled_http1: roundedAll(stalledHttp1),
      stalled_http2: roundedAll(stalledHttp2),
      runs_per_second: rounded(creation.perSecond),
      create_run: creation.latencies.summary(),
      server_peak_rss_mib: Math.round(statsOf(server.pid)?.peakRssMib ?? 0),
      within_budget:
        overBudget(lists).length === 0 &&
        startSeconds <= budgets.start_seconds &&
        creation.perSecond >= budgets.runs_per_second &&
        watching.seconds <= budgets.watch_seconds &&
        watching.others.percentile(0.99) <= budgets.others_p99_ms,
    }
  } finally {
    await server.stop()
  }
}

/** The first requests find the code of both sides uncompiled. */
async function warmUp({ runs, tasks, triggers }: Clients): Promise<void> {
  const request = { limit: 10 }
  const scopeBy = { case: 'projectId', value: { name: 'search', domain: 'production' } } as const
  for (let round = 0; round < 100; round++) {
    await Promise.all([
      runs.listRuns({ scopeBy, request }),
      tasks.listTasks({ scopeBy, request }),
      triggers.listTriggers({ scopeBy, request }),
    ])
  }
}

function byRpc(lists: ReadonlyArray<ListLatencies>): ReadonlyArray<readonly [string, Latencies]> {
  const grouped = Map.groupBy(lists, ({ rpc }) => rpc)
  return [...grouped].map(([rpc, group]) => {
    const all = new Latencies()
    for (const { first, deep } of group) {
      all.addAll(first)
      all.addAll(deep)
    }
    return [rpc, all]
  })
}

function overBudget(lists: ReadonlyArray<ListLatencies>): ReadonlyArray<string> {
  return lists.flatMap(({ rpc, name, first, deep }) =>
    [['first page', first] as const, ['deep page', deep] as const]
      .filter(([, latencies]) => latencies.percentile(0.95) > budgets.list_p95_ms)
      .map(([page, latencies]) => `${rpc} ${name}, ${page}: ${rounded(latencies.percentile(0.95))} ms`),
  )
}

/** Shows each list as soon as it is measured. */
async function collectLists(measured: AsyncIterable<ListLatencies>): Promise<ReadonlyArray<ListLatencies>> {
  const lists: ListLatencies[] = []
  console.log('p50, p95 and p99 in ms of the first page and of one far in')
  for await (const list of measured) {
    lists.push(list)
    const columns = [list.first, list.deep].map((latencies) =>
      [0.5, 0.95, 0.99].map((share) => latencies.percentile(share).toFixed(1).padStart(6)).join(' '),
    )
    console.log(`${list.rpc.padEnd(12)} ${list.name.padEnd(48)} ${columns.join('  |')}`)
  }
  return lists
}

function roundedAll<Values extends object>(values: Values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(value as number)]))
}
