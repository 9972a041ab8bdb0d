import { create } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import { FixedRateUnit, ScheduleSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import type { Schedule } from './instants.ts'
import { toSchedule } from './to-schedule.ts'

const start = Date.parse('2026-01-01T00:00:00Z')

function cron(expression: string, timezone = ''): Schedule {
  const message = create(ScheduleSchema, { expression: { case: 'cron', value: { expression, timezone } } })
  return toSchedule(message, start)
}

function rate(value: number, unit: FixedRateUnit, startTime?: string): Schedule {
  const time = startTime === undefined ? {} : { startTime: timestampFromMs(Date.parse(startTime)) }
  return toSchedule(create(ScheduleSchema, { expression: { case: 'rate', value: { value, unit, ...time } } }), start)
}

function after(schedule: Schedule, time: string, count: number): ReadonlyArray<string> {
  const instants: string[] = []
  for (let at = schedule.next(Date.parse(time)); at !== undefined && instants.length < count; at = schedule.next(at)) {
    instants.push(new Date(at).toISOString().replace(':00.000Z', 'Z'))
  }
  return instants
}

describe('wall-clock times, when clocks change', () => {
  const table: ReadonlyArray<readonly [what: string, expression: string, zone: string, from: string, to: string[]]> = [
    [
      'a skipped time fires at the end of the gap',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    [
      'several skipped times fire together, once',
      '15,30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:15Z', '2026-03-09T06:30Z'],
    ],
    [
      'a skipped midnight',
      '0 0 * * *',
      'America/Santiago',
      '2026-09-05T12:00Z',
      ['2026-09-06T04:00Z', '2026-09-07T03:00Z'],
    ],
    [
      'a skipped midnight in Cairo',
      '0 0 * * *',
      'Africa/Cairo',
      '2026-04-23T12:00Z',
      ['2026-04-23T22:00Z', '2026-04-24T21:00Z'],
    ],
    [
      'a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      ['2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
    [
      'a repeated time fires the first time',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      'a repeated half-hour fires the first time',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00Z',
      ['2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
    [
      'a repeated list fires the first time',
      '0,30 1 * * *',
      'Europe/London',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z'],
    ],
    [
      'a pace goes on through a gap',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:15Z',
      ['2026-03-29T00:30Z', '2026-03-29T01:00Z', '2026-03-29T01:30Z'],
    ],
    [
      'a pace goes on through a repetition',
      '30 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:45Z',
      ['2026-10-25T00:30Z', '2026-10-25T01:30Z', '2026-10-25T02:30Z'],
    ],
    [
      'times outside of the change move with the clock',
      '0 9 * * MON',
      'Europe/Berlin',
      '2026-03-20T00:00Z',
      ['2026-03-23T08:00Z', '2026-03-30T07:00Z'],
    ],
    [
      'a gap that ends at midnight',
      '59 23 * * *',
      'America/Nuuk',
      '2024-03-30T12:00Z',
      ['2024-03-31T01:00Z', '2024-04-01T00:59Z'],
    ],
    [
      'a day that was left out, when a zone changed sides of the date line',
      '0 12 * * *',
      'Pacific/Apia',
      '2011-12-29T00:00Z',
      ['2011-12-29T22:00Z', '2011-12-30T10:00Z', '2011-12-30T22:00Z'],
    ],
    [
      'a gap of two hours',
      '0 2 * * *',
      'Antarctica/Troll',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'a zone that went back without daylight saving',
      '30 23 * * *',
      'Asia/Almaty',
      '2024-02-28T20:00Z',
      ['2024-02-29T17:30Z', '2024-03-01T18:30Z'],
    ],
    [
      'a month in which daylight saving pauses',
      '30 2 * * *',
      'Africa/Casablanca',
      '2024-03-09T12:00Z',
      ['2024-03-10T01:30Z', '2024-03-11T02:30Z'],
    ],
    [
      'a zone without changes',
      '30 5 * * *',
      'Asia/Kolkata',
      '2026-03-28T00:00Z',
      ['2026-03-29T00:00Z', '2026-03-30T00:00Z'],
    ],
  ]
  test.each(table)('%s', (_what, expression, zone, from, instants) => {
    expect(after(cron(expression, zone), from, instants.length)).toEqual(instants)
  })
})

describe('cron expressions', () => {
  test.each([
    ['@yearly', '2027-01-01T00:00Z'],
    ['@annually', '2027-01-01T00:00Z'],
    ['@monthly', '2026-07-01T00:00Z'],
    ['@weekly', '2026-06-21T00:00Z'],
    ['@daily', '2026-06-16T00:00Z'],
    ['@midnight', '2026-06-16T00:00Z'],
    ['@hourly', '2026-06-15T13:00Z'],
    ['@every 90m', '2026-06-15T13:30Z'],
    ['0 9 ? * MON-FRI', '2026-06-16T09:00Z'],
    ['5/20 * * * *', '2026-06-15T12:25Z'],
    ['0 0 13 * FRI', '2026-06-19T00:00Z'],
    ['0 0 29 2 *', '2028-02-29T00:00Z'],
    ['0 12 * jul sun', '2026-07-05T12:00Z'],
    ['0 0 * * 7', '2026-06-21T00:00Z'],
    ['CRON_TZ=Asia/Tokyo 0 9 * * *', '2026-06-16T00:00Z'],
    ['TZ=Asia/Tokyo @daily', '2026-06-15T15:00Z'],
  ])('%s', (expression, instant) => {
    expect(after(cron(expression), '2026-06-15T12:05:00Z', 1)).toEqual([instant])
  })

  test.each([
    ['', 'no fields'],
    ['0 9 * *', '4 fields'],
    ['0 0 9 * * *', 'seconds and years'],
    ['0 9 * * MON-FRI 2026', 'seconds and years'],
    ['cron(0 9 ? * MON-FRI *)', 'AWS'],
    ['rate(5 minutes)', 'AWS'],
    ['@reboot', 'alias'],
    ['@every 0s', 'shorter than a second'],
    ['@every day', 'interval'],
    ['0 0 30 2 *', 'never'],
    ['0 0 31 4,6,9,11 *', 'never'],
    ['0 0 L * *', '"L"'],
    ['0 0 15W * *', '"15W"'],
    ['0 0 * * MON#2', '"MON#2"'],
    ['60 * * * *', '60'],
    ['*/0 * * * *', 'step is not a number'],
    ['5-1 * * * *', 'ends before it begins'],
    ['x '.repeat(5_000_000), 'longer than 1000 characters'],
    ['1,'.repeat(400) + ' * * * *', '""'],
    ['* 24 * * *', '0 to 23'],
    ['* * 0 * *', '1 to 31'],
    ['* * * 13 *', '1 to 12 and JAN to DEC'],
    ['* * * * 8', '0 to 7 and SUN to SAT'],
    ['1-2-3 * * * *', '"1-2-3"'],
    ['1.5 * * * *', '"1.5"'],
    ['-1 * * * *', '"-1"'],
    ['* * * * MON-', '"MON-"'],
    ['*-5 * * * *', '"*-5"'],
  ])('%#: what cannot be is refused', (expression, problem) => {
    expect(() => cron(expression)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', message: expect.stringContaining(problem) }),
    )
  })

  test.each([
    ['cron(0 9 ? * MON-FRI *)', '0 9 * * MON-FRI'],
    ['cron(0/15 * * * ? *)', '0/15 * * * *'],
    ['0 12 ? * 2-6 *', '0 12 * * MON-FRI'],
    ['0 12 * * ? *', '0 12 * * *'],
    ['30 8 ? * 1,7 *', '30 8 * * SUN,SAT'],
    ['rate(5 minutes)', '@every 5m'],
    ['rate(1 day)', '@every 24h'],
  ])('%s is written as for AWS: the answer says how to write it', (expression, here) => {
    expect(() => cron(expression)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining('written as for AWS'),
        hint: `Here it is written ${JSON.stringify(here)}.`,
      }),
    )
    expect(after(cron(here), '2026-06-15T12:05:00Z', 1)).toHaveLength(1)
  })

  test.each([
    ['cron(0 9 ? * MON-FRI 2026)', 'a year cannot be given'],
    ['0 9 L * ? *', 'L, W and # cannot be given'],
    ['cron(0 9 ? * 6#3 *)', 'L, W and # cannot be given'],
    ['cron(0 9 * *)', 'does not have six fields'],
    ['rate(often)', 'its rate cannot be read'],
  ])('%s is written as for AWS, and there is no other way to write it', (expression, problem) => {
    expect(() => cron(expression)).toThrow(expect.objectContaining({ message: expect.stringContaining(problem) }))
  })

  test.each(['Mars/Olympus', '+05:30', 'Europe Berlin', 'x'.repeat(100)])('the zone %s is refused', (zone) => {
    expect(() => cron('0 9 * * *', zone)).toThrow('is not a time zone')
  })

  test('the latest instants are the last that next finds', () => {
    const schedule = cron('*/15 9-17 * * MON-FRI', 'Europe/Berlin')
    const [from, until] = [start, Date.parse('2026-11-02T09:07:00Z')]
    const all: number[] = []
    for (let at = schedule.next(from); at !== undefined && at <= until; at = schedule.next(at)) all.push(at)
    expect(schedule.latest(7, from, until)).toEqual(all.slice(-7))
    expect(schedule.latest(0, from, until)).toEqual([])
    expect(schedule.latest(1, until, until)).toEqual([])
    expect(schedule.latest(Number.POSITIVE_INFINITY, from, until)).toEqual(all)
  })
})

describe('fixed rates', () => {
  test('without a start time they count from when they were made', () => {
    expect(after(rate(15, FixedRateUnit.MINUTE), '2026-01-01T00:00:00Z', 2)).toEqual([
      '2026-01-01T00:15Z',
      '2026-01-01T00:30Z',
    ])
  })

  test('with a start time they count from it, which is an instant of its own', () => {
    const daily = rate(1, FixedRateUnit.DAY, '2026-01-05T06:30:00Z')
    expect(after(daily, '2026-01-01T00:00:00Z', 2)).toEqual(['2026-01-05T06:30Z', '2026-01-06T06:30Z'])
    expect(after(daily, '2026-02-01T06:30:00Z', 1)).toEqual(['2026-02-02T06:30Z'])
  })

  test('the latest instants', () => {
    const hourly = rate(1, FixedRateUnit.HOUR, '2026-01-01T00:30:00Z')
    const noon = Date.parse('2026-01-01T12:00:00Z')
    expect(hourly.latest(2, start, noon)).toEqual([noon - 5_400_000, noon - 1_800_000])
    expect(hourly.latest(5, noon - 1_800_000, noon)).toEqual([])
  })

  test.each([
    [0, FixedRateUnit.MINUTE, 'at least 1'],
    [1, FixedRateUnit.UNSPECIFIED, 'MINUTE, HOUR or DAY'],
    [4_000_000_000, FixedRateUnit.DAY, '100 years'],
  ])('%d of unit %d is refused', (value, unit, problem) => {
    expect(() => rate(value, unit)).toThrow(problem)
  })
})
