// npm run soak: a server under mixed load for a long time, which must not grow.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setTimeout as delay } from 'node:timers/promises'
import { PostgresServer } from '@tern/test-support/postgres'
import { ServerProcess } from '@tern/test-support/server-process'
import { kinds, MixedLoad } from '../load/mixed-load.ts'
import { childrenOf } from '../process-stats.ts'
import { Samples } from './samples.ts'
import { deploySchedules, watchForAWhile } from './company.ts'

const usage = `usage: npm run soak -- [--minutes N] [--database postgres]

Runs of all kinds, watchers that come and go, aborts, conditions and schedules, for so long (30 minutes unless told).
Every 10 seconds it looks at the server's memory, heap, handles, files and processes; a trend in them, or what is left
over at the end, is a failure.`

const leaves = 300
const pauseMs = 500
const longestRunMs = 60_000

async function main(): Promise<void> {
  const names = ['minutes', 'database']
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  const { values } = parseArgs({ options })
  const minutes = Number(values['minutes'] ?? 30)
  if (!(minutes > 0)) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'tern-soak-'))
  const postgres = values['database'] === undefined ? undefined : await PostgresServer.start({ durable: true })
  const dataDir = join(folder, 'data')
  process.env['TERN_SOAK_PROBE'] = join(folder, 'probe')
  const nodeOptions = ['--expose-gc', '--import', new URL('./probe.ts', import.meta.url).href]
  const server = await ServerProcess.start({ dataDir, database: postgres?.url(), nodeOptions, log: 'ignore' })
  let problems: ReadonlyArray<string> = []
  try {
    problems = await soak(server, folder, minutes * 60_000)
  } finally {
    problems = [...problems, ...(await leftBehind(server))]
    for (const problem of problems) console.error(problem)
    process.exitCode = problems.length === 0 ? 0 : 1
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function soak(server: ServerProcess, folder: string, durationMs: number): Promise<ReadonlyArray<string>> {
  const endAt = Date.now() + durationMs
  const problems: string[] = []
  let runs = 0
  const round = async (): Promise<void> => {
    const load = new MixedLoad(mkdtempSync(join(folder, 'round-')))
    load.connect(server.url)
    await Promise.all(kinds.map((kind) => load.start(kind, leaves)))
    const watched = Promise.all(load.runs.map((name) => watchForAWhile(load.clients, name)))
    problems.push(...(await load.verify(longestRunMs)))
    await watched
    runs += load.runs.length
    rmSync(load.folder, { recursive: true })
  }
  const first = new MixedLoad(mkdtempSync(join(folder, 'round-')))
  first.connect(server.url)
  await deploySchedules(first.clients)
  // What is loaded and compiled once is no trend.
  await round()
  const samples = new Samples(server.pid, join(folder, 'probe'))
  const sampling = samples.takeUntil(endAt)
  while (Date.now() < endAt) {
    await round()
    await delay(pauseMs)
  }
  await sampling
  console.log(`${runs} runs`)
  return [...problems, ...samples.trends()]
}

/** Stops the server, and tells which of its processes it leaves behind. */
async function leftBehind(server: ServerProcess): Promise<ReadonlyArray<string>> {
  const processes = childrenOf(server.pid)
  await server.stop()
  return processes.filter((pid) => existsSync(`/proc/${pid}`)).map((pid) => `process ${pid} is left behind`)
}

await main()
