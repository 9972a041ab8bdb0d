import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configure, deployedTask, run } from '@tern/sdk'
import { deployFile, deployPlan } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { every, launchPlan, refLaunchPlan } from '@tern/sdk/workflows'
import { startTestServer } from '@tern/test-support'
import { mockTask } from '@tern/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { alone, byName, type caller, outer, type quiet, regional, report, starter } from './launch-plan-tasks.ts'

const file = fileURLToPath(new URL('./launch-plan-tasks.ts', import.meta.url))

let folder: string
let server: Awaited<ReturnType<typeof startTestServer>>
let client: TernClient
let version: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-launch-plans-'))
  server = await startTestServer({ dataDir: join(folder, 'data'), logger: pino({ level: 'silent' }) })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  version = (await deployFile(client, file)).version
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

describe('deploying a file', () => {
  test('Z-4: deploys its launch plans, with the version of its tasks', async () => {
    const plan = await client.launchPlans.get('regional')
    expect(plan).toMatchObject({
      id: { name: 'regional', version },
      active: true,
      isDefault: false,
      spec: { taskId: { name: 'plans.report', version }, description: 'The report of one region' },
    })
    expect(plan.interface?.inputs?.variables.map(({ key }) => key)).toEqual(['at', 'by', 'n'])
  })

  test('L-14: makes active what says so, and nothing else', async () => {
    expect((await client.launchPlans.get('quiet')).active).toBe(false)
  })

  test('again changes nothing', async () => {
    const again = await deployFile(client, file)
    expect(again.tasks.map(({ state }) => state)).not.toContain('deployed')
    expect(again.launchPlans).toEqual([
      { name: 'regional', task: 'plans.report', state: 'unchanged', active: true },
      { name: 'quiet', task: 'plans.report', state: 'unchanged', active: false },
      { name: 'daily', task: 'plans.report', state: 'unchanged', active: false },
      { name: 'alone', task: 'plans.waits', state: 'unchanged', active: false },
    ])
  })

  test('only says what it would do when that is asked for', async () => {
    const { launchPlans } = await deployFile(client, file, { dryRun: true, version: 'never' })
    expect(launchPlans.map(({ state }) => state)).toEqual(['planned', 'planned', 'planned', 'planned'])
    await expect(client.launchPlans.get({ name: 'regional', version: 'never' })).rejects.toThrow(/never|not/)
  })
})

describe('launching', () => {
  test('L-2: takes the saved inputs and those that are given', async () => {
    expect(await (await run(regional, { n: 2 })).outputs()).toBe('eu 20 1970 low acme')
    expect(await (await client.launch(regional, { n: 2, by: 3 })).outputs()).toBe('eu 6 1970 low acme')
    const named = await client.launchPlans.launch<typeof quiet>(
      { name: 'quiet', version },
      { n: 4, at: new Date('2026-01-01T00:00:00Z') },
    )
    expect(await named.outputs()).toBe('us 40 2026 low acme')
  })

  test('L-11: options of a launch go before those of the plan, label by label', async () => {
    const options = { labels: { tier: 'high' }, envVars: { LEVEL: 'high' }, customContext: { tenant: 'initech' } }
    const handle = await client.launch(regional, { n: 1 }, options)
    expect(await handle.outputs()).toBe('eu 10 1970 high initech')
    expect(await (await run(regional, { n: 1 }, options)).outputs()).toBe('eu 10 1970 high initech')
    for await (const { name, labels } of client.runs.list({ limit: 10 })) {
      if (name === handle.name) expect(labels).toMatchObject({ team: 'ml', tier: 'high' })
    }
  })

  test('L-9, BUG-12: does not take what is fixed', async () => {
    const launch = () => client.launch('regional', { n: 1, region: 'us' } as never)
    await expect(launch()).rejects.toThrow('launch plan regional fixes the input region')
    await expect(run(regional, { n: 1, region: 'us' } as never)).rejects.toThrow('fixes the input region')
  })

  test('a name is that of one run', async () => {
    const first = await client.launch(regional, { n: 1 }, { name: 'plan-run' })
    expect(first.name).toBe('plan-run')
    await expect(client.launch(regional, { n: 2 }, { name: 'plan-run' })).rejects.toThrow(/plan-run/)
  })

  test('L-6: the default launch plan is the task itself', async () => {
    const handle = await client.launch(report.defaultLaunchPlan, { n: 2, region: 'asia' })
    expect(await handle.outputs()).toBe('asia 2 1970  ')
  })

  test('of what is not deployed says so', async () => {
    await expect(client.launch('regionl', {} as never)).rejects.toThrow(/regionl/)
  })
})

