import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TriggerDetailsView, TriggerRevisionView, TriggerView } from '../src/views/trigger-view.ts'
import { aTask, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
  await cli.client.deployTask(aTask('etl.main'))
  await cli.client.deployTask(aTask('etl.main', 'v2'))
})
afterAll(() => cli.stop())

const inputs = ['--input', 'numbers=[1,2]', '--kickoff-arg', 'day']
const daily = ['--schedule', '0 9 * * MON-FRI', '--timezone', 'Europe/Berlin']
const at = Date.parse('2026-11-20T12:00:00Z')

describe('creating a trigger', () => {
  test('says what it does, and shows it', async () => {
    const policies = ['--overlap', 'skip', '--catch-up', '3', '--label', 'team=data', '--env', 'A=b']
    const { code, stdout } = await cli.tern(
      ['create', 'trigger', 'etl.main', 'daily', ...daily, ...inputs, ...policies, '--description', 'Adds up'],
      { now: at },
    )
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'Created trigger daily of etl.main:v2, revision 1.\n' +
        'It fires at 09:00, Mon to Fri, Europe/Berlin; next 2026-11-23 08:00 (in 2d).\n',
    })
    const view = await cli.json<TriggerDetailsView>(['get', 'trigger', 'etl.main', 'daily'], { now: at })
    expect(view).toMatchObject({
      name: 'daily',
      task: 'etl.main',
      taskVersion: 'v2',
      project: 'flytesnacks',
      domain: 'development',
      description: 'Adds up',
      active: true,
      schedule: {
        type: 'CRON',
        text: 'at 09:00, Mon to Fri, Europe/Berlin',
        cron: '0 9 * * MON-FRI',
        timeZone: 'Europe/Berlin',
        input: 'day',
      },
      overlap: 'skip',
      catchUp: '3',
      inputs: { numbers: [1, 2] },
      labels: { team: 'data' },
      annotations: { 'tern/overlap': 'skip', 'tern/catch-up': '3' },
      env: { A: 'b' },
      lastFiredAt: null,
      revision: 1,
    })
    expect(view.nextFirings.slice(0, 2)).toEqual(['2026-11-23T08:00:00.000Z', '2026-11-24T08:00:00.000Z'])
  })

  test('that exists is refused, and says how to change it', async () => {
    await cli.tern(['create', 'trigger', 'etl.main', 'twice', '--every', '5m', ...inputs])
    const { code, stderr } = await cli.tern(['create', 'trigger', 'etl.main', 'twice', '--every', '9m', ...inputs])
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'error: trigger twice of task etl.main exists already, at revision 1\n' +
        'hint: Change it with tern update trigger etl.main twice.\n',
    })
  })

  test('takes a rate with a start, a version, and lists as repeated inputs', async () => {
    const rate = ['--every', '90m', '--start', '2026-01-01T00:00:00Z', '--inactive', '--version', 'v1']
    const given = ['--input', 'numbers=1', '--input', 'numbers=2', '--input', 'day=2026-01-31T12:00:00Z']
    const view = await cli.json<TriggerDetailsView>(['create', 'trigger', 'etl.main', 'often', ...rate, ...given])
    expect(view).toMatchObject({
      active: false,
      taskVersion: 'v1',
      nextAt: null,
      schedule: {
        type: 'RATE',
        everyMs: 5_400_000,
        startAt: '2026-01-01T00:00:00Z',
        text: expect.stringMatching(/^every 1h30m from/),
      },
      inputs: { numbers: [1, 2], day: '2026-01-31T12:00:00Z' },
    })
  })

  test("Flyte's names of flags are understood", async () => {
    const flyte = ['--schedule', '@daily', '--trigger-time-var', 'day', '--auto-activate', '--input', 'numbers=1']
    const view = await cli.json<TriggerDetailsView>(['create', 'trigger', 'etl.main', 'flyte', ...flyte])
    expect(view).toMatchObject({
      active: true,
      schedule: { input: 'day', text: 'at 00:00, UTC' },
      inputs: { numbers: [1] },
    })
  })
})

