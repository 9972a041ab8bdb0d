import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { phaseName } from '@tern/core'
import { RelationType } from '@tern/idl/common'
import { type ActionDetails, type EventPayload, RunService } from '@tern/idl/workflow'
import { createClient as createRpcClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { configure, run } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { executions, killWorkersOf, untilExecuted } from './processes.ts'
import { asking, marching, nap, raising, sleeping } from './trace-tasks.ts'

let folder: string
let journal: string
let server: ServerProcess
let client: TernClient

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-traces-'))
  journal = join(folder, 'journal')
  await start()
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function start(port?: number): Promise<void> {
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), port, log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
}

interface Shown {
  readonly name: string
  readonly what: string
  readonly phase: string
}

/** The traces, conditions and tasks of a run: what lists show of them. */
async function actionsOf(name: string): Promise<Shown[]> {
  const shown: Shown[] = []
  for await (const { id, metadata, status } of client.listActions(name)) {
    const { spec } = metadata ?? {}
    const what = spec?.case === 'task' ? spec.value.id?.name || spec.value.taskType : spec?.value?.name
    shown.push({ name: id?.name ?? '', what: `${spec?.case} ${what}`, phase: phaseName(status?.phase ?? 0) })
  }
  return shown
}

/** Waits until an action is in a phase. */
async function until(run: string, what: string, phase: string): Promise<Shown> {
  let found: Shown | undefined
  const look = async () => (found = (await actionsOf(run)).find((action) => action.what === what))?.phase
  await expect.poll(look, { interval: 20 }).toBe(phase)
  return found!
}

async function signal(run: string, name: string, value: EventPayload['value']): Promise<void> {
  const { name: action } = await until(run, `condition ${name}`, 'PAUSED')
  await client.signal(run, action, 'a0', value)
}

const sights = () => executions(journal).filter((line) => line.startsWith('saw '))
const effects = () =>
  executions(journal)
    .filter((line) => !line.startsWith('saw '))
    .sort()
const once = ['composed', 'leaf-101', 'refused', 'step-0', 'step-0', 'step-1', 'step-100', 'step-2', 'word-a', 'word-b']

describe('kill -9 of the worker', () => {
  test('repeats nothing that was traced: the next attempt sees what the first one saw', async () => {
    const handle = await run(asking, { journal, steps: 3 })
    await until(handle.name, 'condition go', 'PAUSED')
    killWorkersOf(server.pid)
    await expect.poll(() => sights().length).toBe(2)
    await server.kill()
    await start(server.port)
    await expect.poll(() => sights().length).toBe(3)
    await signal(handle.name, 'go', { case: 'stringValue', value: 'on' })
    expect(await handle.outputs()).toBe('on')
    expect(effects()).toEqual([...once, 'told'].sort())
    expect(new Set(sights()).size).toBe(1)
    expect(sights()[0]).toContain('NonRecoverableError: never')
    const actions = await actionsOf(handle.name)
    const traces = actions.filter(({ what }) => what.startsWith('trace '))
    const phases = Object.groupBy(traces, ({ phase }) => phase)
    expect(phases['FAILED']?.map(({ what }) => what)).toEqual(['trace refused'])
    expect(phases['SUCCEEDED']?.map(({ what }) => what).sort()).toEqual(
      ['composed', 'now', 'random', 'step', 'step', 'step', 'step', 'step', 'words'].map((name) => `trace ${name}`),
    )
    expect(actions.find(({ what }) => what === 'condition go')?.phase).toBe('SUCCEEDED')
    const step = traces.find(({ what }) => what === 'trace step')?.name
    const { inputs, outputs } = await client.getActionData(handle.name, step)
    expect([inputs?.literals.map(({ name }) => name), outputs?.literals.length]).toEqual([['arg0', 'arg1'], 1])
  })

  test('at any moment repeats the step at most that was not over', async () => {
    const steps = 300
    const handle = await run(marching, { journal, steps })
    for (const share of [0.2, 0.6]) {
      await untilExecuted(journal, share * steps)
      killWorkersOf(server.pid)
    }
    expect(await handle.outputs()).toBe((steps * (steps - 1)) / 2)
    const counts = [...Map.groupBy(executions(journal), (line) => line).values()].map(({ length }) => length)
    expect(counts.length).toBe(steps)
    expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(2)
  })
})

test('a run that recovers another sees what that saw and was told', async () => {
  const handle = await run(asking, { journal, steps: 3 })
  await signal(handle.name, 'go', { case: 'stringValue', value: 'fail' })
  expect((await handle.wait()).phase).toBe('FAILED')
  const rpc = createRpcClient(RunService, createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }))
  const root = await client.getAction(handle.name)
  const relatedTo = root.id?.run
  const task = root.spec.case === 'task' ? root.spec.value : undefined
  const { run: again } = await rpc.createRun({
    id: { case: 'projectId', value: { name: relatedTo?.project ?? '', domain: relatedTo?.domain ?? '' } },
    task: { case: 'taskSpec', value: task! },
    inputWrapper: { case: 'inputs', value: (await client.getActionData(handle.name)).inputs ?? {} },
    runSpec: { relation: { relationType: RelationType.RECOVER, ...(relatedTo && { relatedTo }) } },
  })
  const name = again?.action?.id?.run?.name ?? ''
  await client.waitForAction(name)
  // What had failed for good was tried again: a run is recovered to do so.
  expect(effects()).toEqual([...once, 'refused', 'told', 'told'].sort())
  expect(new Set(sights()).size).toBe(1)
  const steps = (await actionsOf(name)).filter(({ what }) => what === 'trace step')
  expect(new Set(steps.map(({ phase }) => phase))).toEqual(new Set(['RECOVERED']))
})

test('conditions resolve with typed values, and time out with a typed error', async () => {
  const handle = await run(raising, { timeout: '200ms' })
  await signal(handle.name, 'count', { case: 'intValue', value: 7n })
  expect(await handle.outputs()).toEqual(['7', 'ConditionTimedOutError'])
  expect((await until(handle.name, 'condition late', 'TIMED_OUT')).name).not.toBe('')
})

test('a run that is aborted waits for nothing any more, nor does what it asked for', async () => {
  const handle = await run(raising, { timeout: '1h' })
  await until(handle.name, 'condition count', 'PAUSED')
  await handle.abort('enough')
  expect((await handle.wait()).phase).toBe('ABORTED')
  await until(handle.name, 'condition count', 'ABORTED')
  await until(handle.name, 'condition late', 'ABORTED')
})

test('a sleep goes on over kill -9 of the worker and of the server, and does not begin again', async () => {
  const handle = await run(sleeping, { journal })
  const { name } = await until(handle.name, 'task core.sleep', 'RUNNING')
  const before = await client.getAction(handle.name, name)
  killWorkersOf(server.pid)
  await server.kill()
  await start(server.port)
  await handle.outputs()
  const after = await client.getAction(handle.name, name)
  expect(startOf(after)).toBe(startOf(before))
  expect(after.status?.attempts).toBe(1)
  expect(readFileSync(journal, 'utf8').match(/awake/g)).toHaveLength(1)
})

test('a task that only sleeps can be run by itself', async () => {
  const handle = await run(nap, { duration: '20ms' })
  expect(await handle.outputs()).toBeUndefined()
})

function startOf({ status }: ActionDetails): number | undefined {
  return status?.startTime && timestampMs(status.startTime)
}
