import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { useSite } from './console-site.ts'
import { breakfast, fan, patient } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('home', () => {
  const site = useSite()

  const part = (page: Page, title: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: title }) })

  test('of a new server: that there is nothing, and its projects', async () => {
    const page = await site.open()
    await page.getByText('Nothing runs at the moment.').waitFor()
    await page.getByText('Nothing has failed.').waitFor()
    await page.getByText('Nothing is scheduled.').waitFor()
    await part(page, 'Projects').getByRole('link', { name: 'production' }).first().click()
    await page.waitForURL(/\/domain\/production\/project\/flytesnacks\/runs$/)
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    // It is of the project and domain that were looked at last.
    await page.getByRole('heading', { name: 'Home' }).waitFor()
    await page.getByRole('main').getByText('flytesnacks, production').waitFor()
  })

  test('of the project that was looked at last, though its page never came', async () => {
    const page = await site.open()
    await part(page, 'Projects').getByRole('link', { name: 'staging' }).first().waitFor()
    await page.route('**/runs-page*.js', () => undefined)
    await part(page, 'Projects').getByRole('link', { name: 'staging' }).first().click()
    await page.waitForURL(/\/domain\/staging\/project\/flytesnacks\/runs$/)
    await page.keyboard.press('g')
    await page.keyboard.press('h')
    await page.getByRole('main').getByText('flytesnacks, staging').waitFor()
  })

  test('keys lead on in the project that was switched to, before its page has come', async () => {
    const page = await site.open('/v2/domain/development/project/flytesnacks/secrets')
    await page.getByRole('heading', { name: 'Secrets', exact: true }).waitFor()
    await page.route('**/runs-page*.js', () => undefined)
    await page.getByTitle('Switch project or domain').click()
    await page.getByRole('dialog').getByRole('button', { name: 'staging' }).first().click()
    await page.waitForURL(/\/domain\/staging\/project\/flytesnacks\/runs$/)
    await page.keyboard.press('g')
    await page.keyboard.press('t')
    await page.waitForURL(/\/domain\/staging\/project\/flytesnacks\/tasks$/)
  })

  test('of the project that is looked at, whatever the pointer is over', async () => {
    const page = await site.open()
    const link = part(page, 'Projects').getByRole('link', { name: 'staging' }).first()
    await link.waitFor()
    const loadedAhead = page.waitForResponse('**/runs-page*.js')
    await link.hover()
    await loadedAhead
    await page.getByRole('main').getByText('flytesnacks, development').waitFor()
    expect(await page.evaluate(`localStorage.getItem('tern.scope')`)).toBeNull()
  })

  test('what runs, what failed, and what runs next', async () => {
    const page = await site.open()
    const handle = await run(patient)
    await part(page, 'Runs now').getByText(handle.name).waitFor()
    await (await run(fan, { width: 1 })).wait()
    const broken = await run(breakfast)
    await broken.wait()
    await part(page, 'Failed lately').getByText(broken.name).waitFor()
    expect(await part(page, 'Failed lately').getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/^console\.breakfast/),
    ])
    await deployFile(site.client, join(import.meta.dirname, 'console-triggers.ts'))
    const next = page.getByRole('list', { name: 'Next schedules' }).getByRole('listitem')
    await expect.poll(() => next.allTextContents()).toHaveLength(2)
    // It is the first but for one minute a day, at 02:30 in Tokyo.
    await expect.poll(() => next.first().textContent(), { timeout: 90_000 }).toContain('soon')
    await handle.abort('seen')
    await part(page, 'Runs now').getByText(handle.name).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'All runs that failed' }).click()
    await page.waitForURL('**/runs?phase=failed,timed_out')
  })

  test('everybody can use it', async () => {
    await site.expectAccessible('/', async (page) => {
      await page.getByRole('list', { name: 'Next schedules' }).waitFor()
      await part(page, 'Failed lately').getByRole('listitem').first().waitFor()
    })
  })
})
