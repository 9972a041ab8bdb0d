import { expect, test } from 'vitest'
import { cronWords, zoneInCron } from './cron-words.ts'

test.each([
  ['* * * * *', 'every minute'],
  ['*/15 * * * *', 'every 15 minutes'],
  ['0 * * * *', 'every hour'],
  ['5,35 * * * *', 'every hour at :05, :35'],
  ['30 */2 * * *', 'every 2 hours at :30'],
  ['0 9 * * *', 'at 09:00'],
  ['0 9 * * 1-5', 'at 09:00, Mon to Fri'],
  ['0 9,17 * * MON,wed', 'at 09:00, 17:00, Mon, Wed'],
  ['30 9-17 * * *', 'every hour from 09:30 to 17:30'],
  ['0 0 1,15 * ?', 'at 00:00, on day 1, 15'],
  ['0 0 1 * 7', 'at 00:00, on day 1 or Sun'],
  ['0 6 * jun-8 *', 'at 06:00, in Jun to Aug'],
  ['@daily', 'at 00:00'],
  ['@weekly', 'at 00:00, Sun'],
  ['@every 90s', 'every 90s'],
  ['CRON_TZ=Europe/Berlin 0 9 * * *', 'at 09:00'],
])('%s is %s', (expression, words) => {
  expect(cronWords(expression)).toBe(words)
})

test.each(['1-5 * * * *', '0 9 */2 * *', '0,10,20,30,40 9 * * *', '0 9 * * mon-wed-fri', '0 9 * * 8', '0 9 * *', ''])(
  '%j takes too many words',
  (expression) => {
    expect(cronWords(expression)).toBeUndefined()
  },
)

test('a zone may stand before the fields', () => {
  expect(zoneInCron('TZ=UTC @daily')).toBe('UTC')
  expect(zoneInCron('@daily')).toBeUndefined()
})
