import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { breakfast, fan, filing, patient } from './console-tasks.ts'
import { brew } from './console-workflow.ts'
import { type OtherBackend, startOtherBackend } from './other-backend.ts'

describe.skipIf(!hasBrowser)('on a Flyte backend of another kind', () => {
  const site = useSite()
  let other: OtherBackend

  beforeAll(async () => {
    other = await startOtherBackend(site.server.url)
    await deployFile(site.client, join(import.meta.dirname, 'console-launch.ts'))
  })
  afterAll(() => other?.stop())

  const open = (path: string) => site.open(`${other.url}${path}`)
  const row = (page: Page, name: string) => page.getByRole('treeitem', { name })
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

  async function ended(task: typeof fan | typeof breakfast | typeof filing, inputs = {}): Promise<string> {
    const handle = await run(task as typeof fan, inputs as { width: number })
    await handle.wait()
    return `${place}/runs/${handle.name}`
  }

  test('a run is shown with groups that are folded and counted, and with what is in them', async () => {
    const page = await open(await ended(fan, { width: 40 }))
    await row(page, 'doubles').waitFor()
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    await page.getByText('41 actions').waitFor()
    const tree = page.getByRole('tree')
    for (const key of ['Home', 'ArrowDown', 'ArrowRight']) await tree.press(key)
    await row(page, 'double').nth(20).waitFor()
    expect(parameter(page, 'open')).toBe('a0/doubles')
    await tree.press('ArrowLeft')
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
    expect([...other.refused]).toContain('flyteidl2.workflow.RunService/WatchWindow')
  })

  test('a filter, the timeline and the graph show what they can', async () => {
    const page = await open(await ended(breakfast))
    await row(page, 'pour').nth(2).waitFor()
    await page.getByTitle('Failed: show only these').click()
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
    await page.getByTitle('Failed: show only these').click()
    await page.getByRole('button', { name: 'Timeline' }).click()
    await row(page, 'pour').nth(2).waitFor()
    await page.getByRole('button', { name: 'Graph' }).click()
    await page
      .getByRole('button', { name: /^Failed pour/ })
      .first()
      .waitFor()
  })

  test('of a workflow the tree is shown, and that there is no graph', async () => {
    const handle = await run(brew, { cups: 2 })
    await handle.wait()
    const page = await open(`${place}/runs/${handle.name}?view=graph`)
    await page.getByText('This server draws no graphs of workflows').waitFor()
    await page.getByRole('button', { name: 'Tree' }).click()
    await row(page, 'espresso').waitFor()
  })

  test('one action is shown with its error, its logs and its code', async () => {
    const page = await open(await ended(breakfast))
    await page.getByRole('treeitem', { name: /^Failed.*pour/ }).click()
    await page.getByText('the milk of glass 2 has turned').first().waitFor()
    await page.getByRole('tab', { name: 'Logs' }).click()
    await page.getByText('pouring glass 2').waitFor()
    await page.getByRole('tab', { name: 'Code' }).click()
    await page.getByRole('region', { name: /console-tasks\.ts/ }).waitFor()
  })

  test('what it gave is shown by its address, where files cannot be looked into', async () => {
    const page = await open(`${await ended(filing)}?a=a0`)
    await page.getByText('note.txt').first().waitFor()
    await expect.poll(() => [...other.refused]).toContain('flyteidl2.dataproxy.DataProxyService/CreateFileLink')
    await expect.poll(() => page.getByRole('button', { name: 'Preview' }).count()).toBe(0)
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('a run is followed while it goes on, and aborted', async () => {
    const handle = await run(patient)
    const page = await open(`${place}/runs/${handle.name}`)
    await page.getByRole('heading', { level: 1 }).getByText('Running').waitFor()
    await page.getByRole('tab', { name: 'Logs' }).click()
    await page
      .getByText(/^line \d+/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('Aborted').waitFor()
  })

  test('a task is launched, and the lists and home are there', async () => {
    const page = await open(`${place}/tasks/bakery.open?launch=yes`)
    await page.getByRole('button', { name: 'Start the run' }).click()
    await page.waitForURL('**/runs/*')
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    await page.goto(`${other.url}${place}/runs?task=bakery`)
    await page.getByRole('list', { name: 'Runs' }).getByRole('listitem').first().waitFor()
    await page.goto(other.url)
    await page.getByText('Nothing is scheduled.').waitFor()
  })
})
