import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DataFrame, File, type InputsOf, run } from '@tern/sdk'
import { ServerProcess } from '@tern/test-support/server-process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bulletin, catalogue, greatOnly } from '../earthquakes/bulletin.ts'
import { callTern } from './server.ts'

const file = 'examples/earthquakes/bulletin.ts'
const week = 'examples/earthquakes/week.csv'

/** The events, read here without the example's code. */
const events = readFileSync(new URL('../earthquakes/week.csv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => line.split(','))
const quakes = events.filter((columns) => columns[8] === 'earthquake')
const strongest = quakes.toSorted((a, b) => Number(b[3]) - Number(a[3]))[0]!
const networks = [...new Set(quakes.map((columns) => columns[2]!))].toSorted()
const tooFew = ['hv', 'mb', 'nm', 'se', 'uu']

const inputs = { events: DataFrame.fromLocal(week) } as unknown as InputsOf<typeof bulletin>

interface Law {
  readonly network: string
  readonly quakes: number
  readonly completeness: number
  readonly b: number
}

/** The estimates of Aki, from counts of tenths instead of the magnitudes. */
function checkLaws(laws: readonly (Law | null)[]): void {
  expect(laws.map((law, n) => (law === null ? networks[n] : null)).filter(Boolean)).toEqual(tooFew)
  for (const law of laws) {
    if (law === null) continue
    const own = quakes.filter((columns) => columns[2] === law.network).map((columns) => Number(columns[3]))
    const counts: Record<string, number> = {}
    for (const magnitude of own) counts[magnitude.toFixed(1)] = (counts[magnitude.toFixed(1)] ?? 0) + 1
    expect(counts[law.completeness.toFixed(1)]).toBe(Math.max(...Object.values(counts)))
    const complete = own.filter((magnitude) => magnitude > law.completeness - 0.0500001)
    expect(law.quakes).toBe(complete.length)
    const excess = complete.reduce((sum, magnitude) => sum + magnitude - law.completeness + 0.05, 0)
    expect(law.b).toBeCloseTo((0.4342944819 * complete.length) / excess, 6)
  }
}

test('its picture in the documentation is what the command draws', async () => {
  const { stdout, stderr } = await callTern(['compile', file, 'bulletin', '--draw', 'svg'], 'http://localhost:1')
  expect(stderr).toBe('')
  const picture = new URL('../../docs/workflows/bulletin.svg', import.meta.url)
  // To draw it again: npx vitest run --config .config/vitest.config.ts -u examples/test/earthquakes.test.ts
  await expect(stdout).toMatchFileSnapshot(fileURLToPath(picture))
})

test('what the README shows is what it is', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  const plain = (code: string) => code.replaceAll(/^ *\/\/.*\n|^\n/gm, '')
  const [, shown = ''] = /```ts\n(export const bulletin[^]*?)```/.exec(read('README.md')) ?? []
  expect(shown).toContain('onFailure: writeIncident')
  expect(plain(read(file))).toContain(plain(shown))
})

describe('in this process', () => {
  test('a bulletin that somebody has released', async () => {
    const asked: string[] = []
    const answerCondition = ({ name }: { name: string }) => asked.push(name) > 0
    const { page, laws } = await (await run.local(bulletin, inputs, { answerCondition })).outputs()
    expect(asked).toEqual(['release'])
    checkLaws(laws)
    const text = await page.text()
    expect(text).toContain(`${quakes.length} earthquakes from 2018-01-31 to 2018-02-07.`)
    expect(text).toContain(`- **M ${Number(strongest[3]).toFixed(1)}**, ${strongest[9]!.slice(1)}, Taiwan: 8 followed`)
    expect(text.match(/^- \*\*M/gm)).toHaveLength(5)
    expect(text).toContain(`Too few to say anything: ${tooFew.join(', ')}.`)
  })

  test('nothing unusual, where people are warned of larger ones only', async () => {
    const handle = await run.local(bulletin, { ...inputs, alertFrom: 7 }, { answerCondition: () => true })
    expect(await (await handle.outputs()).page.text()).toContain('Nothing unusual. The strongest was M 6.4')
  })

  test('as its launch plan has it', async () => {
    const { events: table } = inputs
    const handle = await run.local(greatOnly, { events: table }, { answerCondition: () => true })
    expect(await (await handle.outputs()).page.text()).toContain('Nothing unusual.')
  })

  test('a part of it alone', async () => {
    const { strong, networks: found } = await catalogue.run(inputs)
    expect(found).toEqual(networks)
    expect(strong).toHaveLength(quakes.filter((columns) => Number(columns[3]) >= 5).length)
  })
})

describe('on a server', () => {
  let folder: string
  let server: ServerProcess
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tern-earthquakes-'))
    server = await ServerProcess.start({ dataDir: join(folder, 'data') })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const tern = (...args: string[]) => callTern(args, server.url)

  async function json<T>(...args: string[]): Promise<T> {
    const { stdout, stderr } = await tern(...args, '-o', 'json')
    if (stdout === '') throw new Error(stderr)
    return JSON.parse(stdout)
  }

  const start = async (...args: string[]) => (await json<{ name: string }>('run', ...args, '--events', week)).name

  async function answer(name: string, value: 'true' | 'false'): Promise<void> {
    const waiting = () => json<{ condition: string }[]>('get', 'condition', name)
    await expect.poll(async () => (await waiting()).length, { interval: 100 }).toBe(1)
    await json('signal', 'condition', name, 'release', value)
  }

  interface Run {
    readonly phase: string
    readonly error: { readonly code: string; readonly message: string } | null
  }

  async function ended(name: string): Promise<Run> {
    const get = () => json<Run>('get', 'run', name)
    await expect.poll(async () => (await get()).phase, { interval: 100 }).toMatch(/SUCCEEDED|FAILED/)
    return get()
  }

  interface Action {
    readonly name: string
    readonly task: string | null
    readonly group: string | null
    readonly phase: string
    readonly attempts: number
    readonly startedAt: string
    readonly endedAt: string
  }

  const actionsOf = (name: string) => json<Action[]>('get', 'action', name, '--limit', '1000')

  interface Outputs {
    readonly page: { readonly uri: string }
    readonly laws: (Law | null)[]
  }

  const outputsOf = async <O>(...args: string[]) => (await json<{ outputs: O }>('get', 'io', ...args)).outputs

  /** Waits for a bulletin's end, and checks it. */
  async function released(name: string): Promise<void> {
    expect(await ended(name)).toMatchObject({ phase: 'SUCCEEDED', error: null })
    const { page, laws } = await outputsOf<Outputs>(name)
    checkLaws(laws)
    expect(await File.remote(page.uri).text()).toContain(`${quakes.length} earthquakes from`)
  }

  test('from its file: networks that have too few fail, and it goes on', async () => {
    const name = await start(file, 'bulletin')
    await answer(name, 'true')
    await released(name)
    const actions = await actionsOf(name)
    const laws = actions.filter(({ task }) => task === 'earthquakes.fit-law')
    expect(laws).toHaveLength(networks.length)
    expect(laws.filter(({ phase }) => phase === 'FAILED')).toHaveLength(tooFew.length)
    expect(laws.every(({ attempts }) => attempts === 1)).toBe(true)
    expect(actions.filter(({ task }) => task === 'earthquakes.forecast')).toHaveLength(5)
    expect(actions.some(({ task }) => task === 'earthquakes.calm')).toBe(false)
    expect(actions.some(({ task }) => task === 'earthquakes.write-incident')).toBe(false)
  })

  test('deployed, by its name, with other inputs', async () => {
    const { code, stderr } = await tern('deploy', file)
    expect(code, stderr).toBe(0)
    const name = await start('--name', 'earthquakes.bulletin', '--alert-from', '7')
    await answer(name, 'true')
    await released(name)
    const tasks = (await actionsOf(name)).map(({ task }) => task)
    expect(tasks).toContain('earthquakes.calm')
    expect(tasks).not.toContain('earthquakes.warn')
  })

  test('by its launch plan, which fixes an input', async () => {
    expect((await tern('deploy', file)).code).toBe(0)
    const { code, stderr } = await tern('launch', 'great-earthquakes', '--events', week, '--alert-from', '6')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--alert-from')])
    const { name } = await json<{ name: string }>('launch', 'great-earthquakes', '--events', week)
    await answer(name, 'true')
    await released(name)
    const tasks = (await actionsOf(name)).map(({ task }) => task)
    expect(tasks).toContain('earthquakes.calm')
    expect(tasks).not.toContain('earthquakes.warn')
  })

  test('refused: it fails, an incident is written, and it goes on from there when it is run again', async () => {
    const name = await start(file, 'bulletin')
    await answer(name, 'false')
    const { phase, error } = await ended(name)
    expect([phase, error?.message]).toEqual(['FAILED', expect.stringContaining('release was not approved')])
    const handler = (await actionsOf(name)).find(({ task }) => task === 'earthquakes.write-incident')
    expect(handler).toMatchObject({ phase: 'SUCCEEDED', attempts: 1 })
    const { o0 } = await outputsOf<{ o0: { uri: string } }>(name, handler!.name)
    const incident = await File.remote(o0.uri).text()
    expect(incident).toMatch(/^# No bulletin this week\n\n- node: n4\n/)
    expect(incident).toContain('release was not approved')

    const [, command = ''] = /: (tern rerun .* --force-rerun-action .*)$/m.exec(incident) ?? []
    const again = (await json<{ name: string }>(...command.split(' ').slice(1))).name
    await answer(again, 'true')
    await released(again)
    // What had worked is taken over: only the question, and what comes after it, is new.
    const executed = (await actionsOf(again)).filter(({ phase }) => phase === 'SUCCEEDED').map(({ task }) => task)
    expect(executed).toContain('earthquakes.publish')
    expect(executed).not.toContain('earthquakes.read-events')
    expect(executed).not.toContain('earthquakes.draft')
  })

  test('a server that is killed in the middle repeats no node that had finished', async () => {
    const name = await start(file, 'bulletin', '--overwrite-cache')
    const finished = async () => (await actionsOf(name)).filter(({ phase }) => phase === 'SUCCEEDED')
    await expect.poll(async () => (await finished()).length, { interval: 5 }).toBeGreaterThan(3)
    await server.kill()
    server = await ServerProcess.start({ dataDir: join(folder, 'data'), port: server.port })
    const before = await finished()
    await answer(name, 'true')
    await released(name)
    const after = new Map((await actionsOf(name)).map((action) => [action.name, action]))
    expect(after.size).toBeGreaterThan(before.length)
    for (const { name: action, ...was } of before) expect(after.get(action)).toMatchObject(was)
    const again = [...after.values()].filter(({ task, attempts }) => task === 'earthquakes.fit-law' && attempts > 1)
    expect(again.filter(({ name: action }) => before.some((was) => was.name === action))).toEqual([])
  })
})
