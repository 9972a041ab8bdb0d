import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import { createClient } from '@tern/sdk/client'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityProblems, hasBrowser, launchBrowser, openPage, sizes, type WatchedPage } from './browser.ts'

const place = '/v2/domain/development/project/flytesnacks'

describe.skipIf(!hasBrowser)('launch forms', () => {
  let server: TernServer
  let browser: Browser
  const opened: WatchedPage[] = []

  beforeAll(async () => {
    server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }) })
    await deployFile(createClient({ endpoint: server.url }), join(import.meta.dirname, 'console-launch.ts'))
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
    return watched.page
  }

  /** What the run that a page shows gave. */
  async function resultOf(page: Page): Promise<unknown> {
    await page.waitForURL('**/runs/*')
    const name = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    return createClient({ endpoint: server.url }).runs.get(name).outputs()
  }

  test('a task is started with what was filled in, and its defaults', { timeout: 60_000 }, async () => {
    const page = await open(`${place}/tasks/bakery.order`)
    await page.getByRole('button', { name: 'Launch' }).click()
    const form = page.getByRole('dialog')
    expect(await form.getByLabel('count').inputValue()).toBe('12')
    await form.getByText('Who gets it').waitFor()
    await form.getByLabel('customer').fill('Ada')
    await form.getByLabel('size').selectOption('large')
    await form.getByLabel('isGift').selectOption('true')
    await form.getByRole('button', { name: 'Start the run' }).click()
    expect(await resultOf(page)).toEqual('12 large for Ada, wrapped, 0.5+1')
  })

  test('what is wrong is said beside its field, and nothing is started', { timeout: 60_000 }, async () => {
    const page = await open(`${place}/tasks/bakery.order?launch=yes`)
    const form = page.getByRole('dialog')
    const start = form.getByRole('button', { name: 'Start the run' })
    const about = (name: string) => form.getByLabel(name).getAttribute('aria-describedby')
    await form.getByLabel('count').fill('a dozen')
    await start.click()
    await form.getByText('It takes a whole number.').waitFor()
    expect(await form.getByText('It needs a value.').count()).toBe(2)
    expect(await about('count')).toBe('launch-count-problem')
    await form.getByLabel('count').fill('2')
    await form.getByLabel('customer').fill('Bo')
    await form.getByLabel('size').selectOption('small')
    await form.getByLabel('weights').fill('["heavy"]')
    await start.click()
    // That one the server finds.
    await form.getByText(/expected (float|number)/).waitFor()
    expect(await about('weights')).toBe('launch-weights-problem')
    expect(page.url()).toContain('/tasks/bakery.order')
    await form.getByLabel('weights').fill('[3]')
    await start.click()
    expect(await resultOf(page)).toEqual('2 small for Bo, plain, 3')
  })

  test('a task that takes nothing is started at once, and the form can be left', { timeout: 60_000 }, async () => {
    const page = await open(`${place}/tasks/bakery.open?launch=yes`)
    await page.getByText('It takes nothing.').waitFor()
    // The keys are the form's when it has the focus.
    const hasFocus = () => page.evaluate('document.activeElement?.closest("[role=dialog]") != null')
    await expect.poll(hasFocus).toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('launch')
    await page.getByRole('button', { name: 'Launch' }).click()
    await page.getByRole('button', { name: 'Start the run' }).click()
    expect(await resultOf(page)).toEqual('open')
  })

  test('everybody can use it', { timeout: 60_000 }, async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of Object.values(sizes)) {
        const page = await open(`${place}/tasks/bakery.order?launch=yes`, { colorScheme, viewport })
        await page.getByLabel('count').fill('a dozen')
        await page.getByRole('button', { name: 'Start the run' }).click()
        await page.getByText('It takes a whole number.').waitFor()
        expect(await accessibilityProblems(page)).toEqual([])
      }
    }
  })
})
