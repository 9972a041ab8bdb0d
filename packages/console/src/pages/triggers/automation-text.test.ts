import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { FixedRateUnit, type ScheduleSchema, TriggerAutomationSpecSchema } from '@tern/idl/task'
import { expect, test } from 'vitest'
import { automationText, cronWords } from './automation-text.ts'

test.each([
  ['* * * * *', 'Every minute'],
  ['*/15 * * * *', 'Every 15 minutes'],
  ['0 * * * *', 'Every hour'],
  ['@hourly', 'Every hour'],
  ['5 * * * *', 'Every hour at :05'],
  ['0 */6 * * *', 'Every 6 hours'],
  ['@daily', 'Every day at 00:00'],
  ['30 9 * * ?', 'Every day at 09:30'],
  ['0 9,17 * * MON-FRI', 'Monday to Friday at 09:00, 17:00'],
  ['0 9 * * 1,sat', 'Every Monday, Saturday at 09:00'],
  ['0 0 1 * *', 'On day 1 of every month at 00:00'],
  ['@every 90s', 'Every 90s'],
  // What would take more words than fields is left as it is; so is a step that is uneven at the end of the hour.
  ['*/7 * * * *', undefined],
  ['0 9 1 1 *', undefined],
  ['0 9 1 * MON', undefined],
  ['0 9-17 * * *', undefined],
])('cron in words: %s', (code, words) => {
  expect(cronWords(code)).toBe(words)
})

function textOf(expression: MessageInitShape<typeof ScheduleSchema>['expression']) {
  return automationText(
    create(TriggerAutomationSpecSchema, {
      automation: { case: 'schedule', value: { ...(expression && { expression }) } },
    }),
  )
}

test('the zone is that of its field, of the expression, or UTC; a pace has none', () => {
  const cron = (expression: string, timezone = '') => textOf({ case: 'cron', value: { expression, timezone } })
  expect(cron('0 9 * * *', 'Europe/Berlin')).toEqual({
    words: 'Every day at 09:00',
    code: '0 9 * * *',
    zone: 'Europe/Berlin',
  })
  expect(cron('CRON_TZ=Asia/Tokyo 0 9 * * *')).toMatchObject({ code: '0 9 * * *', zone: 'Asia/Tokyo' })
  expect(textOf({ case: 'cronExpression', value: '1 2 3 4 5' })).toEqual({
    words: 'By cron',
    code: '1 2 3 4 5',
    zone: 'UTC',
  })
  expect(textOf({ case: 'rate', value: { value: 2, unit: FixedRateUnit.HOUR } })).toEqual({ words: 'Every 2 hours' })
  expect(cron('@every 90s')).toEqual({ words: 'Every 90s', code: '@every 90s' })
})

test('artifacts', () => {
  const artifact = (version: string) =>
    create(TriggerAutomationSpecSchema, {
      automation: { case: 'artifact', value: { artifactName: 'model', version, inputArg: '' } },
    })
  expect(automationText(artifact(''))).toEqual({ words: 'Each version of model' })
  expect(automationText(artifact('v3'))).toEqual({ words: 'Version v3 of model' })
})
