import { type AnyTask, configure, run } from '@tern/sdk'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accessibilityProblems, hasBrowser, launchBrowser, openPage, sizes, type WatchedPage } from './browser.ts'
import { asking, breakfast, counting, fan, filing, patient, reporting } from './console-tasks.ts'
import { brew } from './console-workflow.ts'

describe.skipIf(!hasBrowser)('the page of a run', () => {
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

  async function open(url: string, options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    const watched = await openPage(browser, url, options)
    opened.push(watched)
    return watched.page
  }

  /** A run of a task, to whose end it waits. @returns its address */
  async function ended(task: AnyTask, inputs: Record<string, unknown> = {}): Promise<string> {
    const handle = await run(task, inputs)
    await handle.wait()
    return handle.url!
  }

  const row = (page: Page, name: string) => page.getByRole('treeitem', { name })
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

  test('shows what belongs to a run, with groups folded and counted, by keys alone', async () => {
    const page = await open(await ended(fan, { width: 40 }))
    await row(page, 'doubles').waitFor()
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
    const tree = page.getByRole('tree')
    for (const key of ['Home', 'ArrowDown', 'ArrowRight']) await tree.press(key)
    await row(page, 'double').nth(20).waitFor()
    expect(parameter(page, 'open')).toBe('a0/doubles')
    expect(parameter(page, 'a')).toBe('a0/doubles')
    await page.getByRole('complementary', { name: 'Selected' }).getByText('40 actions').waitFor()
    await tree.press('ArrowLeft')
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
  })

  test('a filter shows what passes it and what leads there, at once', async () => {
    const page = await open(await ended(breakfast))
    await row(page, 'pour').nth(2).waitFor()
    await page.getByTitle('Failed: show only these').click()
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
    expect(parameter(page, 'phase')).toBe('failed')
    await page.keyboard.press('/')
    await page.keyboard.type('nothing of the kind')
    await page.getByText('No action passes the filter').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByRole('treeitem').count()).toBe(2)
  })

  test('of a failed run it is told at once what happened, where, and why', async () => {
    const page = await open(await ended(breakfast))
    const panel = page.getByRole('complementary', { name: 'Selected' })
    await panel.getByText('the milk of glass 2 has turned').first().waitFor()
    await panel
      .getByText(/console-tasks\.ts:\d+/)
      .first()
      .waitFor()
    await panel.getByText('no fridge').waitFor()
    await panel
      .getByRole('button', { name: /^Stack/ })
      .first()
      .click()
    await panel.getByRole('list', { name: 'Stack' }).waitFor()
  })

  test('logs are searched, and a line has an address', async () => {
    const url = await ended(breakfast)
    const page = await open(url)
    await row(page, 'pour').first().click()
    await page.getByRole('tab', { name: 'Logs' }).click()
    await page
      .getByRole('log')
      .getByText(/pouring glass \d/)
      .waitFor()
    await page.getByRole('button', { name: 'Line 1', exact: true }).click()
    await page.getByLabel('Find in the log').fill('GLASS')
    await page.getByText('1 of 1').waitFor()
    expect([parameter(page, 'line'), parameter(page, 'tab'), parameter(page, 'find')]).toEqual(['1', 'logs', 'GLASS'])
    const again = await open(page.url())
    await again.getByText('1 of 1').waitFor()
    await again
      .getByRole('log')
      .getByText(/pouring glass/)
      .waitFor()
  })

  test('logs of what runs are followed, and the run is aborted with a reason', async () => {
    const handle = await run(patient, {})
    const page = await open(`${handle.url}?tab=logs`)
    // The first ones may be out of sight when the page comes.
    await page
      .getByRole('log')
      .getByText(/^line \d+$/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Abort', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(/Reason/).fill('enough of it')
    await dialog.getByRole('button', { name: 'Abort' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('Aborted').waitFor()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await page.getByText('enough of it').waitFor()
    expect(await page.getByRole('button', { name: 'Abort', exact: true }).count()).toBe(0)
  })

  test('a condition is answered where it is asked, and its prompt is no markup', async () => {
    const handle = await run(asking, {})
    const page = await open(handle.url!)
    await row(page, 'taste').click()
    const panel = page.getByRole('complementary', { name: 'Selected' })
    await panel.locator('strong').getByText('good').waitFor()
    await panel.getByText('<b>Really</b>').waitFor()
    await panel.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    await row(page, 'asking').click()
    await panel.getByText('it was good').waitFor()
  })

  test('an answer of the wrong type is not sent', async () => {
    const handle = await run(counting, {})
    const page = await open(handle.url!)
    await row(page, 'how many').click()
    const field = page.getByRole('textbox', { name: 'how many' })
    await field.fill('three')
    await page.getByText('It takes a whole number.').waitFor()
    expect(await page.getByRole('button', { name: 'Answer', exact: true }).isDisabled()).toBe(true)
    await field.fill('3')
    await field.press('Enter')
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    expect(await handle.wait()).toMatchObject({ phase: 'SUCCEEDED' })
  })

  test('a run is started again, and what failed is recovered', async () => {
    const url = await ended(breakfast)
    const page = await open(url)
    await page.getByRole('button', { name: 'Recover' }).click()
    await page.waitForURL((now) => now.pathname !== new URL(url).pathname)
    await page.getByText(/^recovers/).waitFor()
    const recovered = page.url()
    await page.getByRole('heading', { level: 1 }).getByText('Failed').waitFor()
    await page.getByRole('button', { name: 'Rerun', exact: true }).click()
    await page.waitForURL((now) => now.href !== recovered && !url.endsWith(now.pathname))
    await page.getByText(/^reruns/).waitFor()
  })

  test('of the run that was looked at before, nothing is shown as if it were of the next one', async () => {
    const url = await ended(breakfast)
    const [failed = ''] = url.split('/').slice(-1)
    const page = await open(await ended(fan, { width: 2 }))
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    await page.route('**/flyteidl2.workflow.RunService/*', () => undefined)
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/^Go to/).fill(failed)
    await page.getByRole('option', { name: `Open the run ${failed}` }).click()
    const heading = page.getByRole('heading', { level: 1 })
    await heading.getByText(failed).waitFor()
    expect(await heading.textContent()).not.toContain('Succeeded')
    expect(await page.getByRole('treeitem').count()).toBe(0)
  })

  test('a report is shown in a frame that has no origin, and reaches nothing of the page', async () => {
    const page = await open(`${await ended(reporting)}?tab=report`)
    const frame = page.frameLocator('iframe[title=Report]')
    await frame.getByText('Quarterly').first().waitFor()
    expect(await page.locator('iframe').getAttribute('sandbox')).not.toContain('allow-same-origin')
    expect(await page.title()).not.toContain('null')
  })

  test('views are kept in the URL; the timeline is looked at closer', async () => {
    const page = await open(await ended(fan, { width: 5 }))
    await row(page, 'fan').waitFor()
    await page.keyboard.press('2')
    await expect.poll(() => parameter(page, 'view')).toBe('timeline')
    await page
      .getByTitle(/^Attempt 1: running/)
      .first()
      .waitFor()
    const axis = (await page.getByText('0', { exact: true }).first().boundingBox())!
    await page.mouse.move(axis.x + 20, axis.y + 5)
    await page.mouse.down()
    await page.mouse.move(axis.x + 220, axis.y + 5, { steps: 4 })
    await page.mouse.up()
    await expect.poll(() => parameter(page, 'range')).toMatch(/^\d+-\d+$/)
    await page.getByRole('button', { name: 'Show the whole run' }).click()
    await expect.poll(() => parameter(page, 'range')).toBeNull()
    await page.keyboard.press('3')
    await page.getByRole('group', { name: 'Graph of the run' }).getByText('double').first().waitFor()
    expect(parameter(page, 'view')).toBe('graph')
  })

  test('of a workflow, the whole graph is there with what was skipped, and leads to its actions', async () => {
    const page = await open(`${await ended(brew, { cups: 2 })}?view=graph`)
    const graph = page.getByRole('group', { name: 'Graph of the workflow' })
    await graph.getByText('else', { exact: true }).waitFor()
    await graph.getByText('if cups > 3').waitFor()
    await graph.getByText('2 of 2').waitFor()
    expect(await graph.getByRole('button', { name: /filter/ }).innerText()).toContain('Skipped')
    await graph.getByRole('button', { name: /espresso/ }).click()
    const panel = page.getByRole('complementary', { name: 'Selected' })
    await panel.getByText('2 small').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  test('data frames are tables, files have previews, and what is in them is no markup', async () => {
    const page = await open(`${await ended(filing)}?a=a0`)
    const table = page.getByRole('region', { name: 'cities' })
    await table.getByRole('cell', { name: '270473' }).waitFor()
    expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(['city', 'people'])
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByText('<img src=x').waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).last().click()
    expect((await download).suggestedFilename()).toBe('note.txt')
    expect(await accessibilityProblems(page)).toEqual([])
  })

  test('streams are opened again when the machine has slept', async () => {
    const handle = await run(asking, {})
    const { page, problems } = await openPage(browser, `${server.url}/healthz`)
    opened.push({ page, problems })
    await page.clock.install()
    const watches: string[] = []
    page.on('request', (request) => {
      const method = /RunService\/(Watch\w+)$/.exec(request.url())?.[1]
      if (method !== undefined) watches.push(method)
    })
    await page.goto(handle.url!)
    await row(page, 'taste').click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
    const before = watches.length
    await page.clock.fastForward('01:00:00')
    await expect.poll(() => watches.slice(before).toSorted()).toEqual(['WatchActionDetails', 'WatchWindow'])
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
  })

  test('a run that there is none of is not found', async () => {
    const page = await open(`${server.url}/v2/domain/development/project/flytesnacks/runs/nobody`)
    await page.getByRole('alert').getByText('Not found').waitFor()
  })

  test('commands are found by a part of their name', async () => {
    const page = await open(await ended(fan, { width: 1 }))
    await row(page, 'fan').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/^Go to/).fill('dark')
    await page.getByRole('option', { name: 'Dark theme', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark')
    await page.reload()
    await row(page, 'fan').waitFor()
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark')
  })

  test.each([
    ['light', 'desktop'],
    ['dark', 'desktop'],
    ['light', 'phone'],
    ['dark', 'phone'],
  ] as const)('is accessible, in the %s theme on a %s', async (colorScheme, size) => {
    const url = await ended(breakfast)
    const views = ['', '?a=a0', '?a=a0&tab=logs', '?a=a0&tab=events', '?a=a0&tab=spec', '?view=timeline', '?view=graph']
    const page = await open(url, { colorScheme, viewport: sizes[size] })
    for (const view of views) {
      await page.goto(url + view)
      await page.getByText('breakfast').first().waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
      expect(await accessibilityProblems(page), view).toEqual([])
    }
  })
})
