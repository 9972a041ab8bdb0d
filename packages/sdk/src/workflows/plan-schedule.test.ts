import { InvalidArgumentError } from '@tern/core'
import { FixedRateUnit } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definitionOf } from '../authoring/task.ts'
import { notify } from '../index.ts'
import { backfill, cron, every, launchPlan } from '../workflows.ts'
import { toWireSchedule } from './plan-schedule.ts'
import { env, freshName } from './test/tasks.ts'

const times: string[] = []
const daily = env.task(
  {
    name: 'plan-daily',
    inputs: { at: z.date(), region: z.string(), since: z.date().optional(), n: z.int().default(1) },
  },
  ({ at, region }) => void times.push(`${at.toISOString()} ${region}`),
)

function scheduleOf(plan: Parameters<typeof definitionOf>[0]) {
  return definitionOf(plan).launchPlan?.declared?.toSpec().schedule
}

describe('S-1, S-2, S-6: cron', () => {
  test('S-6: is read in a zone, which is UTC if none is named', () => {
    const plan = launchPlan(daily, {
      name: freshName(),
      fixed: { region: 'eu' },
      schedule: cron('0 2 * * *', { tz: 'Europe/Berlin', kickoffInput: 'at' }),
    })
    expect(scheduleOf(plan)).toMatchObject({
      expression: { case: 'cron', value: { expression: '0 2 * * *', timezone: 'Europe/Berlin' } },
      kickoffTimeInputArg: 'at',
    })
    expect(toWireSchedule(cron('@daily'))).toMatchObject({ expression: { value: { timezone: 'UTC' } } })
  })

  test.each([
    ['daily', '@daily'],
    ['Hours', '@hourly'],
    ['@weekly', '@weekly'],
    ['years', '@yearly'],
    ['0 0 29 2 *', '0 0 29 2 *'],
  ])('S-2: understands %j', (given, expression) => {
    expect(cron(given).cron).toBe(expression)
  })

  test.each(['foo', '* *', '', '0 0 30 2 *', '0 0 31 4 *', '0 0 31 6 *', '0 0 * * * *', '@every 5m'])(
    'S-2: refuses %j',
    (given) => {
      expect(() => cron(given)).toThrow(InvalidArgumentError)
    },
  )

  test('S-3: refuses zones that there are not, and options', () => {
    expect(() => cron('@daily', { tz: 'Mars/Olympus' })).toThrow(/Mars\/Olympus.*is not a time zone/)
    expect(() => cron('@daily', { offset: 'PT1H' } as never)).toThrow(/unknown option "offset"/)
  })
})

describe('S-4: a fixed rate', () => {
  test.each([
    ['30m', 30, FixedRateUnit.MINUTE],
    ['120m', 2, FixedRateUnit.HOUR],
    ['24h', 1, FixedRateUnit.DAY],
    ['36h', 36, FixedRateUnit.HOUR],
    ['7d', 7, FixedRateUnit.DAY],
  ])('of %s is %d of unit %d', (interval, value, unit) => {
    expect(toWireSchedule(every(interval as never))).toMatchObject({
      expression: { case: 'rate', value: { value, unit } },
    })
  })

  test('may begin at a time', () => {
    const startAt = new Date('2026-01-01T00:30:00Z')
    const schedule = every('1h', { startAt })
    startAt.setUTCFullYear(2030)
    expect(toWireSchedule(schedule)).toMatchObject({ expression: { value: { startTime: { seconds: 1767227400n } } } })
  })

  test.each(['30s', '90s', { minutes: 0 }, { minutes: -5 }, 'often'])('BUG-10: cannot be %j', (interval) => {
    expect(() => every(interval as never)).toThrow(InvalidArgumentError)
  })

  test('refuses what is no date', () => {
    expect(() => every('1h', { startAt: '2026-01-01' as never })).toThrow(/startAt must be a Date/)
  })
})

