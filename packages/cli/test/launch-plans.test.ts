import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeployView } from '../src/deploy/deploy.ts'
import type { ActivationView } from '../src/launch-plans/activation.ts'
import type { FinishedRunView, StartedRunView } from '../src/task-run/finished-run-view.ts'
import type { LaunchPlanDetailsView, LaunchPlanView } from '../src/views/launch-plan-view.ts'
import { InProcess } from './in-process.ts'

// Inside of the repository, where the packages that it imports are found.
const cwd = join(import.meta.dirname, 'fixtures')
const file = 'launch-plans.ts'
const now = Date.parse('2026-11-20T12:00:00Z')

let cli: InProcess
let version: string
beforeAll(async () => {
  cli = await InProcess.start()
  version = (await cli.json<DeployView>(['deploy', file], { cwd })).version
})
afterAll(() => cli.stop())

describe('tern deploy', () => {
  test('deploys launch plans, and the same again changes nothing', async () => {
    const { launchPlans } = await cli.json<DeployView>(['deploy', file], { cwd })
    expect(launchPlans).toEqual([
      { name: 'sales-nightly', task: 'sales.report', state: 'unchanged', active: false },
      { name: 'sales-weekly', task: 'sales.report', state: 'unchanged', active: false },
    ])
    const { stdout: said } = await cli.tern(['deploy', file], { cwd })
    expect(said).toContain(`tern activate sales-nightly ${version}\n`)
    const { stdout } = await cli.tern(['deploy', file, '--dry-run'], { cwd })
    expect(stdout).not.toContain('tern activate')
    expect(stdout).toMatch(/LAUNCH PLAN +LAUNCHES +ACTIVE +STATE\nsales-nightly +sales.report +no +planned\n/)
  })
})

describe('tern get launch-plan', () => {
  test('lists them', async () => {
    const views = await cli.json<LaunchPlanView[]>(['get', 'launch-plan'])
    expect(views.map(({ name, active }) => [name, active])).toEqual(
      expect.arrayContaining([
        ['sales-nightly', false],
        ['sales-weekly', false],
      ]),
    )
    const { stdout } = await cli.tern(['get', 'launch-plan'])
    expect(stdout).toMatch(/^LAUNCH PLAN +STATE +VERSION +LAUNCHES +SCHEDULE/)
    const ofTask = await cli.json<LaunchPlanView[]>(['get', 'launch-plan', '--task', 'sales.total'])
    expect(ofTask.map(({ name }) => name)).toEqual(['sales.total'])
  })

  test('shows one', async () => {
    const view = await cli.json<LaunchPlanDetailsView>(['get', 'launch-plan', 'sales-nightly'])
    expect(view).toMatchObject({
      name: 'sales-nightly',
      version,
      task: 'sales.report',
      taskVersion: version,
      active: false,
      default: false,
      description: 'The report of every night',
      schedule: { type: 'CRON', text: 'at 02:00, Europe/Berlin', input: 'at' },
      inputs: [
        { name: 'at', type: 'datetime', required: false, default: '2026-01-01T00:00:00Z' },
        { name: 'rows', type: 'integer', required: false, default: 10 },
      ],
      outputs: [{ name: 'o0', type: 'string' }],
      fixed: { region: 'eu' },
      labels: { team: 'sales' },
      concurrency: { max: 1, onLimit: 'queue' },
      url: expect.stringMatching(/\/v2\/domain\/development\/project\/flytesnacks\/launch-plans\/sales-nightly$/),
    })
    const { stdout } = await cli.tern(['get', 'launch-plan', 'sales-nightly', version])
    expect(stdout).toContain('Runs at once')
    expect(stdout).toMatch(/Inputs\n *NAME +TYPE +DEFAULT/)
    expect(stdout).toMatch(/Fixed\n *region: "eu"/)
  })

  test('shows its versions', async () => {
    const views = await cli.json<LaunchPlanView[]>(['get', 'launch-plan', 'sales-weekly', '--versions'])
    expect(views.map((view) => view.version)).toEqual([version])
  })

  test.each([
    [['get', 'launch-plan', '--versions'], 2, /--versions is for one launch plan/],
    [['get', 'launch-plan', 'sales-nightly', 'v1', '--versions'], 2, /one is named/],
    [['get', 'launch-plan', 'sales-nightly', '--task', 'a.b'], 2, /Leave out sales-nightly/],
    [['get', 'launch-plan', 'sales-nigtly'], 1, /Did you mean sales-nightly\?/],
    [['launch', 'sales-nigtly'], 1, /Did you mean sales-nightly\?/],
    [['activate', 'sales-nigtly'], 1, /Did you mean sales-nightly\?/],
    [['launch'], 2, /missing required argument 'plan'/],
    [['launch', '--rows', '1'], 2, /unknown option.*--rows/],
    [['launch', 'sales-nightly', '--region', 'us'], 2, /unknown option '--region'/],
    [['launch', 'sales-nightly', '--rows', 'many'], 2, /--rows/],
  ])('tern %j is refused', async (args, code, message) => {
    const finished = await cli.tern(args)
    expect(finished.stderr).toMatch(message)
    expect(finished.code).toBe(code)
  })
})

