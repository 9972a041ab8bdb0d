import type { Page, Route } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser, openPage } from './browser.ts'
import { place, useSite } from './console-site.ts'

describe.skipIf(!hasBrowser)('a page whose server has been replaced by one of another version', () => {
  const site = useSite()

  // What it misses is in its console: its problems are none of the test's.
  const open = async () => {
    const { page } = await openPage(site.browser, new URL(`${place}/runs`, site.server.url).href)
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
