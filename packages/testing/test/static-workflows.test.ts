import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AnyTask, configure, run, type RunHandle } from '@tern/sdk'
import { create, toBinary } from '@bufbuild/protobuf'
import { fromOutputs, literalTypes, toLiteral } from '@tern/core'
import { createStorage } from '@tern/core/storage'
import { LiteralSchema } from '@tern/idl/core'
import { InputsSchema } from '@tern/idl/task'
import { createClient } from '@tern/sdk/client'
import { startTestServer } from '@tern/test-support'
import { mockTask } from '@tern/testing'
import { pino } from 'pino'
import { deployFile } from '@tern/sdk/bundle'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  asking,
  built,
  byName,
  caller,
  everything,
  handled,
  inner,
  outermost,
  squares,
} from './static-workflow-tasks.ts'
import { calling, far } from './static-workflow-missing.ts'

let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-static-workflows-'))
  server = await startTestServer({ dataDir: join(folder, 'data'), logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe.each(['remote', 'local'] as const)('%s', (mode) => {
  const start = (task: AnyTask, inputs: object = {}): Promise<RunHandle<unknown>> =>
    run(task, inputs as never, { mode }) as Promise<RunHandle<unknown>>

  test('TS-7: a workflow with something of everything gives the same', async () => {
    const expected = { picked: 4, tolerant: [1, null, 3], label: 'z6', made: [0, 2, 4, 6], sum: 4 }
    expect(await (await start(everything, { n: 1, at: new Date(5) })).outputs()).toEqual(expected)
  })

  test('C-10: a case that fails', async () => {
    const state = await (await start(everything, { n: -200, at: new Date(5) })).wait()
    expect(state).toMatchObject({ phase: 'FAILED', error: { message: expect.stringContaining('too small') } })
  })

  test('D-7: the parts of a graph can be run by themselves', async () => {
    expect(await (await start(inner, { n: 2 })).outputs()).toEqual({ sum: 6, label: 'z4' })
    expect(await (await start(squares, { n: 3 })).outputs()).toEqual([0, 2, 4])
    expect(await (await start(built, { n: 4 })).outputs()).toEqual({ n: 8 })
  })

  test('a task calls workflows, dynamic ones too', async () => {
    expect(await (await start(caller, { n: 1 })).outputs()).toBe(8)
  })

  test('E-1, D-10: the models mix: a task calls a workflow of a task that calls a workflow of a map', async () => {
    // decides(5) is 4 and decides(3), which is 2 and decides(1).
    expect(await (await start(outermost, { n: 5 })).outputs()).toEqual([14, 4])
  })

  test('W-16, W-17: a failure handler is told where it failed, and the workflow fails', async () => {
    const file = join(folder, `handled-${mode}`)
    expect(await (await start(handled, { file, n: 20 })).outputs()).toBe(80)
    const state = await (await start(handled, { file, n: -1 })).wait()
    expect(state).toMatchObject({ phase: 'FAILED', error: { message: expect.stringContaining('negative -1') } })
    expect(readFileSync(file, 'utf8')).toMatch(/^-1: n0\/then0\/n0 .*negative -1\n$/)
  })
})

test('R-1, R-4, W-11: a deployed workflow is called by its name, and is an action of its own then', async () => {
  const client = createClient({ endpoint: server.url })
  await deployFile(client, fileURLToPath(new URL('./static-workflow-tasks.ts', import.meta.url)))
  const handle = await run(byName, { n: 1 })
  expect(await handle.outputs()).toEqual([4, 4])
})

test('R-1: what a workflow calls by name has to be there when it is deployed', async () => {
  const client = createClient({ endpoint: server.url })
  const file = fileURLToPath(new URL('./static-workflow-missing.ts', import.meta.url))
  await expect(deployFile(client, file)).rejects.toThrow(
    'workflow static-missing.calling, task far.away: it is not deployed in flytesnacks/development',
  )
})

test('X-29: values that somebody has left in storage, with a note of where, are read by graphs and by workers', async () => {
  const client = createClient({ endpoint: server.url })
  await deployFile(client, fileURLToPath(new URL('./static-workflow-tasks.ts', import.meta.url)))
  const storage = createStorage(join(folder, 'data', 'storage'))
  const uri = storage.join(storage.root, 'left', 'list.pb')
  const list = toLiteral([7, 8, 9], literalTypes.list(literalTypes.integer()))
  await storage.write(uri, toBinary(LiteralSchema, list))
  const note = { value: { case: 'offloadedMetadata' as const, value: { uri, sizeBytes: 1n } } }
  const { taskId } = await client.getTask({ name: 'static.looking' })
  const reference = { name: 'static.looking', version: taskId?.version ?? '' }
  const given = create(InputsSchema, { literals: [{ name: 'l', value: note }] })
  const started = await client.createRun({ task: { reference }, inputs: given })
  const run = started.action?.id?.run?.name ?? ''
  const { result } = await client.waitForAction(run)
  expect(result.case).not.toBe('errorInfo')
  const { outputs } = await client.getActionData(run)
  expect(outputs && fromOutputs(outputs)).toEqual({ first: 14, sum: 24, twice: [14, 16, 18] })
})

test('G-7: a workflow on a server waits for answers', async () => {
  const client = createClient({ endpoint: server.url })
  const file = join(folder, 'asked')
  const handle = await run(asking, { n: 3, file })
  const waiting = async () => {
    const names: string[] = []
    for await (const { name } of client.conditions.list(handle.name)) names.push(name)
    return names.toSorted()
  }
  await expect.poll(waiting).toEqual(['check', 'more'])
  await client.conditions.approve(handle.name, 'check')
  await client.conditions.signal(handle.name, 'more', 7)
  expect(await handle.outputs()).toBe(12)
  expect(readFileSync(file, 'utf8')).toBe('approved\n')
})

test('R-3, DK-4: what a workflow calls is replaced in tests, deployed tasks too', async () => {
  const away = mockTask(far, ({ n }) => n + 100)
  expect(await calling.run({ n: 1 })).toBe(204)
  expect(away.calls).toHaveLength(1)
  const whole = mockTask(calling, () => 7)
  expect(await calling.run({ n: 1 })).toBe(7)
  expect(whole.calls.map(([inputs]) => inputs)).toEqual([{ n: 1 }])
  whole.restore()
  away.restore()
  await expect(calling.run({ n: 1 })).rejects.toThrow('task far.away is deployed on a server')
})