describe('tern launch', () => {
  test('starts a run, with inputs as flags, and shows its result', async () => {
    const refused = await cli.tern(['launch', 'sales-nightly'])
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`tern activate sales-nightly ${version}`),
    ])
    const args = [
      'launch',
      'sales-nightly',
      '--version',
      version,
      '--rows',
      '3',
      '--follow',
      '--env',
      'NOTE=!',
      '--label',
      'by=hand',
    ]
    const run = await cli.json<FinishedRunView>(args)
    expect(run).toMatchObject({ phase: 'SUCCEEDED', task: 'sales.report', outputs: { o0: '3 rows of eu, 2026!' } })
    const details = await cli.json<{ labels: object }>(['get', 'run', run.name])
    expect(details.labels).toMatchObject({ team: 'sales', by: 'hand' })
  })

  test('says what it started', async () => {
    const { stdout, code } = await cli.tern(['launch', 'sales-nightly', '--name', 'by-hand', '--version', version])
    expect([code, stdout]).toEqual([0, expect.stringContaining('Started run by-hand of sales.report')])
    expect(
      (
        await cli.json<StartedRunView>([
          'launch',
          'sales.report',
          '--rows',
          '1',
          '--region',
          'x',
          '--at',
          '2026-01-01T00:00:00Z',
        ])
      ).task,
    ).toBe('sales.report')
  })

  test('has help for each plan', async () => {
    const { stdout, code } = await cli.tern(['launch', 'sales-nightly', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('The report of every night')
    expect(stdout).toMatch(/--rows <integer> +\(default 10\)/)
    expect(stdout).not.toContain('--region')
  })
})

describe('tern activate', () => {
  test('switches a version on, and off again', async () => {
    const { stdout } = await cli.tern(['activate', 'sales-nightly', version])
    expect(stdout).toBe(`Activated version ${version} of sales-nightly.\n`)
    expect(await cli.json<ActivationView>(['activate', 'sales-nightly', version])).toMatchObject({
      activeVersion: version,
      previousVersion: version,
    })
    const plan = await cli.json<LaunchPlanDetailsView>(['get', 'launch-plan', 'sales-nightly'], { now })
    expect(plan).toMatchObject({ active: true, nextTimes: expect.arrayContaining(['2026-11-21T01:00:00.000Z']) })
    expect((await cli.tern(['deactivate', 'sales-nightly'])).stdout).toMatch(/^Deactivated sales-nightly: version/)
    expect((await cli.tern(['deactivate', 'sales-nightly'])).stdout).toBe('No version of sales-nightly was active.\n')
  })
})

describe('tern run FILE PLAN', () => {
  test('runs what it launches from the file, here or on the server', async () => {
    const expected = { phase: 'SUCCEEDED', outputs: { o0: '4 rows of eu, 2026' } }
    expect(await cli.json(['run', '--local', file, 'nightly', '--rows', '4'], { cwd })).toMatchObject(expected)
    expect(await cli.json(['run', '--follow', file, 'sales-nightly', '--rows', '4'], { cwd })).toMatchObject(expected)
  })

  test('is listed with the tasks', async () => {
    const { stdout } = await cli.tern(['run', file], { cwd })
    expect(stdout).toMatch(/report +workflow .* Adds up what was sold/)
    expect(stdout).toMatch(
      /nightly +launch plan +sales-nightly +at\?: datetime, rows\?: integer +The report of every night/,
    )
  })

  test('is described by its help', async () => {
    const { stdout } = await cli.tern(['run', file, 'nightly', '--help'], { cwd })
    expect(stdout).toContain('The report of every night')
    expect(stdout).not.toContain('Adds up what was sold')
  })
})
