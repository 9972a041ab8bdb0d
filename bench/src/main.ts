import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { configure } from '@tern/sdk'
import { PostgresServer } from '@tern/testing/postgres'
import { ServerProcess } from '@tern/testing/server-process'
import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { type Measurement, measure } from './measurement.ts'
import { type Shape, shapes } from './shapes.ts'

const usage = `usage: npm run bench -- SHAPE [--PARAMETER N …] [--rounds N] [--profile DIR] [--database URL|postgres]
       npm run bench -- store|schedule [--PARAMETER N …] [--keep DIR] [--profile DIR] [--database URL|postgres]

${Object.entries({ ...shapes, ...benchmarks })
  .map(([name, { summary, parameters }]) => `  ${name.padEnd(8)} ${summary} ${JSON.stringify(parameters)}`)
  .join('\n')}

Without --database it measures the embedded store; with postgres, a Postgres that it starts itself.
Each round is one line, RESULT_JSON:{…}. The first round finds everything cold: it starts the workers, and compiles.`

async function main(): Promise<void> {
  const { positionals, values } = parseArguments()
  const [name = ''] = positionals
  const benchmark = benchmarks[name]
  if (benchmark !== undefined && positionals.length === 1) return measureOnce(name, benchmark, values)
  const shape = shapes[name]
  if (shape === undefined || positionals.length !== 1) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const parameters = { ...shape.parameters, ...numbersOf(values, Object.keys(shape.parameters)) }
  const dataDir = mkdtempSync(join(tmpdir(), 'tern-bench-'))
  const nodeOptions = nodeOptionsOf(values)
  const { database, close } = await databaseOf(values['database'])
  const server = await ServerProcess.start({ dataDir, database, nodeOptions })
  try {
    configure({ endpoint: server.url })
    for (let round = 1; round <= Number(values['rounds'] ?? 3); round++) {
      report(name, shape, parameters, round, await measure(server.pid, () => shape.execute(parameters)))
    }
  } finally {
    await server.stop()
    await close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measureOnce(name: string, benchmark: Benchmark, values: Options): Promise<void> {
  const parameters = { ...benchmark.parameters, ...numbersOf(values, Object.keys(benchmark.parameters)) }
  const { database, close } = await databaseOf(values['database'])
  try {
    const options = { database, keep: values['keep'], nodeOptions: nodeOptionsOf(values) }
    const result = { shape: name, ...parameters, ...(await benchmark.measure(parameters, options)) }
    console.log(`RESULT_JSON:${JSON.stringify(result)}`)
  } finally {
    await close()
  }
}

type Options = Readonly<Record<string, string | undefined>>

function nodeOptionsOf(values: Options): ReadonlyArray<string> {
  return values['profile'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values['profile']}`]
}

/** The database to measure on; for `postgres`, one that is made for the purpose, and that syncs every commit. */
async function databaseOf(option: string | undefined) {
  if (option !== 'postgres') return { database: option, close: async () => {} }
  const postgres = await PostgresServer.start({ durable: true })
  return { database: postgres.url(), close: () => postgres.stop() }
}

function parseArguments() {
  const names = new Set([
    'rounds',
    'profile',
    'database',
    'keep',
    ...Object.values({ ...shapes, ...benchmarks }).flatMap(({ parameters }) => Object.keys(parameters)),
  ])
  const options = Object.fromEntries([...names].map((option) => [option, { type: 'string' as const }]))
  return parseArgs({ options, allowPositionals: true })
}

function numbersOf(values: Readonly<Record<string, unknown>>, names: ReadonlyArray<string>): Record<string, number> {
  const given = names.filter((name) => values[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, Number(values[name])]))
}

function report(
  shape: string,
  definition: Shape,
  parameters: Readonly<Record<string, number>>,
  round: number,
  measured: Measurement,
): void {
  const count = definition.actions(parameters)
  const result = {
    shape,
    ...parameters,
    round,
    cold: round === 1,
    actions: count,
    wall_seconds: rounded(measured.wallSeconds),
    actions_per_second: Math.round(count / measured.wallSeconds),
    server_cpu_seconds: rounded(measured.serverCpuSeconds),
    server_cpu_us_per_action: rounded((measured.serverCpuSeconds / count) * 1e6),
    worker_cpu_seconds: rounded(measured.workersCpuSeconds),
    server_peak_rss_mib: Math.round(measured.serverPeakRssMib),
    worker_peak_rss_mib: Math.round(measured.workersPeakRssMib),
    budget_seconds: definition.budgetSeconds,
    within_budget: measured.wallSeconds <= definition.budgetSeconds,
  }
  console.log(`RESULT_JSON:${JSON.stringify(result)}`)
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

await main()
