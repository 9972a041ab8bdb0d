import { execFileSync } from 'node:child_process'
import { DataFrame, type InputsOf, run } from '@tern/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aviation, main } from '../aviation/main.ts'
import { type ExampleServer, startExampleServer } from './server.ts'

const file = 'examples/aviation/main.ts'
const data = (name: string) => `node_modules/vega-datasets/data/${name}`
const tables = { airports: data('airports.csv'), strikes: data('birdstrikes.csv'), flights: data('flights-3m.parquet') }
const flags = Object.entries(tables).flatMap(([name, path]) => [`--${name}`, path])

const sentence = 'LAX is latest (13.3 min); strikes cost 41 million dollars.'
const quality = [
  { table: 'flights', kept: 11_999, dropped: 1 },
  { table: 'strikes', kept: 10_000, dropped: 0 },
  { table: 'airports', kept: 216, dropped: 0 },
]

/** What each environment's tasks are called, main's own and those that it depends on. */
const tasks = [aviation, ...(aviation.options.dependsOn ?? [])].flatMap((environment) => [...environment.tasks.keys()])

interface Action {
  readonly name: string
  readonly task: string
  readonly phase: string
  readonly attempts: number
}

/** Whether there was such a process to kill. */
function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

test('is some thirty tasks in six environments', () => {
  expect(new Set(tasks.map((name) => name.split('.')[0])).size).toBe(6)
  expect(tasks.length).toBeGreaterThanOrEqual(30)
})

test('runs in this process', async () => {
  const inputs = Object.fromEntries(Object.entries(tables).map(([name, path]) => [name, DataFrame.fromLocal(path)]))
  const handle = await run.local(main, inputs as unknown as InputsOf<typeof main>, { answerCondition: () => true })
  const { summary, quality: found, model, outlook, site } = await handle.outputs()
  expect([summary, found]).toEqual([sentence, quality])
  expect(model.error).toBeGreaterThan(0)
  expect(outlook).toMatch(/^At 18:00, flights leave \d+ minutes late/)
  const paths: string[] = []
  for await (const { path } of site!.walk()) paths.push(path)
  expect(paths.filter((path) => path.startsWith('airports/'))).toHaveLength(8)
  expect(await (await site!.get('index.md')).text()).toContain('- [LAX.md](airports/LAX.md)')
})

describe('on a server', () => {
  let server: ExampleServer
  beforeAll(async () => {
    server = await startExampleServer()
  })
  afterAll(() => server.stop())

  async function json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await server.tern(...args, '-o', 'json')
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout)
  }

  const actionsOf = (name: string) => json<Action[]>('get', 'action', name)

  /** Says that it may be published as soon as the run asks, and gives its outputs. */
  async function published(name: string): Promise<Record<string, unknown>> {
    await expect.poll(async () => (await json<unknown[]>('get', 'condition', name)).length, { interval: 200 }).toBe(1)
    await json('signal', 'condition', name, 'publish', 'true')
    await expect
      .poll(async () => (await json<{ phase: string }>('get', 'run', name)).phase, { interval: 200 })
      .toBe('SUCCEEDED')
    return (await json<{ outputs: Record<string, unknown> }>('get', 'io', name)).outputs
  }

  /** Ends the processes that its tasks run in, with no chance to do anything about it. */
  function killWorkers(): number {
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    const workers = children.split('\n').filter((line) => line.includes('.mjs'))
    return workers.filter((line) => isKilled(Number.parseInt(line, 10))).length
  }

  test('says the same, and calls every task but those that it has no use for', async () => {
    const { name } = await json<{ name: string }>('run', file, 'main', ...flags)
    expect(await published(name)).toMatchObject({ summary: sentence, quality })
    const called = new Set((await actionsOf(name)).map(({ task }) => task))
    expect(tasks.filter((task) => !called.has(task))).toEqual([])
  })

  test('goes on when its workers are killed, and finishes nothing twice', async () => {
    const { name } = await json<{ name: string }>('run', file, 'main', ...flags, '--sample', '6000')
    const finished = async () => (await actionsOf(name)).filter(({ phase }) => phase === 'SUCCEEDED').length
    for (const count of [3, 12, 24]) {
      await expect.poll(finished, { interval: 20 }).toBeGreaterThanOrEqual(count)
      // Those that were killed before may not have been replaced yet.
      await expect.poll(killWorkers).toBeGreaterThan(0)
    }
    expect(await published(name)).toMatchObject({ summary: expect.stringContaining('strikes cost 41 million dollars') })
    const actions = await actionsOf(name)
    expect(new Set(actions.map(({ phase }) => phase))).toEqual(new Set(['SUCCEEDED']))
    expect(actions.find(({ task }) => task === 'aviation.main')?.attempts).toBeGreaterThan(1)
  })

  test('is deployed whole, with the triggers of its outlook', async () => {
    const { stdout, stderr, code } = await server.tern('deploy', file)
    expect(code, stderr).toBe(0)
    expect(stdout).toContain('aviation-publishing.outlook')
    const triggers = await json<{ name: string }[]>('get', 'trigger')
    expect(new Set(triggers.map(({ name }) => name))).toEqual(new Set(['every-morning', 'new-model']))
    // The model of any run from here on is one that the outlook is told of.
    const { name } = await json<{ name: string }>(
      'run',
      file,
      'main',
      ...flags,
      '--sample',
      '2000',
      '--patience',
      '10ms',
    )
    const outlooks = () => json<{ task: string }[]>('get', 'run', '--trigger', 'new-model')
    await expect
      .poll(outlooks, { interval: 200 })
      .toContainEqual(expect.objectContaining({ task: 'aviation-publishing.outlook' }))
    expect((await json<{ phase: string }>('get', 'run', name)).phase).not.toBe('FAILED')
  })
})
