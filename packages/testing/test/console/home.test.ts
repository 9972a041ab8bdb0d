import { join } from 'node:path'
import { configure, run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import { createClient } from '@tern/sdk/client'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityProblems, hasBrowser, launchBrowser, openPage, sizes, type WatchedPage } from './browser.ts'
import { breakfast, fan, patient } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('home', () => {
  let server: TernServer
  let browser: Browser
  const opened: WatchedPage[] = []

  beforeAll(async () => {
    server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }) })
    configure({ endpoint: server.url })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  afterEach(async () => {
    const problems = opened.flatMap((each) => each.problems)
    await Promise.all(opened.splice(0).map(({ page }) => page.context().close()))
    expect(problems).toEqual([])
  })

  async function open(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    const watched = await openPage(browser, server.url, options)
    opened.push(watched)
    watched.page.setDefaultTimeout(15_000)
    return watched.page
  }

  const part = (page: Page, title: string) =>
    page.locator('section').filter({ has: page.getByRole('heading', { name: title }) })

  test('of a new server: that there is nothing, and its projects', async () => {
    const page = await open()
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

  test('what runs, what failed, and what runs next', { timeout: 60_000 }, async () => {
    const page = await open()
    const handle = await run(patient)
    await part(page, 'Runs now').getByText(handle.name).waitFor()
    await (await run(fan, { width: 1 })).wait()
    const broken = await run(breakfast)
    await broken.wait()
    await part(page, 'Failed lately').getByText(broken.name).waitFor()
    expect(await part(page, 'Failed lately').getByRole('listitem').allTextContents()).toEqual([
      expect.stringMatching(/^console\.breakfast/),
    ])
    await deployFile(createClient({ endpoint: server.url }), join(import.meta.dirname, 'console-triggers.ts'))
    const next = page.getByRole('list', { name: 'Next schedules' }).getByRole('listitem')
    await expect.poll(() => next.allTextContents(), { timeout: 15_000 }).toHaveLength(2)
    expect(await next.first().textContent()).toContain('soon')
    await handle.abort('seen')
    await part(page, 'Runs now').getByText(handle.name).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'All runs that failed' }).click()
    await page.waitForURL('**/runs?phase=failed,timed_out')
  })

  test('everybody can use it', { timeout: 60_000 }, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of Object.values(sizes)) {
        const page = await open({ colorScheme, viewport })
        await page.getByRole('list', { name: 'Next schedules' }).waitFor()
        await part(page, 'Failed lately').getByRole('listitem').first().waitFor()
        expect(await accessibilityProblems(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      }
    }
  })
})
