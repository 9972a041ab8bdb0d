import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AnyTask, configure, run, type RunHandle, type RunOptions, sensor, TaskEnvironment } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock, runTask } from '@tern/testing'
import { ServerProcess } from '@tern/test-support/server-process'
import { JobService } from './job-service.ts'
import { arrived, asking, delivered, graph, never, squared } from './polling-tasks.ts'
import { executions, untilExecuted, workersOf } from './processes.ts'

let folder: string
let journal: string
let path: string
let service: JobService
let server: ServerProcess
let client: TernClient
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-polling-'))
  journal = join(folder, 'journal')
  path = join(folder, 'data.txt')
  service = await JobService.start()
})
afterEach(async () => {
  await service.stop()
  rmSync(folder, { recursive: true })
})

let dataDir: string
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-polling-data-'))
  await start()
})
afterAll(async () => {
  await server?.stop()
  rmSync(dataDir, { recursive: true })
})

async function start(port?: number): Promise<void> {
  server = await ServerProcess.start({ dataDir, port, log: 'ignore' })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
}

async function killServer(): Promise<void> {
  await server.kill()
  await start(server.port)
}

function killWorkers(): void {
  for (const pid of workersOf(server.pid)) process.kill(pid, 'SIGKILL')
}

/** How many actions of each kind a run has. */
async function countsOf(name: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for await (const { metadata } of client.listActions(name)) {
    const { spec } = metadata ?? {}
    const what = spec?.case === 'task' ? (spec.value.id?.name ?? '') : (spec?.value?.name ?? '')
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

async function linesOf(name: string): Promise<string[]> {
  const lines: string[] = []
  const { status } = await client.getAction(name)
  for (let attempt = 1; attempt <= (status?.attempts ?? 1); attempt++)
    for await (const { text } of client.logs(name, 'a0', { attempt })) lines.push(text)
  return lines
}

describe.each(['remote', 'local'] as const)('%s', (mode) => {
  const begin = (task: AnyTask, inputs: object = {}, options: RunOptions = {}): Promise<RunHandle<unknown>> =>
    run(task, inputs as never, { ...options, mode }) as Promise<RunHandle<unknown>>

  test('Q-10, Q-11: sensors and jobs are nodes of a graph', async () => {
    const handle = await begin(graph, { path, journal, url: service.url })
    await untilExecuted(journal, 2)
    writeFileSync(path, 'twelve bytes')
    await service.untilSeen(2)
    service.finish()
    expect(await handle.outputs()).toEqual({ bytes: 12, square: 144, sum: 145 })
    expect(service.creations).toHaveLength(1)
  })

  test('Q-10: a sensor that waits in vain times out', async () => {
    const { phase, error } = await (await begin(never)).wait()
    expect({ phase, message: error?.message }).toEqual({
      phase: 'TIMED_OUT',
      message: expect.stringContaining('the action did not end within its deadline of 2 s'),
    })
  })

  test('checks may call tasks', async () => {
    const handle = await begin(asking, { journal })
    expect(await handle.outputs()).toBe(36)
    if (mode === 'remote') expect(await countsOf(handle.name)).toMatchObject({ 'polling.twice': 3, check: 2 })
  })

  test('a sensor leaves its place to what it waits for', async () => {
    const handle = await begin(delivered, { path, journal }, { maxActionConcurrency: 2 })
    expect(await handle.outputs()).toBe(12)
  })

  test('Q-11: an aborted task stops its job', async () => {
    const handle = await begin(squared, { url: service.url, n: 3 })
    await service.untilSeen(2)
    await handle.abort('enough')
    expect((await handle.wait()).phase).toBe('ABORTED')
    await expect.poll(() => service.jobs.map(({ isDeleted }) => isDeleted)).toEqual([true])
    if (mode === 'remote') expect((await linesOf(handle.name)).at(-1)).toContain('stopped the job')
  })

  test('a job that fails is made anew, as another job', async () => {
    service.outcome = ({ id, n }) =>
      id === 'job-1'
        ? { phase: 'failed', message: 'the disk is full' }
        : { phase: 'succeeded', outputs: { square: n * n, job: id } }
    const handle = await begin(squared, { url: service.url, n: 3 })
    expect(await handle.outputs()).toEqual({ square: 9, job: 'job-2' })
    expect(new Set(service.creations).size).toBe(2)
    expect((await handle.wait()).attempts).toBe(2)
  })
})

test('in tests a sensor takes no time', async () => {
  const clock = new FakeClock({ now: 0 })
  let checks = 0
  const env = new TaskEnvironment({ name: 'told' })
  const daily = sensor(env, { name: 'daily', every: '1d', check: () => ++checks === 4 })
  await (await runTask(daily, {}, { clock })).outputs()
  expect(clock.now()).toBe(3 * 86_400_000)
})

describe('kill -9', () => {
  test('of worker and server: a sensor goes on with its checks', async () => {
    const handle = await run(arrived, { path, journal })
    await untilExecuted(journal, 3)
    killWorkers()
    await untilExecuted(journal, 6)
    await killServer()
    await untilExecuted(journal, executions(journal).length + 2)
    writeFileSync(path, 'here')
    expect(await (await handle.outputs()).text()).toBe('here')
    // What was recorded is not done again: at most the check that was under way is, for each of the two.
    const checks = executions(journal).length
    const counts = await countsOf(handle.name)
    expect(counts['check']).toBeGreaterThanOrEqual(checks - 3)
    expect(counts['check']).toBeLessThan(checks)
    expect(counts['core.sleep']).toBe(counts['check'])
    expect((await linesOf(handle.name)).join('\n')).toMatch(/goes on after \d+ checks of earlier attempts/)
  })

  test('Q-11: of worker and server: there is one job, which is created once', async () => {
    const handle = await run(squared, { url: service.url, n: 5 })
    await service.untilSeen(2)
    killWorkers()
    const [job] = service.jobs
    await service.untilSeen(job!.looks + 3)
    await killServer()
    await service.untilSeen(job!.looks + 3)
    service.finish()
    expect(await handle.outputs()).toEqual({ square: 25, job: 'job-1' })
    expect(service.creations).toHaveLength(1)
    expect((await countsOf(handle.name))['create']).toBe(1)
    expect((await linesOf(handle.name)).join('\n')).toContain('goes on with the job {\\"id\\":\\"job-1\\"}')
  })

  test('while a job is created: it is asked for again under the same key', async () => {
    let answers!: (value: unknown) => void
    service.beforeCreated = () => new Promise((resolve) => (answers = resolve))
    const handle = await run(squared, { url: service.url, n: 6 })
    await expect.poll(() => service.creations.length).toBe(1)
    service.beforeCreated = async () => {}
    killWorkers()
    service.finish()
    expect(await handle.outputs()).toEqual({ square: 36, job: 'job-1' })
    answers(undefined)
    expect(service.creations).toHaveLength(2)
    expect(new Set(service.creations).size).toBe(1)
    expect(service.jobs).toHaveLength(1)
  })
})
