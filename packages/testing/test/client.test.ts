import { createServer, type Server, type Socket, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  AlreadyExistsError,
  DataValidationError,
  FailedPreconditionError,
  literalTypes,
  NotFoundError,
  toInputs,
  typedInterface,
} from '@tern/core'
import { TriggerAutomationSpecType } from '@tern/idl/task'
import { createClient, type RemoteRun, type TernClient } from '@tern/sdk/client'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import type { asks, double, flaky, stats } from './client-tasks.ts'
import { deployFile } from '@tern/sdk/bundle'

let server: Awaited<ReturnType<typeof startTestServer>>
let client: TernClient
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-client-'))
  server = await startTestServer({ logger: pino({ level: 'silent' }) })
  client = createClient({ endpoint: server.url, project: 'flytesnacks', domain: 'development' })
  await deployFile(client, join(import.meta.dirname, 'client-tasks.ts'))
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('runs', () => {
  test('are started by the name of their task, typed by the task itself', async () => {
    const at = new Date('2026-01-31T12:00:00Z')
    const handle = await client.runs.start<typeof stats>(
      'client.stats',
      { numbers: [1, 2, 3], at },
      { labels: { team: 'a' } },
    )
    const outputs = await handle.outputs()
    const sum: number = outputs.sum
    expect(sum).toBe(12)
    expect(outputs).toEqual({ sum: 12, label: 'none', at, point: { big: 2n ** 60n, list: [2, 4, 6] } })
    expect(await handle.inputs()).toEqual({ numbers: [1, 2, 3], label: 'none', at })
    expect(handle.url).toBe(`${server.url}/v2/domain/development/project/flytesnacks/runs/${handle.name}`)
    expect(await handle.details()).toMatchObject({ phase: 'SUCCEEDED', isFinal: true, attempts: 1, error: undefined })
    const actions = await all(handle.actions())
    expect(actions.map(({ task, parent }) => [task, parent])).toEqual([
      ['client.stats', ''],
      ...[1, 2, 3].map(() => ['client.double', 'a0']),
    ])
    const child = handle.action<number>(actions[1]!.name)
    const { x } = (await child.inputs()) as { x: number }
    expect(await child.outputs()).toBe(2 * x)
    expect((await all(child.logs())).map(({ text }) => text)).toEqual([`doubling ${x}`])
  })

  test('refuse inputs that do not fit, tasks that are not there, and names that are taken', async () => {
    await expect(client.runs.start('client.double', { x: 'three' })).rejects.toThrow(DataValidationError)
    await expect(client.runs.start('client.double', { x: 1, y: 2 })).rejects.toThrow(/y/)
    await expect(client.runs.start('client.nothing')).rejects.toThrow(NotFoundError)
    await client.runs.start<typeof double>('client.double', { x: 1 }, { name: 'taken' })
    await expect(client.runs.start('client.double', { x: 2 }, { name: 'taken' })).rejects.toThrow(AlreadyExistsError)
  })

  test('are listed by what is known of them', async () => {
    const labels = { kind: 'listed' }
    for (const x of [1, 2])
      await (await client.runs.start('client.double', { x }, { name: `listed-${x}`, labels })).wait()
    const failed = await client.runs.start('client.flaky', { file: join(folder, 'never') }, { labels })
    await failed.wait()
    const names = async (options: Parameters<typeof client.runs.list>[0]) =>
      (await all(client.runs.list(options))).map(({ name }) => name)
    expect(await names({ labels, task: 'client.double' })).toEqual(['listed-2', 'listed-1'])
    expect(await names({ labels, phase: 'FAILED' })).toEqual([failed.name])
    expect(await names({ labels, phase: ['SUCCEEDED'], sortBy: 'name', ascending: true })).toEqual([
      'listed-1',
      'listed-2',
    ])
    expect(await names({ labels, limit: 1 })).toEqual([failed.name])
    expect(await names({ labels, createdBefore: new Date(0) })).toEqual([])
    expect(await names({ labels, createdAfter: new Date(0) })).toHaveLength(3)
    const [run] = await all(client.runs.list({ labels, task: 'client.double', limit: 1 }))
    expect(run).toMatchObject({ task: 'client.double', phase: 'SUCCEEDED', labels, endedAt: expect.any(Date) })
    expect(run?.version).toMatch(/^[0-9a-f]{16}$/)
  })

  test('are run again, with other inputs, and recovered', async () => {
    const first = await client.runs.start<typeof stats>('client.stats', { numbers: [1], label: 'first' })
    await first.wait()
    const again = await first.rerun({ inputs: { numbers: [5] } })
    expect(await again.outputs()).toMatchObject({ sum: 10, label: 'first' })
    const file = join(folder, 'there')
    const broken = await client.runs.start<typeof flaky>('client.flaky', { file })
    expect((await broken.wait()).phase).toBe('FAILED')
    writeFileSync(file, '')
    expect(await (await broken.recover()).outputs()).toBe(8)
    const one = await first.rerun({ action: (await all(first.actions()))[1]!.name })
    expect(await one.outputs()).toBe(2)
    await expect(client.runs.get('no-such-run').rerun()).rejects.toThrow(NotFoundError)
  })

  test('are watched, and aborted, as a whole or an action of them', async () => {
    const one = await client.runs.start('client.calls_stuck')
    const stuckOf = async (run: RemoteRun) =>
      (await all(run.actions())).find(({ task, phase }) => task === 'client.stuck' && phase === 'RUNNING')
    await expect.poll(() => stuckOf(one)).toBeDefined()
    await one.action((await stuckOf(one))!.name).abort('enough')
    expect(await one.outputs()).toBe('ActionAbortedError')
    const whole = await client.runs.start('client.calls_stuck')
    const phases: string[] = []
    for await (const { phase } of whole.watch()) {
      if (phase === 'RUNNING' && !phases.includes(phase)) await whole.abort('all of it')
      phases.push(phase)
    }
    expect(phases.at(-1)).toBe('ABORTED')
    await expect(whole.outputs()).rejects.toThrow(/all of it/)
  })

  test('leave files where they can be fetched', async () => {
    const handle = await client.runs.start('client.writes')
    const { uri } = (await handle.outputs()) as { uri: string }
    expect(await (await fetch(await handle.fileUrl(uri))).text()).toBe('contents')
  })
})

