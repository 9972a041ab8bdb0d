import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'

describe.skipIf(!hasBrowser)('launch plans', () => {
  const site = useSite({ timezoneId: 'UTC', locale: 'en-GB' })

  const lines = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')
  const part = (page: Page, title: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: title, exact: true }) })

  beforeAll(async () => {
    await deployFile(site.client, join(import.meta.dirname, 'console-plans.ts'))
  })

  /** The run that a page has come to, once it has succeeded. */
  async function succeeded(page: Page): Promise<string> {
    await page.waitForURL('**/runs/*')
    await page.getByText('Succeeded').first().waitFor()
    return new URL(page.url()).pathname.split('/').at(-1) ?? ''
  }

  test('a project without any says how to make one', async () => {
    const page = await site.open('/v2/domain/staging/project/flytesnacks/launch-plans')
    await page.getByText('No launch plan is deployed here yet').waitFor()
  })

  test('the list says what is launched, and when, here and there', async () => {
    const page = await site.open(`${place}/launch-plans`)
    const nightly = lines(page, 'Launch plans').filter({ hasText: 'nightly-invoices' })
    await nightly.getByText('Bills what was sold in Europe').waitFor()
    await nightly.getByText('Every day at 02:30').filter({ visible: true }).waitFor()
    // 02:30 in Tokyo is 17:30 of the day before in UTC.
    await nightly.getByText(/17:30/).waitFor()
    await nightly.getByText(/02:30 in Asia\/Tokyo/).waitFor()
    await nightly.getByText('Active', { exact: true }).waitFor()
    const byHand = lines(page, 'Launch plans').filter({ hasText: 'invoice-by-hand' })
    await byHand.getByText('No schedule').waitFor()
    await byHand.getByText('Not active').waitFor()
    await byHand.getByText('has not run').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('HAND')
    await expect.poll(() => lines(page, 'Launch plans').count()).toBe(1)
    expect(page.url()).toContain('q=HAND')
    await lines(page, 'Launch plans').getByRole('link').click()
    await page.waitForURL('**/launch-plans/invoice-by-hand')
    await page.goto(`${site.server.url}${place}/launch-plans?q=nothing`)
    await page.getByText('No launch plan has this in its name').waitFor()
  })

  test('one says what it gives, what it asks for, and what holds for its runs', async () => {
    const page = await site.open(`${place}/launch-plans/nightly-invoices`)
    await part(page, 'Fixed inputs').getByText('europe').waitFor()
    await part(page, 'Default inputs').getByText('0.1').waitFor()
    await part(page, 'To be given').getByText('the time of the schedule').waitFor()
    await part(page, 'About').getByText('one run, others wait for their turn').waitFor()
    await part(page, 'Labels of its runs').getByText('billing').waitFor()
    await part(page, 'Context of its runs').getByText('main').waitFor()
    await expect.poll(() => lines(page, 'Next launches').count()).toBe(5)
    await part(page, 'About')
      .getByRole('link', { name: /billing\.invoice/ })
      .click()
    await page.waitForURL('**/workflows/billing.invoice?version=*')
    await page.getByRole('tab', { name: 'Launch plans' }).click()
    await expect.poll(() => lines(page, 'Launch plans').count()).toBe(2)
  })

  test('it is deactivated and activated, each after a question', async () => {
    const page = await site.open(`${place}/launch-plans/nightly-invoices`)
    await page.getByRole('button', { name: 'Deactivate' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Its schedule starts no more runs.').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('Active', { exact: true }).first().waitFor()
    await page.getByRole('button', { name: 'Deactivate' }).click()
    await dialog.getByRole('button', { name: 'Deactivate' }).click()
    await page.getByText('This version is not active, and starts nothing by itself.').waitFor()
    expect((await site.client.launchPlans.get('nightly-invoices')).active).toBe(false)
    await part(page, 'Versions')
      .getByRole('button', { name: /^Activate/ })
      .click()
    await dialog.getByText('Every day at 02:30').waitFor()
    await dialog.getByRole('button', { name: 'Activate' }).click()
    await expect.poll(() => lines(page, 'Next launches').count()).toBe(5)
    expect((await site.client.launchPlans.get('nightly-invoices')).active).toBe(true)
  })

  test('it is launched without being asked for what is fixed, and the run says what it is of', async () => {
    const page = await site.open(`${place}/launch-plans/nightly-invoices`)
    await page.getByRole('button', { name: 'Launch', exact: true }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel(/^day/).fill('2026-03-01T00:00:00')
    expect(await form.getByLabel('discount').inputValue()).toBe('0.1')
    expect(await form.getByLabel('region').count()).toBe(0)
    await form.getByLabel('discount').fill('0.5')
    await form.getByRole('button', { name: 'Start the run' }).click()
    const started = await succeeded(page)
    // Of 0, 10, … 50 the half.
    expect(await site.client.runs.get(started).outputs()).toBe(75)
    await page.getByText('team=billing').first().waitFor()
    await page.getByRole('link', { name: 'nightly-invoices' }).click()
    await page.waitForURL('**/launch-plans/nightly-invoices?version=*')
    const listed = lines(page, 'Runs').filter({ hasText: started })
    await listed.getByText('nightly-invoices').waitFor()
    await page.getByRole('link', { name: 'In the list of runs' }).click()
    await page.waitForURL('**/runs?label=*')
    await listed.getByText('nightly-invoices').waitFor()
    await page.goto(`${site.server.url}${place}/launch-plans`)
    await lines(page, 'Launch plans')
      .filter({ hasText: 'nightly-invoices' })
      .getByRole('img', { name: 'Last runs, the newest first: succeeded' })
      .waitFor()
  })

  test('what is typed into its form stays, though the plan changes meanwhile', async () => {
    const page = await site.open(`${place}/launch-plans/nightly-invoices?launch=yes`)
    const discount = page.getByRole('dialog').getByLabel('discount')
    await discount.fill('0.5')
    await site.client.launchPlans.deactivate('nightly-invoices')
    await page.getByText('This version is not active, and starts nothing by itself.').waitFor()
    expect(await discount.inputValue()).toBe('0.5')
    await site.client.launchPlans.activate('nightly-invoices')
  })

  test('its schedule leads from the triggers to the plan', async () => {
    const page = await site.open(`${place}/triggers`)
    await lines(page, 'Triggers').filter({ hasText: 'nightly-invoices' }).getByRole('link').click()
    await page.waitForURL('**/launch-plans/nightly-invoices')
  })

  test('the plan that every task has', async () => {
    const page = await site.open(`${place}/launch-plans/billing.invoice`)
    await page.getByText('Default', { exact: true }).waitFor()
    expect(await page.getByRole('button', { name: /Activate|Deactivate/ }).count()).toBe(0)
    await part(page, 'To be given').getByText('region').waitFor()
  })

  test('one that is not there is said to be missing', async () => {
    const page = await site.open(`${place}/launch-plans/nobody`)
    await page.getByRole('alert').getByText('Not found').waitFor()
  })

  test('a server without launch plans says so quietly', async () => {
    const page = await site.open(`${place}/runs`)
    await page.route('**/tern.launchplan.v1.LaunchPlanService/*', (route) => route.fulfill({ status: 404, body: '' }))
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('l')
    await page.getByRole('status').getByText('This server does not have that').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test.each(['launch-plans', 'launch-plans/nightly-invoices', 'launch-plans/nightly-invoices?launch=yes'])(
    '%s: everybody can use it',
    async (path) => {
      await site.expectAccessible(`${place}/${path}`, (page) =>
        page.getByText('Every day at 02:30').filter({ visible: true }).first().waitFor(),
      )
    },
  )
})
