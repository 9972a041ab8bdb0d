import { createClient } from '@tern/sdk/client'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityProblems, hasBrowser, launchBrowser, openPage, sizes, type WatchedPage } from './browser.ts'

const place = '/v2/domain/development/project/flytesnacks'
const hidden = 'correct-horse-battery-staple'

describe.skipIf(!hasBrowser)('secrets', () => {
  let server: TernServer
  let browser: Browser
  const opened: WatchedPage[] = []

  beforeAll(async () => {
    server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }) })
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

  async function open(path: string, options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    const watched = await openPage(browser, `${server.url}${path}`, options)
    opened.push(watched)
    watched.page.setDefaultTimeout(15_000)
    return watched.page
  }

  const lines = (page: Page) => page.getByRole('list', { name: 'Secrets' }).getByRole('listitem')

  test('those that the tasks of a project can ask for are listed, by name alone', { timeout: 60_000 }, async () => {
    const page = await open(`${place}/secrets`)
    await page.getByText('There are no secrets').waitFor()
    const { secrets } = createClient({ endpoint: server.url })
    const create = (name: string, scope: { readonly domain?: string; readonly project?: string }) =>
      secrets.create({ name, value: hidden, scope })
    await create('FOR_ALL', {})
    await create('OF_DOMAIN', { domain: 'development' })
    await create('OF_PROJECT', { domain: 'development', project: 'flytesnacks' })
    await create('ELSEWHERE', { domain: 'production' })
    await expect.poll(() => lines(page).count(), { timeout: 15_000 }).toBe(3)
    const texts = await lines(page).allTextContents()
    expect(texts.map((text) => text.replace(/created.*/, ''))).toEqual([
      'FOR_ALLevery project',
      'OF_DOMAINevery project in development',
      'OF_PROJECTthis project',
    ])
    expect(await page.content()).not.toContain(hidden)
    await page.goto(`${server.url}/v2/domain/production/project/flytesnacks/secrets`)
    await expect.poll(() => lines(page).count(), { timeout: 15_000 }).toBe(2)
  })

  test('everybody can use it', { timeout: 60_000 }, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of Object.values(sizes)) {
        const page = await open(`${place}/secrets`, { colorScheme, viewport })
        await lines(page).first().waitFor()
        expect(await accessibilityProblems(page)).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
      }
    }
  })
})