describe('what cannot be made is one clear line', () => {
  const create = ['create', 'trigger', 'etl.main', 'bad']
  test.each([
    [[...create, ...inputs], 2, "error: a trigger needs --schedule or --every\nhint: For example --schedule '0 9"],
    [
      [...create, '--schedule', '0 9 * *', ...inputs],
      2,
      'error: --schedule: "0 9 * *" has 4 fields, not five\nhint: Write five',
    ],
    [[...create, '--schedule', '0 0 9 * * *', ...inputs], 2, 'error: --schedule: "0 0 9 * * *" has 6 fields, not five'],
    [[...create, '--schedule', '0 0 31 2 *', ...inputs], 2, 'error: --schedule: "0 0 31 2 *" never comes true'],
    [
      [...create, '--schedule', '@daily', '--timezone', 'Berlin', ...inputs],
      2,
      'error: --timezone: "Berlin" is not a time zone',
    ],
    [
      [...create, '--every', '90s', ...inputs],
      2,
      'error: --every 90s is not a number of whole minutes\nhint: For seconds',
    ],
    [[...create, '--every', 'soon', ...inputs], 2, 'error: --every "soon"'],
    [[...create, '--every', '0m', ...inputs], 2, 'error: --every 0m is not'],
    [[...create, '--every', '5m', '--timezone', 'UTC', ...inputs], 2, 'error: --timezone is for --schedule'],
    [
      [...create, '--schedule', '@daily', '--start', '2026-01-01T00:00:00Z', ...inputs],
      2,
      'error: --start is for --every',
    ],
    [
      [...create, '--every', '5m', '--start', 'noon', ...inputs],
      2,
      "error: option '--start <time>' argument 'noon' is invalid. It must be a time with its zone",
    ],
    [
      [...create, '--every', '5m', '--schedule', '@daily'],
      2,
      "error: option '--schedule <cron>' cannot be used with option '--every",
    ],
    [
      [...create, '--every', '5m', '--overlap', 'maybe'],
      2,
      "error: option '--overlap <policy>' argument 'maybe' is invalid. Allowed choices are allow, skip, cancel",
    ],
    [
      [...create, '--every', '5m', '--catch-up', '10001'],
      2,
      "error: option '--catch-up <policy>' argument '10001' is invalid. It must be all, latest, none, or a number up to 10000.",
    ],
    [
      [...create, '--every', '5m'],
      2,
      'error: etl.main needs --input day=… (datetime), --input numbers=… (list<integer>)\nhint: --kickoff-arg day gives',
    ],
    [[...create, '--every', '5m', '--input', 'numbers=x', '--kickoff-arg', 'day'], 2, 'error: --input numbers'],
    [
      [...create, '--every', '5m', '--input', 'nmbers=1'],
      2,
      'error: etl.main has no input nmbers\nhint: Did you mean numbers?\n',
    ],
    [
      [...create, '--every', '5m', '--input', 'numbers'],
      2,
      "error: option '--input <name=value>' argument 'numbers' is invalid. It must be NAME=VALUE.",
    ],
    [
      [...create, '--every', '5m', '--input', 'numbers=@nowhere.json'],
      2,
      'error: --input numbers: cannot read nowhere.json: it does not exist',
    ],
    [
      [...create, '--every', '5m', '--input', 'numbers=1', '--kickoff-arg', 'shout'],
      2,
      'error: --kickoff-arg: input shout of etl.main is boolean, and no time',
    ],
    [['create', 'trigger', 'main', 'bad', '--every', '5m'], 2, 'error: "main" is not the name of a deployed task'],
    [
      ['create', 'trigger', 'etl.mian', 'bad', '--every', '5m'],
      1,
      'error: task etl.mian is not deployed in project flytesnacks, domain development\nhint: Did you mean etl.main?\n',
    ],
    [
      [...create, '--every', '5m', '--version', 'v3'],
      1,
      /^error: task etl\.main.* v3.*\nhint: Did you mean v[12]\?\n$/,
    ],
    [
      ['create', 'trigger', 'etl.main', 'a/b', '--every', '5m', ...inputs],
      1,
      'error: name: "a/b" must not contain "/"\n',
    ],
  ])('tern %j', async (args, code, message) => {
    const result = await cli.tern(args)
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' })
    if (typeof message === 'string') expect(result.stderr).toContain(message)
    else expect(result.stderr).toMatch(message)
    expect(result.stderr.split('\n').length).toBeLessThanOrEqual(3)
    const triggers = await cli.json<TriggerView[]>(['get', 'trigger', 'etl.main'])
    expect(triggers.map(({ name }) => name)).not.toContain('bad')
  })
})

