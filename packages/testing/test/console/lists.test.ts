import { join } from 'node:path'
import { run } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { breakfast, fan, patient } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('lists', () => {
  const site = useSite()

  beforeAll(async () => {
    await (await run(fan, { width: 2 })).wait()
    await (await run(breakfast)).wait()
  })

  const lines = (page: Page, list: string) => page.getByRole('list', { name: list }).getByRole('listitem')

  test('of runs: new ones as they begin, and what becomes of them', async () => {
    const page = await site.open(`${place}/runs`)
    await expect.poll(() => lines(page, 'Runs').count()).toBe(2)
    const handle = await run(patient)
    await expect.poll(() => lines(page, 'Runs').count()).toBe(3)
    await lines(page, 'Runs').first().getByRole('img', { name: 'Running' }).waitFor()
    await handle.abort('seen')
    await lines(page, 'Runs').first().getByRole('img', { name: 'Aborted' }).waitFor()
    await lines(page, 'Runs').first().getByRole('link').click()
    await page.waitForURL(`**/runs/${handle.name}`)
  })

  test('what no run passes is said, and undone', async () => {
    const page = await site.open(`${place}/runs?task=nothing-of-the-kind`)
    await page.getByText('No run passes the filters').waitFor()
    await page.getByRole('button', { name: 'Show all runs' }).click()
    await lines(page, 'Runs').first().waitFor()
  })

  test('of tasks, and what one takes, gives, and has been', async () => {
    const empty = await site.open(`${place}/tasks`)
    await empty.getByText('Nothing is deployed here yet').waitFor()
    const { client } = site
    const bundle = await bundleFile(join(import.meta.dirname, 'console-tasks.ts'))
    const bundleUri = await client.uploadBundle(bundle)
    const task = (await loadBundle(bundle)).exportedTasks.get('fan')!
    for (const version of ['v1', 'v2']) {
      const { org, project, domain } = client.configuration
      await client.deployTask(taskSpecOf(task, { org, project, domain, version, bundleUri }), [])
    }
    const page = await site.open(`${place}/tasks`)
    await lines(page, 'Tasks').first().getByRole('link').click()
    await page.getByRole('heading', { name: task.name }).waitFor()
    await page.getByText('width', { exact: true }).waitFor()
    await page.getByRole('link', { name: 'v1' }).click()
    await page.waitForURL('**version=v1')
    await expect.poll(() => page.getByRole('link', { name: 'v1' }).getAttribute('aria-current')).toBe('page')
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'CLI command' }).waitFor()
  })

  test.each(['runs', 'runs?task=nothing-of-the-kind', 'tasks'])('%s: everybody can use it', async (path) => {
    await site.expectAccessible(`${place}/${path}`, async (page) => {
      await page.getByRole('heading', { level: 1 }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
    })
  })
})