describe('conditions', () => {
  const pending = async (run: string) => (await all(client.conditions.list(run))).map(({ name }) => name)

  test('are listed, and given their values', async () => {
    const handle = await client.runs.start<typeof asks>('client.asks')
    await expect.poll(() => pending(handle.name)).toEqual(['fine'])
    expect(await all(client.conditions.list())).toContainEqual({
      run: handle.name,
      action: expect.any(String),
      name: 'fine',
      prompt: 'Is it fine?',
      type: 'boolean',
    })
    await client.conditions.approve(handle.name, 'fine')
    await expect.poll(() => pending(handle.name)).toEqual(['count'])
    await expect(client.conditions.signal(handle.name, 'count', 'many')).rejects.toThrow(DataValidationError)
    await expect(client.conditions.approve(handle.name, 'fine')).rejects.toThrow(FailedPreconditionError)
    await client.conditions.signal(handle.name, 'count', 3)
    expect(await handle.outputs()).toBe('approved 3')
    await expect(client.conditions.approve(handle.name, 'other')).rejects.toThrow(NotFoundError)
  })

  test('are rejected', async () => {
    const handle = await client.runs.start<typeof asks>('client.asks')
    await expect.poll(() => pending(handle.name)).toEqual(['fine'])
    await client.conditions.reject(handle.name, 'fine')
    expect(await handle.outputs()).toBe('rejected')
  })
})

test('tasks and their versions are listed', async () => {
  const names = (await all(client.tasks.list({ environment: 'client' }))).map(({ taskId }) => taskId?.name)
  expect(names).toContain('client.double')
  expect(await all(client.tasks.versions('client.double'))).toHaveLength(1)
  expect((await client.tasks.get('client.double')).taskId?.version).toMatch(/^[0-9a-f]{16}$/)
})

