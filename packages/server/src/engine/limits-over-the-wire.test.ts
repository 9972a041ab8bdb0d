import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { Resources_ResourceName } from '@tern/idl/core'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectRefused } from '../api/test/expect-refused.ts'
import { type Clients, createClients } from '../api/test/clients.ts'
import { startServer, type TernServer } from '../server.ts'

const place = { project: 'flytesnacks', domain: 'development' }

let dataDir: string
let tern: TernServer
let clients: Clients

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-limits-'))
  tern = await startServer({
    port: 0,
    dataDir,
    logger: pino({ level: 'silent' }),
    abortGraceMs: 100,
    capacity: { cpu: 2 },
    queues: { batch: { maxConcurrency: 1 } },
  })
  clients = createClients(createConnectTransport({ baseUrl: tern.url, httpVersion: '1.1' }))
})
afterEach(async () => {
  await tern.stop()
  rmSync(dataDir, { recursive: true })
})

interface Asked {
  readonly cpu?: string
  readonly queue?: string
}

async function run(name: string, script: string, { cpu, queue = '' }: Asked): Promise<void> {
  const requests = cpu === undefined ? [] : [{ name: Resources_ResourceName.CPU, value: cpu }]
  const container = { image: 'none', command: ['sh', '-c', script], resources: { requests } }
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, name } },
    runSpec: { queue },
    task: {
      case: 'taskSpec',
      value: {
        taskTemplate: {
          id: { ...place, name: 'env.main', version: 'v1' },
          type: 'raw-container',
          target: { case: 'container', value: container },
        },
      },
    },
  })
}

async function statusOf(name: string): Promise<ActionPhase | undefined> {
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name } })
  return details?.action?.status?.phase
}

test('processes share the machine: one that waits is seen to wait, and from when to when', async () => {
  await run('first', 'sleep 600', { cpu: '1500m' })
  await run('second', 'true', { cpu: '1' })
  await run('third', 'true', { cpu: '500m' })
  await expect.poll(() => statusOf('second')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
  // It asks for what is free, and does not overtake.
  await expect.poll(() => statusOf('third')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
  const second = { run: { ...place, name: 'second' }, name: 'a0' }
  const { details: waiting } = await clients.runs.getActionDetails({ actionId: second })
  const message = 'waiting for cpu: 1 asked, 0.5 of 2 free'
  expect(waiting?.attempts[0]?.clusterEvents.map((event) => event.message)).toEqual([message])
  const events = clients.runs.watchClusterEvents({ id: second, attempt: 1 })[Symbol.asyncIterator]()
  expect((await events.next()).value.clusterEvents[0].message).toBe(message)
  await clients.runs.abortRun({ runId: { ...place, name: 'first' } })
  for (const name of ['second', 'third']) await expect.poll(() => statusOf(name)).toBe(ActionPhase.SUCCEEDED)
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name: 'second' } })
  const { QUEUED, WAITING_FOR_RESOURCES, RUNNING, SUCCEEDED } = ActionPhase
  const phases = details?.action?.attempts[0]?.phaseTransitions.map(({ phase }) => phase)
  expect(phases?.filter((phase) => phase !== ActionPhase.INITIALIZING)).toEqual([
    QUEUED,
    WAITING_FOR_RESOURCES,
    QUEUED,
    RUNNING,
    SUCCEEDED,
  ])
  expect(await events.next()).toMatchObject({ done: true })
})

test('runs take turns in a queue, and a queue that there is not is refused', async () => {
  await run('first', 'sleep 600', { queue: 'batch' })
  await run('second', 'true', { queue: 'batch' })
  await expect.poll(() => statusOf('second')).toBe(ActionPhase.WAITING_FOR_RESOURCES)
  await clients.runs.abortRun({ runId: { ...place, name: 'first' } })
  await expect.poll(() => statusOf('second')).toBe(ActionPhase.SUCCEEDED)
  await expectRefused(run('third', 'true', { queue: 'other' }), Code.InvalidArgument, 'this server has batch')
  await expectRefused(clients.runs.getRunDetails({ runId: { ...place, name: 'third' } }), Code.NotFound, 'third')
})
