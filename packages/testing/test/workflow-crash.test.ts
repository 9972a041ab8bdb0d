import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerProcess } from '@tern/test-support/server-process'
import { NodePhase } from '@tern/idl/graph'
import type { TaskSpec } from '@tern/idl/task'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CrashStore, crashStores } from './crash-stores.ts'
import { executions, untilExecuted, untilGone, workersOf } from './processes.ts'
import {
  integer,
  listOf,
  node,
  outputs,
  startWorkflow,
  text,
  uploadTasks,
  variables,
  workflowOf,
} from './workflow-tasks.ts'

const items = 300
const links = 40
const succeeded = 5

/** A map over a leaf, then a chain of leaves inside of a workflow, each of the result of the one before. */
async function graphOn(url: string): Promise<TaskSpec> {
  const leaf = (await uploadTasks(url, './journal-tasks.ts'))('journal.leaf')
  const link = (index: number): string => (index === 0 ? 'inputs.x' : `n${index - 1}.o0`)
  const inner = {
    name: 'chain',
    interface: { inputs: variables({ x: integer, journal: text }), outputs: variables({ last: integer }) },
    nodes: Array.from({ length: links }, (_, index) =>
      node(`n${index}`, { call: { entity: 0 } }, { x: link(index), journal: 'inputs.journal' }),
    ),
    outputs: outputs({ last: `n${links - 1}.o0` }),
  }
  return workflowOf({
    entities: [{ task: leaf }, { workflow: inner }],
    graph: {
      name: 'crash',
      interface: {
        inputs: variables({ xs: listOf(integer), x: integer, journal: text }),
        outputs: variables({ all: listOf(integer), last: integer }),
      },
      nodes: [
        node('n0', { map: { entity: 0, over: ['x'], concurrency: 50 } }, { x: 'inputs.xs', journal: 'inputs.journal' }),
        node('n1', { call: { entity: 1 } }, { x: 'inputs.x', journal: 'inputs.journal' }),
      ],
      outputs: outputs({ all: 'n0.o0', last: 'n1.last' }),
    },
  })
}

for (const kind of crashStores) {
  describe.skipIf(!kind.isAvailable)(`kill -9 half-way through a graph on ${kind.name}`, { timeout: 120_000 }, () => {
    let store: CrashStore
    let folder: string
    let server: ServerProcess

    beforeAll(async () => {
      store = await kind.open()
    })
    afterAll(() => store.close())
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'tern-crash-'))
      server = await start()
    })
    afterEach(async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    })

    const dataDir = (): string => join(folder, 'data')

    function start(port?: number): Promise<ServerProcess> {
      return ServerProcess.start({ dataDir: dataDir(), port, database: store.database, log: 'ignore' })
    }

    async function killAndRestart(): Promise<void> {
      const workers = workersOf(server.pid)
      await server.kill()
      await untilGone(workers)
    }

    test('repeats no node that had finished', async () => {
      const journal = join(folder, 'journal')
      const xs = Array.from({ length: items }, (_, index) => index)
      const run = await startWorkflow(() => server.url, await graphOn(server.url), { xs, x: 1, journal })
      const finished: Set<string>[] = []
      const ran: number[] = []
      for (const share of [0.25, 0.6]) {
        await untilExecuted(journal, share * (items + links))
        await killAndRestart()
        finished.push(new Set(await store.actionsIn(succeeded, run.name, dataDir())))
        ran.push(executions(journal).length)
        server = await start(server.port)
      }
      const { phase, outputs: values } = await run.ended()
      expect(phase).toBe('SUCCEEDED')
      expect(values).toEqual({ all: xs.map((x) => 2 * x + 5), last: 6 * 2 ** links - 5 })
      const all = executions(journal)
      expect(new Set(all).size).toBe(items + links)
      finished.forEach((names, kill) => {
        expect(names.size).toBeGreaterThan(0)
        expect(all.slice(ran[kill]).filter((leaf) => names.has(leaf))).toEqual([])
      })
      const { nodes } = await run.graph()
      expect(nodes).toHaveLength(2 + links)
      expect(nodes.every((each) => each.phase === NodePhase.SUCCEEDED)).toBe(true)
      expect(nodes[0]?.map).toMatchObject({ total: items, succeeded: items, failed: 0 })
    })
  })
}