test('files are deployed, and triggers stay that were made by hand', async () => {
  const folder = mkdtempSync(join(fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url)), 'client-'))
  const file = (inputs: string) => {
    const path = join(folder, 'later.ts')
    writeFileSync(
      path,
      `import { TaskEnvironment } from '@tern/sdk'
       import { z } from 'zod'
       const env = new TaskEnvironment({ name: 'later' })
       export const main = env.task({ name: 'main', inputs: { ${inputs} } }, () => undefined)`,
    )
    return path
  }
  expect(await deployFile(client, file('n: z.int()'), { dryRun: true, version: 'v1' })).toMatchObject({
    tasks: [{ name: 'later.main', state: 'planned' }],
  })
  await deployFile(client, file('n: z.int()'), { version: 'v1' })
  const five = toInputs({ n: 5 }, typedInterface({ inputs: { n: literalTypes.integer() } }).inputs)
  await client.triggers.deploy({
    task: 'later.main',
    name: 'hourly',
    spec: { active: true, taskVersion: 'v1', inputWrapper: { case: 'inputs', value: five } },
    automationSpec: {
      type: TriggerAutomationSpecType.TYPE_SCHEDULE,
      automation: {
        case: 'schedule',
        value: { expression: { case: 'cron', value: { expression: '0 * * * *' } }, kickoffTimeInputArg: '' },
      },
    },
  })
  const second = await deployFile(client, file('n: z.int(), m: z.int().default(1)'), { version: 'v2' })
  expect(second.tasks).toMatchObject([{ state: 'deployed', triggers: ['hourly'], misfits: [] }])
  const third = await deployFile(client, file('n: z.string()'), { version: 'v3' })
  expect(third.tasks[0]?.misfits).toEqual([{ trigger: 'hourly', problem: expect.stringMatching(/inputs\.n/) }])
  await expect(deployFile(client, file('n: z.date()'), { version: 'v3' })).rejects.toThrow(
    /deployed already, with other code/,
  )
  await expect(deployFile(client, file('n: z.date()'), { environment: 'latre' })).rejects.toThrow(
    /has no environment latre/,
  )
  rmSync(folder, { recursive: true })
})

test('of a file with a workflow that is wrong, nothing is deployed', async () => {
  const folder = mkdtempSync(join(fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url)), 'client-'))
  const path = join(folder, 'wrong.ts')
  writeFileSync(
    path,
    `import { TaskEnvironment } from '@tern/sdk'
     import { workflow } from '@tern/sdk/workflows'
     import { z } from 'zod'
     const env = new TaskEnvironment({ name: 'wrong' })
     export const text = env.task({ name: 'text', output: z.string() }, () => '')
     export const flow = workflow({ env, name: 'flow', output: z.int() }, () => text.node() as never)`,
  )
  await expect(deployFile(client, path, { dryRun: true })).rejects.toThrow('expected integer')
  await expect(deployFile(client, path)).rejects.toThrow('expected integer')
  expect(await all(client.tasks.list({ environment: 'wrong' }))).toEqual([])
  rmSync(folder, { recursive: true })
})

test('projects are made, changed and archived', async () => {
  await client.projects.create({ id: 'lab', name: 'Lab', labels: { a: '1' } })
  await client.projects.update('lab', { description: 'for trying' })
  expect(await client.projects.get('lab')).toMatchObject({
    name: 'Lab',
    description: 'for trying',
    labels: { values: { a: '1' } },
  })
  await client.projects.archive('lab')
  const ids = async (options = {}) => (await all(client.projects.list(options))).map(({ id }) => id)
  expect(await ids()).not.toContain('lab')
  expect(await ids({ includeArchived: true })).toContain('lab')
  await client.projects.unarchive('lab')
  expect(await ids()).toContain('lab')
})

/** Passes on what is sent to the server, and breaks the connection instead of passing on the first answer to a call. */
async function losing(method: string): Promise<{ url: string; proxy: Server; lost: () => number }> {
  const target = new URL(server.url)
  let lost = 0
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    sockets.add(near).add(far)
    let isCalled = false
    near.on('data', (bytes) => {
      isCalled ||= bytes.includes(method)
      far.write(bytes)
    })
    far.on('data', (bytes) => {
      if (!isCalled || lost > 0) return near.write(bytes)
      lost++
      near.resetAndDestroy()
    })
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  proxy.on('close', () => sockets.forEach((socket) => socket.destroy()))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, proxy, lost: () => lost }
}

test.each([undefined, 'chosen'])('a run whose answer is lost is made once; its name: %s', async (name) => {
  const { url, proxy, lost } = await losing('/CreateRun')
  const labels = { lost: name ?? 'none' }
  const handle = await createClient({ endpoint: url }).runs.start<typeof double>(
    'client.double',
    { x: 21 },
    { name, labels },
  )
  expect(lost()).toBe(1)
  expect(await handle.outputs()).toBe(42)
  expect((await all(client.runs.list({ labels }))).map((run) => run.name)).toEqual([handle.name])
  proxy.close()
})
