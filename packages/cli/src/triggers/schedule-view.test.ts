import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { toTimestamp } from '@tern/core'
import { FixedRateUnit, type ScheduleSchema, TriggerAutomationSpecSchema } from '@tern/idl/task'
import { TriggerStatusSchema } from '@tern/idl/trigger'
import { expect, test } from 'vitest'
import { nextFirings, toScheduleView } from './schedule-view.ts'

const now = Date.parse('2026-11-21T12:00:30Z')

function scheduled(expression: NonNullable<MessageInitShape<typeof ScheduleSchema>['expression']>) {
  return create(TriggerAutomationSpecSchema, { automation: { case: 'schedule', value: { expression } } })
}

const cron = (expression: string, timezone = '') => scheduled({ case: 'cron', value: { expression, timezone } })
const everyFiveMinutes = scheduled({ case: 'rate', value: { value: 5, unit: FixedRateUnit.MINUTE } })

test.each([
  [cron('0 9 * * *'), 'at 09:00, UTC', 'UTC'],
  [cron('CRON_TZ=Asia/Tokyo 0 9 * * *'), 'at 09:00, Asia/Tokyo', 'Asia/Tokyo'],
  [cron('1-5 */3 1-7 * *', 'Europe/Berlin'), '1-5 */3 1-7 * *, Europe/Berlin', 'Europe/Berlin'],
  [cron('@every 90s'), 'every 90s', null],
  [scheduled({ case: 'cronExpression', value: '@daily' }), 'at 00:00, UTC', 'UTC'],
  [everyFiveMinutes, 'every 5m', null],
  [undefined, 'never', null],
])('%# reads %s', (automation, text, timeZone) => {
  expect(toScheduleView(automation)).toMatchObject({ text, timeZone })
})

test('an artifact starts runs too, at no time that is known', () => {
  const automationSpec = create(TriggerAutomationSpecSchema, {
    automation: { case: 'artifact', value: { artifactName: 'model', inputArg: 'm' } },
  })
  expect(toScheduleView(automationSpec)).toMatchObject({
    type: 'ARTIFACT',
    text: 'when artifact model has a new version',
    artifact: { name: 'model', version: null },
    input: 'm',
  })
  expect(nextFirings({ active: true, automationSpec }, 3, now)).toEqual([])
})

test('the next firings are those of the zone, over a change of its clocks', () => {
  const automationSpec = cron('30 2 * * *', 'Europe/Berlin')
  expect(nextFirings({ active: true, automationSpec }, 2, Date.parse('2026-03-28T12:00:00Z'))).toEqual([
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
})

test('a rate goes on from its last firing', () => {
  const status = create(TriggerStatusSchema, {
    updatedAt: toTimestamp(now - 600_000),
    triggeredAt: toTimestamp(now - 90_000),
  })
  const request = { active: true, automationSpec: everyFiveMinutes, status }
  expect(nextFirings(request, 2, now)).toEqual(['2026-11-21T12:04:00.000Z', '2026-11-21T12:09:00.000Z'])
  expect(nextFirings({ ...request, active: false }, 2, now)).toEqual([])
})

test('a schedule that only another server can read has no known firings', () => {
  expect(nextFirings({ active: true, automationSpec: cron('0 9 * * 1#2') }, 1, now)).toEqual([])
})
