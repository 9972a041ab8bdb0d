import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'

describe.skipIf(!hasBrowser)('triggers', () => {
  const site = useSite({ timezoneId: 'UTC', locale: 'en-GB' })

  const lines = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')

  test('where there are none, it is said how to make one', async () => {
    const page = await site.open(`${place}/triggers`)
    await page.getByText('Nothing runs by itself here').waitFor()
    await deployFile(site.client, join(import.meta.dirname, 'console-triggers.ts'))
    await expect.poll(() => lines(page, 'Triggers').count()).toBe(3)
  })

  test('the list says when each fires, here and there, and narrows down to a task', async () => {
    const page = await site.open(`${place}/triggers`)
    const nightly = lines(page, 'Triggers').filter({ hasText: 'nightly' })
    await nightly.getByText('Every day at 02:30').waitFor()
    // 02:30 in Tokyo is 17:30 of the day before in UTC.
    await nightly.getByText(/17:30/).waitFor()
    await nightly.getByText(/02:30 in Asia\/Tokyo/).waitFor()
    await nightly.getByText('On', { exact: true }).waitFor()
    const workdays = lines(page, 'Triggers').filter({ hasText: 'workdays' })
    await workdays.getByText('Monday to Friday at 09:00').waitFor()
    await workdays.getByText('Off', { exact: true }).waitFor()
    await page.getByRole('textbox', { name: 'Filter triggers by task' }).fill('greet')
    await expect.poll(() => lines(page, 'Triggers').count()).toBe(1)
    expect(page.url()).toContain('task=greet')
    await lines(page, 'Triggers').getByRole('link').click()
    await page.waitForURL('**/triggers/clockwork.greet/soon')
  })

  test('one is switched off and on, which is kept with its changes', async () => {
    const page = await site.open(`${place}/triggers/clockwork.tidy/nightly`)
    await page.getByText('Removes what nobody has looked at').waitFor()
    await expect.poll(() => lines(page, 'Next firings').count()).toBe(5)
    await page.getByRole('button', { name: 'Switch off' }).click()
    await page.getByText('It is off, and fires at no time.').waitFor()
    await page.getByRole('button', { name: 'Switch on' }).click()
    await expect.poll(() => lines(page, 'Next firings').count()).toBe(5)
    await expect.poll(() => lines(page, 'Changes').allTextContents()).toHaveLength(3)
    const changes = await lines(page, 'Changes').allTextContents()
    expect(changes.map((text) => /^(Switched on|Switched off|Deployed)/.exec(text)?.[0])).toEqual([
      'Switched on',
      'Switched off',
      'Deployed',
    ])
  })

  test('one is run now, with its inputs', async () => {
    const page = await site.open(`${place}/triggers/clockwork.tidy/workdays`)
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.waitForURL('**/runs/*')
    await page.getByText('Succeeded').first().waitFor()
    const started = page.url().split('/').at(-1) ?? ''
    await page.goBack()
    await lines(page, 'Runs').getByText(started).waitFor()
    await page.getByText('It has not fired yet').waitFor()
  })

  test('what it fired is on record, and leads to the run', async () => {
    const page = await site.open(`${place}/triggers/clockwork.greet/soon`)
    const first = lines(page, 'Firings').last()
    await first.getByText('Started').waitFor({ timeout: 90_000 })
    await first.getByRole('link').click()
    await page.waitForURL('**/runs/*')
    await page.getByText('Succeeded').first().waitFor()
  })

  test('one that is not there is said to be missing', async () => {
    const page = await site.open(`${place}/triggers/clockwork.greet/never`)
    await page.getByRole('alert').getByText('Not found').waitFor()
  })

  test.each(['triggers', 'triggers/clockwork.tidy/nightly', 'triggers/clockwork.greet/soon'])(
    '%s: everybody can use it',
    async (path) => {
      await site.expectAccessible(`${place}/${path}`, async (page) => {
        await page.getByText('Asia/Tokyo').or(page.getByText('Every minute')).first().waitFor()
        await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' })
      })
    },
  )
})
