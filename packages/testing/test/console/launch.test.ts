import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'

describe.skipIf(!hasBrowser)('launch forms', () => {
  const site = useSite()

  beforeAll(() => deployFile(site.client, join(import.meta.dirname, 'console-launch.ts')))

  /** What the run that a page shows gave. */
  async function resultOf(page: Page): Promise<unknown> {
    await page.waitForURL('**/runs/*')
    const name = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    return site.client.runs.get(name).outputs()
  }

  test('a task is started with what was filled in, and its defaults', { timeout: 60_000 }, async () => {
    const page = await site.open(`${place}/tasks/bakery.order`)
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
    const page = await site.open(`${place}/tasks/bakery.order?launch=yes`)
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
    const page = await site.open(`${place}/tasks/bakery.open?launch=yes`)
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
    await site.expectAccessible(`${place}/tasks/bakery.order?launch=yes`, async (page) => {
      await page.getByLabel('count').fill('a dozen')
      await page.getByRole('button', { name: 'Start the run' }).click()
      await page.getByText('It takes a whole number.').waitFor()
    })
  })
})