describe('listing triggers', () => {
  test('shows state, schedule and what comes next; filters', async () => {
    await cli.client.deployTask(aTask('lists.main'))
    await cli.tern(['create', 'trigger', 'lists.main', 'on', ...daily, ...inputs])
    await cli.tern(['create', 'trigger', 'lists.main', 'off', '--every', '2h', ...inputs, '--inactive'])
    const list = async (...args: string[]) =>
      (await cli.json<TriggerView[]>(['get', 'trigger', 'lists.main', ...args])).map(({ name }) => name).sort()
    expect(await list()).toEqual(['off', 'on'])
    expect(await list('--active')).toEqual(['on'])
    expect(await list('--inactive')).toEqual(['off'])
    expect(await list('--version', 'v2')).toEqual([])
    expect((await cli.json<TriggerView[]>(['get', 'triggers'])).map(({ task }) => task)).toContain('lists.main')
    const { stdout } = await cli.tern(['get', 'trigger', 'lists.main'], { now: at, timeZone: 'Asia/Tokyo' })
    expect(stdout).toMatch(/^TASK +TRIGGER +STATE +SCHEDULE +NEXT +REVISION\n/)
    expect(stdout).toMatch(
      /^lists\.main +on +ACTIVE +at 09:00, Mon to Fri, Europe\/Berlin +2026-11-23 17:00 \(in 2d\) +1$/m,
    )
    expect(stdout).toMatch(/^lists\.main +off +INACTIVE +every 2h +1$/m)
  })

  test('one shows both zones', async () => {
    const { stdout } = await cli.tern(['get', 'trigger', 'lists.main', 'on'], { now: at, timeZone: 'Asia/Tokyo' })
    expect(stdout).toContain('Next firings\n  2026-11-23 09:00 Europe/Berlin  2026-11-23 17:00 Asia/Tokyo  in 2d\n')
  })

  test('what is not there is said, with what may have been meant', async () => {
    const get = async (...args: string[]) => (await cli.tern(['get', 'trigger', ...args])).stderr
    expect(await get('etl.mein')).toBe(
      'error: task etl.mein is not deployed in project flytesnacks, domain development\nhint: Did you mean etl.main?\n',
    )
    expect(await get('etl.main', 'dialy')).toMatch(/^error: trigger dialy .*\nhint: Did you mean daily\?\n$/)
    expect(await get('etl.main', 'dialy', '--history')).toMatch(
      /^error: trigger dialy .*\nhint: Did you mean daily\?\n$/,
    )
    expect(await get('etl.main', '--history')).toMatch(/^error: --history is for one trigger\nhint: /)
    expect(await get('-p', 'nowhere')).toMatch(/^error: project "nowhere" does not exist/)
  })

  test('a limit counts, also from the environment', async () => {
    expect(await cli.json(['get', 'trigger', '--limit', '1'])).toHaveLength(1)
    expect(await cli.json(['get', 'trigger'], { env: { TERN_GET_TRIGGER_LIMIT: '2' } })).toHaveLength(2)
  })
})