describe('S-5, S-7: a plan with a schedule', () => {
  const schedule = (kickoffInput?: string) => cron('@daily', kickoffInput === undefined ? {} : { kickoffInput })

  test.each([
    [
      'S-7: has a value for every input',
      { fixed: { region: 'eu' } },
      undefined,
      /no value for the input at \(datetime\)/,
    ],
    ['S-7: of all that it needs', {}, 'at', /no value for the input region \(string\)/],
    [
      'BUG-11: gives the time to an input that there is',
      { fixed: { region: 'eu' } },
      'att',
      /att is none of its inputs/,
    ],
    ['BUG-11: which is a date', { fixed: { region: 'eu' } }, 'region', /region is fixed/],
    ['BUG-11: and no text', { defaults: { region: 'eu' } }, 'region', /is of the type string, and must be a date/],
  ])('%s', (_, saved, kickoffInput, message) => {
    const declare = () => launchPlan(daily, { name: 'x', ...saved, schedule: schedule(kickoffInput) } as never)
    expect(declare).toThrow(InvalidArgumentError)
    expect(declare).toThrow(message)
  })

  test('S-5: may give the time to an input that need not be there', () => {
    const saved = { fixed: { region: 'eu' }, defaults: { at: new Date(0) } }
    const plan = launchPlan(daily, { name: freshName(), ...saved, schedule: cron('@daily', { kickoffInput: 'since' }) })
    expect(scheduleOf(plan)?.kickoffTimeInputArg).toBe('since')
  })
})

test('Y-1, Y-2: notifications are those of runs', () => {
  const plan = launchPlan(daily, {
    name: freshName(),
    notify: [notify.email({ on: ['failed', 'timedOut'], to: 'ops@example.com' })],
  })
  expect(definitionOf(plan).launchPlan?.declared?.toSpec().runSpec).toMatchObject({
    notificationSettings: { case: 'notificationRules', value: { rules: [{ onPhases: [6, 8] }] } },
  })
})

describe('Y-3, Y-4: backfill of a launch plan', () => {
  const window = { from: new Date('2026-01-01T02:00:00Z'), to: new Date('2026-01-03T02:00:00Z') }
  const plan = launchPlan(daily, {
    name: 'backfilled',
    fixed: { region: 'eu' },
    schedule: cron('0 2 * * *', { kickoffInput: 'at' }),
  })

  test('BUG-19: launches it for each time from one until just before another', async () => {
    const { workflow: filled, first, last } = backfill(plan, { env, name: freshName(), ...window })
    expect([first, last]).toEqual([new Date('2026-01-01T02:00:00Z'), new Date('2026-01-02T02:00:00Z')])
    expect(filled.compile().message.graph?.nodes.map(({ id, upstream }) => [id, ...upstream])).toEqual([
      ['b-2026-01-01t02-00-00z'],
      ['b-2026-01-02t02-00-00z', 'b-2026-01-01t02-00-00z'],
    ])
    expect(filled.compile().message.entities).toMatchObject([{ kind: { case: 'launchPlan' } }])
    times.length = 0
    await filled.run()
    expect(times).toEqual(['2026-01-01T02:00:00.000Z eu', '2026-01-02T02:00:00.000Z eu'])
  })

  test('of a fixed rate', () => {
    const schedule = every('12h', { startAt: window.from, kickoffInput: 'at' })
    const hourly = plan.with({ name: freshName(), schedule })
    const { workflow: filled } = backfill(hourly, { env, name: freshName(), parallel: true, ...window })
    expect(filled.compile().message.graph?.nodes.map(({ upstream }) => upstream)).toEqual([[], [], [], []])
  })

  test('needs a schedule, and no trigger', () => {
    const bare = launchPlan(daily, { name: freshName() })
    expect(() => backfill(bare, { env, name: 'x', ...window })).toThrow(/has no schedule here/)
    expect(() => backfill(plan, { env, name: 'x', trigger: 'a', ...window })).toThrow(/no triggers/)
  })
})
