import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'

const hidden = 'correct-horse-battery-staple'

describe.skipIf(!hasBrowser)('secrets', () => {
  const site = useSite()

  const lines = (page: Page) => page.getByRole('list', { name: 'Secrets' }).getByRole('listitem')

  test('those that the tasks of a project can ask for are listed, by name alone', async () => {
    const page = await site.open(`${place}/secrets`)
    await page.getByText('There are no secrets').waitFor()
    const { secrets } = site.client
    const create = (name: string, scope: { readonly domain?: string; readonly project?: string }) =>
      secrets.create({ name, value: hidden, scope })
    await create('FOR_ALL', {})
    await create('OF_DOMAIN', { domain: 'development' })
    await create('OF_PROJECT', { domain: 'development', project: 'flytesnacks' })
    await create('ELSEWHERE', { domain: 'production' })
    await expect.poll(() => lines(page).count()).toBe(3)
    const texts = await lines(page).allTextContents()
    expect(texts.map((text) => text.replace(/created.*/, ''))).toEqual([
      'FOR_ALLevery project',
      'OF_DOMAINevery project in development',
      'OF_PROJECTthis project',
    ])
    expect(await page.content()).not.toContain(hidden)
    await page.goto(`${site.server.url}/v2/domain/production/project/flytesnacks/secrets`)
    await expect.poll(() => lines(page).count()).toBe(2)
  })

  test('everybody can use it', async () => {
    await site.expectAccessible(`${place}/secrets`, (page) => lines(page).first().waitFor())
  })
})