describe('L-8: a run of its own', () => {
  test('is a node, and an item of a map', async () => {
    const handle = await client.runs.start<typeof outer>('plans.outer', { l: [1, 2] })
    expect(await handle.outputs()).toEqual({
      one: 'eu 10 1970 low acme',
      all: ['us 10 1970 low acme', 'us 20 1970 low acme'],
    })
  })

  test('R-2: is one by its name, and what a task calls', async () => {
    expect(await (await client.runs.start<typeof byName>('plans.by-name')).outputs()).toBe('eu 30 1970 low acme')
    const handle = await client.runs.start<typeof caller>('plans.caller', { n: 5 })
    expect(await handle.outputs()).toBe('eu 50 1970 low acme, eu 10 1970 low acme')
  })

  test('a task starts one that goes on without it', async () => {
    const handle = await client.runs.start<typeof starter>('plans.starter', { n: 6 })
    const detached = client.runs.get<typeof regional>(await handle.outputs())
    expect(await detached.outputs()).toBe('eu 60 1970 low acme')
    expect(await (await run.local(starter, { n: 6 })).wait()).toMatchObject({ phase: 'SUCCEEDED' })
  })

  test('R-3: here it is replaced', async () => {
    const deployed = refLaunchPlan({ name: 'regional' }, { inputs: { n: z.int() }, output: z.string() })
    const mocked = mockTask(deployed, ({ n }) => `mocked ${n}`)
    expect(await (await run.local(byName)).outputs()).toBe('mocked 3')
    expect(await (await run.local(outer, { l: [1] })).outputs()).toMatchObject({ one: 'mocked 1' })
    expect(mocked.calls).toHaveLength(2)
    // Those that are declared here go by their names as well.
    expect(await (await run.local(regional, { n: 4 })).outputs()).toBe('mocked 4')
    expect(await regional({ n: 5 })).toBe('mocked 5')
    mocked.restore()
    expect(await (await run.local(regional, { n: 4 })).outputs()).toBe('eu 40 1970 low acme')
  })
})

describe('R-5: references', () => {
  const missing = fileURLToPath(new URL('./launch-plan-missing.ts', import.meta.url))

  test('are looked up before anything is deployed, if that is asked for', async () => {
    const check = deployFile(client, missing, { dryRun: true, checkReferences: true })
    const problems = await check.then(String, (error: Error) => error.message.split('\n').toSorted())
    expect(problems).toEqual([
      expect.stringMatching(/^workflow missing\.all, launch plan nowhere: .*nowhere/),
      'workflow missing.all, launch plan quiet: no version of it is active',
      'workflow missing.all, launch plan regional: its input region is fixed',
      'workflow missing.all, task plans.scale: its output o0 is integer, and not string',
    ])
  })

  test('are left to the deployment otherwise', async () => {
    expect((await deployFile(client, missing, { dryRun: true })).tasks).toHaveLength(1)
    await expect(deployFile(client, missing)).rejects.toThrow(/plans\.scale|nowhere|quiet|regional/)
    const fine = await deployFile(client, file, { dryRun: true, checkReferences: true })
    expect(fine.launchPlans).toHaveLength(4)
  })
})

