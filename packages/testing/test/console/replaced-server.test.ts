import { startTestServer } from '@tern/test-support'
import type { TernServer } from '@tern/server'
import { pino } from 'pino'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, launchBrowser, openPage } from './browser.ts'
import { place } from './console-site.ts'

describe.skipIf(!hasBrowser)('a page whose server has been replaced by one of another version', () => {
  let server: TernServer
  let browser: Browser

  beforeAll(async () => {
    server = await startTestServer({ logger: pino({ level: 'silent' }) })
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  // What it misses is in its console: its problems are none of the test's.
  const open = async () => {
    const { page } = await openPage(browser, new URL(`${place}/runs`, server.url).href)
    await page.getByText('Nothing has run here yet').waitFor()
    await page.evaluate('window.isSamePage = true')
    return page
  }
  const isSamePage = (page: Page) => page.evaluate('window.isSamePage === true')
  const refuse = (route: Route) => route.fulfill({ status: 404, body: 'there is no such file' })

  test('is loaded anew, once, when another page is asked for whose code is gone', async () => {
    const page = await open()
    await page.route('**/secrets-page*.js', refuse)
    await page.getByRole('link', { name: 'Secrets', exact: true }).click()
    await page.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await isSamePage(page)).toBe(false)
    await page.unroute('**/secrets-page*.js')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor()
    await page.context().close()
  })

  test('is loaded anew when a part is asked for whose code is gone', async () => {
    const page = await open()
    await page.route('**/scope-dialog*.js', refuse)
    await page.getByTitle('Switch project or domain').click()
    // Between two pages there is none that could be asked.
    await expect.poll(() => isSamePage(page).catch(() => true)).toBe(false)
    await page.unroute('**/scope-dialog*.js')
    await page.getByTitle('Switch project or domain').click()
    await page.getByRole('dialog').waitFor()
    await page.context().close()
  })
})
