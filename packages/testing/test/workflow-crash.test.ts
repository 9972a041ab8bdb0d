import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromJson } from '@bufbuild/protobuf'
import { createClient } from '@tern/sdk/client'
import { ServerProcess } from '@tern/test-support/server-process'
import { NodePhase } from '@tern/idl/graph'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
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
const failed = 6

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

async function taskOf(url: string, name: string): Promise<TaskSpec> {
  return fromJson(TaskSpecSchema, (await uploadTasks(url, './crash-graph-tasks.ts'))(name))
}

for (const kind of crashStores) {
  describe.skipIf(!kind.isAvailable)(`kill -9 half-way through a graph on ${kind.name}`, () => {
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

    test('repeats no item of a map, those that failed and may fail included', async () => {
      const journal = join(folder, 'journal')
      const xs = Array.from({ length: items }, (_, index) => index)
      const run = await startWorkflow(() => server.url, await taskOf(server.url, 'crash.tolerant'), { xs, journal })
      await untilExecuted(journal, items / 2)
      await killAndRestart()
      const succeededThen = await store.actionsIn(succeeded, run.name, dataDir())
      const failedThen = await store.actionsIn(failed, run.name, dataDir())
      const ran = executions(journal).length
      server = await start(server.port)
      const { phase, outputs: values } = await run.ended()
      expect(phase).toBe('SUCCEEDED')
      const results = values['o0'] as { ok: boolean; value?: number; error?: { message: string } }[]
      expect(results.map(({ ok, value, error }) => (ok ? value : error?.message))).toEqual(
        xs.map((x) => (x % 5 === 0 ? `no ${x}` : 2 * x)),
      )
      expect(failedThen.size).toBeGreaterThan(0)
      // What ran when the server was killed runs again, and nothing else does.
      expect(executions(journal).length - items).toBeLessThanOrEqual(ran - succeededThen.size - failedThen.size)
      const { nodes } = await run.graph()
      expect(nodes[0]?.map).toMatchObject({ total: items, succeeded: (items * 4) / 5, failed: items / 5 })
    })

    test('still waits for what it waited for: an approval, a value, a time', async () => {
      const journal = join(folder, 'journal')
      const run = await startWorkflow(() => server.url, await taskOf(server.url, 'crash.gated'), { n: 1, journal })
      const conditions = async () => {
        const names: string[] = []
        for await (const { name } of createClient({ endpoint: server.url }).conditions.list(run.name)) names.push(name)
        return names.toSorted()
      }
      await expect.poll(conditions).toEqual(['go', 'value'])
      await killAndRestart()
      server = await start(server.port)
      await expect.poll(conditions).toEqual(['go', 'value'])
      await createClient({ endpoint: server.url }).conditions.approve(run.name, 'go')
      await untilExecuted(journal, 2)
      await killAndRestart()
      server = await start(server.port)
      await expect.poll(conditions).toEqual(['value'])
      await createClient({ endpoint: server.url }).conditions.signal(run.name, 'value', 40)
      expect(await run.ended()).toMatchObject({ phase: 'SUCCEEDED', outputs: { o0: 42 } })
      const steps = executions(journal)
      expect(steps.filter((name) => name === 'begun')).toHaveLength(1)
      expect(new Set(steps)).toEqual(new Set(['begun', 'paused', 'approved', 'given', 'last']))
    })

    test('goes on with a failure handler, and does nothing again that had ended (F-10)', async () => {
      const journal = join(folder, 'journal')
      const run = await startWorkflow(() => server.url, await taskOf(server.url, 'crash.handled'), { journal })
      const began = () => executions(journal).filter((line) => line === 'clean-up begins').length
      await expect.poll(began).toBe(1)
      await killAndRestart()
      server = await start(server.port)
      await expect.poll(began).toBe(2)
      writeFileSync(`${journal}.go`, '')
      expect(await run.ended()).toMatchObject({
        phase: 'FAILED',
        error: expect.stringContaining('node n1 failed: broken by 2'),
      })
      const { nodes } = await run.graph()
      expect(nodes.map(({ path, phase }) => [path, phase])).toEqual([
        ['n0', NodePhase.SUCCEEDED],
        ['n1', NodePhase.FAILED],
        ['fn0', NodePhase.SUCCEEDED],
      ])
      const begun = 'clean-up begins'
      expect(executions(journal)).toEqual(['first', 'broken', begun, begun, 'clean-up ends: n1'])
    })
  })
}