describe('changing a trigger', () => {
  const update = (...args: string[]) => cli.tern(['update', 'trigger', 'etl.main', 'changing', ...args])
  const get = () => cli.json<TriggerDetailsView>(['get', 'trigger', 'etl.main', 'changing'], { now: at })
  beforeAll(async () => {
    const given = [...daily, ...inputs, '--version', 'v1', '--label', 'a=1', '--overlap', 'skip', '--inactive']
    await cli.tern(['create', 'trigger', 'etl.main', 'changing', ...given])
  })

  test('keeps what is not said', async () => {
    expect((await update('--schedule', '0 4 * * *')).code).toBe(0)
    const changed = await get()
    expect(changed).toMatchObject({
      active: false,
      taskVersion: 'v1',
      schedule: { cron: '0 4 * * *', timeZone: 'Europe/Berlin', input: 'day' },
      inputs: { numbers: [1, 2] },
      labels: { a: '1' },
      overlap: 'skip',
      revision: 2,
    })
    await update(
      '--timezone',
      'Asia/Tokyo',
      '--input',
      'numbers=[3]',
      '--label',
      'b=2',
      '--version',
      'v2',
      '--activate',
    )
    expect(await get()).toMatchObject({
      active: true,
      taskVersion: 'v2',
      schedule: { cron: '0 4 * * *', timeZone: 'Asia/Tokyo' },
      inputs: { numbers: [3] },
      labels: { a: '1', b: '2' },
      revision: 3,
    })
    await update('--every', '1d')
    expect(await get()).toMatchObject({ schedule: { type: 'RATE', everyMs: 86_400_000, input: 'day' }, revision: 4 })
  })

  test('switches it off and on, each a revision, and in whichever order the names come', async () => {
    const before = (await get()).revision
    const { stdout } = await update('--deactivate')
    expect(stdout).toMatch(/^Updated trigger changing of etl\.main:v2, revision \d+\.\nIt is off: switch it on with /)
    expect((await cli.tern(['update', 'trigger', 'changing', 'etl.main', '--activate'])).code).toBe(0)
    const history = await cli.json<TriggerRevisionView[]>(['get', 'trigger', 'etl.main', 'changing', '--history'])
    expect(history.slice(0, 2).map(({ revision, action }) => [revision, action])).toEqual([
      [before + 2, 'ACTIVATE'],
      [before + 1, 'DEACTIVATE'],
    ])
    const { stdout: text } = await cli.tern(['get', 'trigger', 'etl.main', 'changing', '--history', '--limit', '1'])
    expect(text).toMatch(/^REVISION +CHANGE +AT .*\n +\d+ +ACTIVATE +\d{4}-/)
  })

  test('that somebody else has changed is refused, and nothing is changed', async () => {
    const { revision } = await get()
    const old = String(revision - 1)
    expect(await update('--schedule', '@hourly', '--revision', old)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `error: trigger changing of task etl.main is at revision ${revision}, not ${old}: somebody has changed it\n` +
        'hint: See what has changed with tern get trigger etl.main changing --history, then try again.\n',
    })
    expect((await update('--deactivate', '--revision', old)).code).toBe(1)
    expect((await get()).revision).toBe(revision)
    expect((await update('--deactivate', '--revision', String(revision))).code).toBe(0)
  })

  test('that somebody else changes between reading and writing is refused', async () => {
    const { revision } = await get()
    // The command has read the trigger when it asks for the value.
    const stdin = async () => {
      await update('--description', 'theirs')
      return '[9]'
    }
    const args = ['update', 'trigger', 'etl.main', 'changing', '--input', 'numbers=@-']
    const { code, stderr } = await cli.tern(args, { stdin })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`is at revision ${revision + 1}, not ${revision}: somebody has changed it\n`),
    })
    expect(await get()).toMatchObject({ description: 'theirs', inputs: { numbers: [3] } })
  })

  test('needs something to change', async () => {
    expect(await update()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: nothing to change\nhint: /),
    })
    expect((await update('--activate', '--deactivate')).code).toBe(2)
    expect((await cli.tern(['update', 'trigger', 'etl.main', 'chnging', '--activate'])).stderr).toMatch(
      /Did you mean changing\?/,
    )
  })
})

describe('deleting a trigger', () => {
  const create = (name: string) => cli.tern(['create', 'trigger', 'etl.main', name, '--every', '5m', ...inputs])
  const exists = async (name: string) => (await cli.tern(['get', 'trigger', 'etl.main', name])).code === 0

  test('asks first', async () => {
    await create('asked')
    const del = ['delete', 'trigger', 'etl.main', 'asked']
    expect(await cli.tern(del, { answers: ['no'] })).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Delete trigger asked of task etl.main? [y/N] error: nothing was deleted\n',
    })
    expect(await exists('asked')).toBe(true)
    expect((await cli.tern(del, { answers: ['y'] })).code).toBe(0)
    expect(await exists('asked')).toBe(false)
  })

  test('where nobody can be asked, --yes is needed', async () => {
    await create('unasked')
    const del = ['delete', 'trigger', 'etl.main', 'unasked']
    expect(await cli.tern(del)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/needs a confirmation\nhint: Add --yes/),
    })
    expect(await cli.json([...del, '--yes'])).toEqual({ task: 'etl.main', name: 'unasked', deleted: true })
    expect((await cli.tern([...del, '--yes'])).code).toBe(1)
  })
})

test('-o yaml prints the same data', async () => {
  const { stdout } = await cli.tern(['get', 'trigger', 'etl.main', 'daily', '-o', 'yaml'])
  expect(stdout).toContain('schedule:\n  type: CRON\n')
})
