import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { fromOutputs, toInputs } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { WorkflowService } from '@tern/idl/graph'
import type { TaskSpec } from '@tern/idl/task'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { ServerProcess } from '@tern/test-support/server-process'
import type { Benchmark } from '../benchmark.ts'
import { type Clients, createClients } from '../clients.ts'
import { openDatabase } from '../database.ts'
import { profilingOptions } from '../profiling.ts'
import { rounded } from '../summary.ts'
import { echoChain, mapOver } from './graphs.ts'

const place = { project: 'flytesnacks', domain: 'development' } as const
const projectId = { name: place.project, domain: place.domain } as const
const tasksFile = fileURLToPath(new URL('../../src/tasks.ts', import.meta.url))
const budgets = { chainSeconds: 0.15, mapSeconds: 4 }

/** What a server takes that walks graphs itself: each time from the wish for a run to its end, as a client sees it. */
export const workflowBenchmark: Benchmark = {
  summary: 'compiled workflows: a chain of echo nodes, and a map node over a TypeScript task',
  parameters: { links: 500, items: 10_000, rounds: 5 },
  async measure({ links = 0, items = 0, rounds = 0 }, { database: choice, profiling }) {
    const folder = mkdtempSync(join(tmpdir(), 'tern-bench-'))
    const database = await openDatabase(choice)
    const nodeOptions = profilingOptions(profiling, 'server')
    const server = await ServerProcess.start({ dataDir: join(folder, 'data'), database: database.url, nodeOptions })
    try {
      const client = new WorkflowClient(server.url)
      const chain = await deployed(client, echoChain(links))
      const map = await deployed(client, mapOver(await leafSpec(server.url), items))
      const chainSeconds = await client.secondsOf(chain, rounds, { x: 7 }, ({ out }) => out === 7)
      const mapSeconds = await client.secondsOf(map, rounds, {}, ({ out }) => isTwiceEachPlusFive(out, items))
      const graph = await client.secondsOfGraph()
      return {
        chain_seconds: chainSeconds,
        map_seconds: mapSeconds,
        graph_of_map_seconds: graph,
        within_budget: chainSeconds.median < budgets.chainSeconds && mapSeconds.median < budgets.mapSeconds,
      }
    } finally {
      await server.stop()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

interface Seconds {
  /** The first round, which finds everything cold. */
  readonly cold: number
  readonly best: number
  readonly median: number
}

interface DeployedWorkflow {
  readonly taskId: {
    readonly project: string
    readonly domain: string
    readonly name: string
    readonly version: string
  }
  readonly spec: TaskSpec
}

class WorkflowClient {
  readonly clients: Clients
  readonly #url: string
  #lastRun = ''

  constructor(url: string) {
    this.#url = url
    this.clients = createClients(url)
  }

  async secondsOf(
    { taskId, spec }: DeployedWorkflow,
    rounds: number,
    values: Readonly<Record<string, unknown>>,
    isRight: (outputs: Record<string, unknown>) => boolean,
  ): Promise<Seconds> {
    const { runs } = this.clients
    const inputs = toInputs(values, spec.taskTemplate?.interface?.inputs)
    const seconds: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const begin = performance.now()
      const { run } = await runs.createRun({
        id: { case: 'projectId', value: projectId },
        task: { case: 'taskId', value: taskId },
        inputWrapper: { case: 'inputs', value: inputs },
      })
      const actionId = run!.action!.id!
      let phase: ActionPhase = ActionPhase.UNSPECIFIED
      for await (const { details } of runs.watchActionDetails({ actionId })) {
        phase = details?.status?.phase ?? ActionPhase.UNSPECIFIED
      }
      seconds.push((performance.now() - begin) / 1000)
      const { outputs } = await runs.getActionData({ actionId })
      if (phase !== ActionPhase.SUCCEEDED || outputs === undefined || !isRight(fromOutputs(outputs))) {
        throw new Error(`run ${actionId.run?.name} of ${taskId.name} did not come to its result`)
      }
      this.#lastRun = actionId.run?.name ?? ''
    }
    const [cold = 0, ...warm] = seconds
    warm.sort((a, b) => a - b)
    return {
      cold: rounded(cold),
      best: rounded(warm[0] ?? 0),
      median: rounded(warm[Math.floor(warm.length / 2)] ?? 0),
    }
  }

  /** How long it takes to say what became of the nodes of the last run. */
  async secondsOfGraph(): Promise<number> {
    const transport = createConnectTransport({ baseUrl: this.#url, httpVersion: '1.1', useBinaryFormat: true })
    const graphs = createClient(WorkflowService, transport)
    const begin = performance.now()
    const run = { org: 'tern', ...place, name: this.#lastRun }
    await graphs.getGraph({ subject: { case: 'actionId', value: { run, name: 'a0' } } })
    return rounded((performance.now() - begin) / 1000)
  }
}

async function deployed({ clients }: WorkflowClient, spec: TaskSpec): Promise<DeployedWorkflow> {
  const taskId = { ...place, name: spec.taskTemplate?.id?.name ?? '', version: 'v1' }
  await clients.tasks.deployTask({ taskId, spec })
  return { taskId, spec }
}

/** The leaf of the other shapes, with its code uploaded. */
async function leafSpec(url: string): Promise<TaskSpec> {
  const data = createClient(
    DataProxyService,
    createConnectTransport({ baseUrl: url, httpVersion: '1.1', useBinaryFormat: true }),
  )
  const bundle = await bundleFile(tasksFile)
  const location = await data.createUploadLocation({
    ...place,
    filename: bundle.fileName,
    contentMd5: createHash('md5').update(bundle.bytes).digest(),
    contentLength: BigInt(bundle.bytes.length),
  })
  const put = await fetch(location.signedUrl, { method: 'PUT', body: bundle.bytes, headers: location.headers })
  if (!put.ok) throw new Error(`the code of the leaf was not uploaded: ${put.status}`)
  const leaf = (await loadBundle(bundle)).tasks.get('bench.leaf')
  if (leaf === undefined) throw new Error('bench.leaf is not in the bundle')
  return taskSpecOf(leaf, { org: 'tern', ...place, version: bundle.version, bundleUri: location.nativeUrl })
}

function isTwiceEachPlusFive(out: unknown, items: number): boolean {
  return Array.isArray(out) && out.length === items && out.every((value, index) => value === 2 * index + 5)
}