describe('L-14: activation', () => {
  test('is of one version at most', async () => {
    await deployFile(client, file, { version: 'second' })
    const versions = []
    for await (const { id, active } of client.launchPlans.versions('regional')) versions.push([id?.version, active])
    expect(versions).toEqual([
      ['second', true],
      [version, false],
    ])
    expect(await client.launchPlans.activate({ name: 'regional', version })).toBe('second')
    expect((await client.launchPlans.get('regional')).id?.version).toBe(version)
    expect(await client.launchPlans.deactivate('regional')).toBe(version)
    expect(await client.launchPlans.deactivate('regional')).toBeUndefined()
    await expect(client.launch(regional, { n: 1 })).rejects.toThrow('no active version')
    await expect(run(regional, { n: 1 })).rejects.toThrow('no active version')
    const named = await client.launchPlans.launch<typeof regional>({ name: 'regional', version: 'second' }, { n: 1 })
    expect(await named.outputs()).toBe('eu 10 1970 low acme')
    await client.launchPlans.activate({ name: 'regional', version })
  })

  test('lists each name once', async () => {
    const names = []
    for await (const { id } of client.launchPlans.list()) names.push(id?.name)
    expect(new Set(names)).toEqual(new Set(['alone', 'daily', 'quiet', 'regional']))
    const ofTask = []
    for await (const { id } of client.launchPlans.list({ task: 'plans.report' })) ofTask.push(id?.name)
    expect(ofTask).toEqual(expect.arrayContaining(['plans.report', 'quiet', 'regional']))
  })
})

test('L-13: one run more than it allows is not started', async () => {
  await client.launchPlans.activate({ ...alone.reference, version })
  const first = await client.launch(alone)
  await expect(client.launch(alone)).rejects.toMatchObject({ name: 'ResourceExhaustedError' })
  await expect(run(alone)).rejects.toThrow(first.name)
  await first.abort()
  await first.wait()
  await (await client.launch(alone)).abort()
})

test('Y-4: a backfill launches a plan for each of its times', async () => {
  const from = new Date('2026-01-01T00:00:00Z')
  const name = 'plans.backfilled'
  expect(await (await client.runs.start(name, {})).outputs()).toBeUndefined()
  const years = []
  for await (const { name: each, labels } of client.runs.list({ limit: 50 })) {
    if (labels['by'] === 'backfill') years.push((await client.runs.get(each).inputs())['at'])
  }
  expect(years).toEqual([new Date('2026-01-02T00:00:00Z'), from])
})

test('S-5, S-7: an active plan is launched by its schedule, with the time', async () => {
  const startAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000)
  const target = deployedTask({
    name: 'plans.report',
    version,
    inputs: { n: z.int(), region: z.string(), at: z.date().optional() },
    output: z.string(),
  })
  const plan = launchPlan(target, {
    name: 'scheduled',
    fixed: { n: 7, region: 'north' },
    // Where deploying it takes longer than until then, it is the minute after.
    schedule: every('1m', { startAt, kickoffInput: 'at' }),
    labels: { by: 'schedule' },
    autoActivate: true,
  })
  await deployPlan(client, plan, 'v1')
  const name = await firstRun({ by: 'schedule' })
  await client.launchPlans.deactivate(plan)
  const { at } = (await client.runs.get(name).inputs()) as { at: Date }
  expect((at.getTime() - startAt.getTime()) % 60_000).toBe(0)
  expect(await client.runs.get(name).outputs()).toBe(`north 7 ${at.getUTCFullYear()}  `)
})

/** The name of the run with these labels, once there is one. */
async function firstRun(labels: Readonly<Record<string, string>>): Promise<string> {
  for (;;) {
    for await (const each of client.runs.list({ limit: 20 })) {
      if (Object.entries(labels).every(([key, value]) => each.labels[key] === value)) return each.name
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
