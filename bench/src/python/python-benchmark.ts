import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { configure, deployedTask, run } from '@tern/sdk'
import { flytePython } from '@tern/test-support/python'
import { ServerProcess } from '@tern/test-support/server-process'
import { z } from 'zod'
import type { Benchmark } from '../benchmark.ts'
import { statsOf } from '../process-stats.ts'
import { profilingOptions } from '../profiling.ts'
import { rounded } from '../summary.ts'

const sources = fileURLToPath(new URL('../../src/python/', import.meta.url))
const files = ['python_tasks.py', 'trivial_tasks.py']
const place = ['--project', 'flytesnacks', '--domain', 'development']
const budgets = { warmMs: 100, fanoutSeconds: 15, chainSeconds: 5 }

const taskOf = (name: string) => deployedTask({ name, inputs: { n: z.int() }, outputs: { o0: z.number() } })

/** What Flyte's own SDK for Python takes, with its tasks as processes of this machine. */
export const pythonBenchmark: Benchmark = {
  summary: 'Python: a trivial action, cold and warm; a parent with leaves, all at once and one after another',
  parameters: { actions: 20, leaves: 6000, links: 500 },
  async measure({ actions = 0, leaves = 0, links = 0 }, { database, profiling }) {
    const nodeOptions = profilingOptions(profiling, 'server')
    const cold = await onServer({ database, nodeOptions, warm: false }, async () => latency(actions))
    return onServer({ database, nodeOptions, warm: true }, async (server) => {
      const warm = await latency(actions)
      const child = await valueOf('trivial.children', actions)
      const fanout = await shapeOf(server, 'bench.fanout', leaves)
      const chain = await shapeOf(server, 'bench.chain', links)
      return {
        cold_ms: cold,
        warm_ms: warm,
        // As its parent sees it, one after another.
        warm_child_ms: rounded(1000 * child),
        fanout,
        chain,
        within_budget:
          warm.median < budgets.warmMs &&
          fanout.seconds < budgets.fanoutSeconds &&
          chain.seconds < budgets.chainSeconds,
      }
    })
  },
}

interface ServerChoice {
  readonly database: string | undefined
  readonly nodeOptions: ReadonlyArray<string>
  readonly warm: boolean
}

/** Does something with a server that has the tasks. */
async function onServer<R>(choice: ServerChoice, work: (server: ServerProcess) => Promise<R>): Promise<R> {
  const { database, nodeOptions, warm } = choice
  const folder = mkdtempSync(join(tmpdir(), 'tern-bench-python-'))
  const { python, flyte } = await flytePython()
  process.env['TERN_WARM_PYTHON'] = String(warm)
  const server = await ServerProcess.start({ dataDir: join(folder, 'data'), database, nodeOptions, python })
  try {
    configure({ endpoint: server.url })
    const endpoint = `localhost:${server.port}`
    const command = (...args: ReadonlyArray<string>) =>
      promisify(execFile)(flyte, [...args], { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder } })
    await command('create', 'config', '--endpoint', endpoint, '--insecure', ...place)
    for (const file of files) {
      cpSync(join(sources, file), join(folder, file))
      await command('deploy', file, 'env')
    }
    return await work(server)
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function valueOf(name: string, n: number): Promise<number> {
  const handle = await run(taskOf(name), { n })
  return (await handle.outputs()).o0
}

/** From the wish for a run to its result, in milliseconds, once the first has shown the way. */
async function latency(actions: number) {
  const begin = performance.now()
  await valueOf('trivial.nothing', 0)
  const first = performance.now() - begin
  const spans: number[] = []
  for (let n = 1; n <= actions; n++) {
    const start = performance.now()
    await valueOf('trivial.nothing', n)
    spans.push(performance.now() - start)
  }
  spans.sort((a, b) => a - b)
  const at = (share: number) => rounded(spans[Math.floor(share * (spans.length - 1))] ?? 0)
  return { first: rounded(first), median: at(0.5), most: at(1) }
}

async function shapeOf({ pid }: ServerProcess, name: string, n: number) {
  const cpuBefore = statsOf(pid)?.cpuSeconds ?? 0
  const begin = performance.now()
  const parentCpu = await valueOf(name, n)
  return {
    seconds: rounded((performance.now() - begin) / 1000),
    parent_cpu_seconds: rounded(parentCpu),
    server_cpu_seconds: rounded((statsOf(pid)?.cpuSeconds ?? 0) - cpuBefore),
  }
}
