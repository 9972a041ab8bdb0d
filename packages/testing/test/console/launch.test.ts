import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { copiedText, hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { double } from './console-tasks.ts'

const tern = join(import.meta.dirname, '../../../cli/bin/tern.mjs')

describe.skipIf(!hasBrowser)('launch forms', () => {
  const site = useSite()

  beforeAll(() => deployFile(site.client, join(import.meta.dirname, 'console-launch.ts')))

  /** What the run that a page shows gave. */
  async function resultOf(page: Page): Promise<unknown> {
    await page.waitForURL('**/runs/*')
    const name = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    return site.client.runs.get(name).outputs()
  }

  test('a task is started with what was filled in, and its defaults', async () => {
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

  test('what is wrong is said beside its field, and nothing is started', async () => {
    const page = await site.open(`${place}/tasks/bakery.order?launch=yes`)
    const form = page.getByRole('dialog')
    const start = form.getByRole('button', { name: 'Start the run' })
    const about = (name: string) => form.getByLabel(name).getAttribute('aria-describedby')
    await form.getByLabel('count').fill('a dozen')
    await start.click()
    await form.getByText('It takes a whole number.').waitFor()
    expect(await form.getByText('It needs a value.').count()).toBe(1)
    await form.getByText('It needs one of these.').waitFor()
    expect(await about('count')).toBe('launch-count-problem')
    // The first that is wrong has the focus.
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('launch-count')
    await form.getByLabel('customer').fill('Bo')
    await form.getByLabel('size').selectOption('small')
    await form.getByLabel('count').fill('99999999999999999999')
    await start.click()
    // That one the server finds.
    await form.locator('#launch-count-problem').waitFor()
    expect(page.url()).toContain('/tasks/bakery.order')
    await form.getByLabel('count').fill('2')
    await form.locator('[id="launch-weights[0]"]').fill('heavy')
    await start.click()
    await form.getByText('It takes a number.').waitFor()
    expect(await form.locator('[id="launch-weights[0]"]').getAttribute('aria-describedby')).toBe(
      'launch-weights[0]-problem',
    )
    await form.locator('[id="launch-weights[0]"]').fill('3')
    await form.getByRole('button', { name: 'Remove weights[1]' }).click()
    await start.click()
    expect(await resultOf(page)).toEqual('2 small for Bo, plain, 3')
  })

  test('structures, unions, maps and times are typed part by part', async () => {
    const page = await site.open(`${place}/tasks/bakery.deliver?launch=yes`)
    const form = page.getByRole('dialog')
    const start = form.getByRole('button', { name: 'Start the run' })
    await form.getByRole('button', { name: 'Add to basket.lines' }).click()
    await start.click()
    await form.getByText('It needs a value.').waitFor()
    await form.getByLabel('item').fill('bread')
    await form.getByRole('button', { name: 'Add to basket.lines' }).click()
    await form.getByLabel('item').nth(1).fill('cake')
    await form.getByLabel('count').nth(1).fill('3')
    await form.getByLabel('note').fill('ring twice')
    await form.getByLabel('Kind of to').selectOption('text')
    await form.locator('[id="launch-to"]').fill('12')
    await form.getByRole('button', { name: 'Add to prices' }).click()
    await form.getByLabel('Key 1 of prices').fill('bread')
    await form.locator('[id="launch-prices[0]"]').fill('2.5')
    await start.click()
    expect(JSON.parse(String(await resultOf(page)))).toEqual({
      basket: {
        lines: [
          { item: 'bread', count: 1 },
          { item: 'cake', count: 3 },
        ],
        note: 'ring twice',
      },
      // A text, as was chosen, although it has digits alone.
      to: '12',
      prices: { bread: 2.5 },
    })
  })

  test('a time is of the time zone that is chosen', async () => {
    const page = await site.open(`${place}/tasks/bakery.order?launch=yes`, { timezoneId: 'Europe/Berlin' })
    const form = page.getByRole('dialog')
    await form.getByLabel('customer').fill('Ada')
    await form.getByLabel('size').selectOption('large')
    await form.locator('[id="launch-due"]').fill('2026-07-01T09:30:00')
    expect(await form.getByLabel('Time zone of due').inputValue()).toBe('Europe/Berlin')
    await form.getByLabel('Time zone of due').selectOption('Asia/Tokyo')
    await form.getByRole('button', { name: 'Start the run' }).click()
    expect(await resultOf(page)).toEqual('12 large for Ada, plain, 0.5+1, 2026-07-01T00:30:00.000Z')
  })

  test('files, folders and tables are sent from the computer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tern-console-upload-'))
    try {
      await mkdir(join(folder, 'photos/old'), { recursive: true })
      await writeFile(join(folder, 'photos/new.txt'), 'n')
      await writeFile(join(folder, 'photos/old/first.txt'), 'o')
      const page = await site.open(`${place}/tasks/bakery.weigh?launch=yes`)
      const form = page.getByRole('dialog')
      const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
      await form.getByLabel('Files for recipe').setInputFiles(file('recipe.txt', 'two eggs'))
      await form.getByText('Sent recipe.txt, 8 B').waitFor()
      await form.getByLabel('Files for photos').setInputFiles(join(folder, 'photos'))
      await form.getByText('Sent photos, 2 files, 2 B').waitFor()
      await form.getByLabel('Files for prices').setInputFiles(file('prices.csv', 'item,price\negg,2\n'))
      await form.getByText('Sent prices.csv').waitFor()
      await form.getByRole('button', { name: 'Start the run' }).click()
      expect(await resultOf(page)).toMatch(/^two eggs; new\.txt,old\/first\.txt; \[\{"item":"egg","price":"?2"?\}\]$/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('what is filled in while a file is sent is kept', async () => {
    const page = await site.open(`${place}/tasks/bakery.weigh?launch=yes`)
    const form = page.getByRole('dialog')
    let send = () => {}
    const isWanted = new Promise<void>((resolve) => {
      send = resolve
    })
    await page.route('**/*', async (route) => {
      if (route.request().method() === 'PUT') await isWanted
      await route.continue()
    })
    await form
      .getByLabel('Files for recipe')
      .setInputFiles({ name: 'recipe.txt', mimeType: 'text/plain', buffer: Buffer.from('two eggs') })
    await form.getByRole('progressbar', { name: /recipe\.txt/ }).waitFor()
    await form.locator('[id="launch-photos"]').fill('s3://photos/all')
    send()
    await form.getByText('Sent recipe.txt, 8 B').waitFor()
    expect(await form.locator('[id="launch-photos"]').inputValue()).toBe('s3://photos/all')
    expect(await form.locator('[id="launch-recipe"]').inputValue()).toMatch(/recipe\.txt$/)
  })

  test('a run has the name, the labels and the variables that it is given', async () => {
    const page = await site.open(`${place}/tasks/bakery.report?launch=yes`)
    const form = page.getByRole('dialog')
    await form.getByText('Options of the run').click()
    await form.getByLabel('name', { exact: true }).fill('Sunday')
    await form.getByRole('button', { name: 'Start the run' }).click()
    await form.getByText('It takes small letters').waitFor()
    await form.getByLabel('name', { exact: true }).fill('sunday-report')
    await form.getByRole('button', { name: 'Add a label' }).click()
    await form.getByLabel('Name of label 1').fill('team')
    await form.getByLabel('Value of label 1').fill('ovens')
    await form.getByRole('button', { name: 'Add a variable' }).click()
    await form.getByLabel('Name of variable 1').fill('FLAVOUR')
    await form.getByLabel('Value of variable 1').fill('rye')
    await form.getByLabel('actions at once').fill('7')
    await form.getByLabel('interruptible').selectOption('yes')
    await form.getByLabel('Compute again what is cached').check()
    await form.getByRole('button', { name: 'Start the run' }).click()
    expect(await resultOf(page)).toBe('rye')
    expect(page.url()).toContain('/runs/sunday-report')
    await page.getByText('team=ovens').waitFor()
    // What a run was made with is what a rerun begins with.
    await page.getByRole('button', { name: 'Rerun with changes' }).click()
    expect(await form.getByLabel('actions at once').inputValue()).toBe('7')
    await form.getByLabel('Value of variable 1').fill('oats')
    await form.getByRole('button', { name: 'Start the run' }).click()
    await page.waitForURL(/\/runs\/(?!sunday)/)
    expect(await resultOf(page)).toBe('oats')
    await page.getByRole('link', { name: 'sunday-report' }).waitFor()
  })

  test('a form is filled with what an earlier run was given, also of what is not deployed', async () => {
    const handle = await run(double, { x: 21 })
    await handle.wait()
    const page = await site.open(`${handle.url}?again=a0`)
    const form = page.getByRole('dialog')
    expect(await form.locator('[id="launch-x"]').inputValue()).toBe('21')
    await form.locator('[id="launch-x"]').fill('4')
    await form.getByRole('button', { name: 'Start the run' }).click()
    await page.waitForURL((url) => !url.pathname.endsWith(handle.name))
    expect(await resultOf(page)).toBe(8)
    const earlier = await site.client.runs.start('bakery.order', { customer: 'Eve', size: 'small', weights: [9] })
    const other = await site.open(`${place}/tasks/bakery.order?launch=yes&from=${earlier.name}`)
    expect(await other.getByLabel('customer').inputValue()).toBe('Eve')
    expect(await other.locator('[id="launch-weights[0]"]').inputValue()).toBe('9')
  })

  test('the command that is copied starts the same', async () => {
    const page = await site.open(`${place}/tasks/bakery.deliver?launch=yes`)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const form = page.getByRole('dialog')
    await form.getByRole('button', { name: 'Add to basket.lines' }).click()
    await form.getByLabel('item').fill("Ada's bread")
    await form.getByLabel('Kind of to').selectOption('integer')
    await form.locator('[id="launch-to"]').fill('12')
    await form.getByText('Options of the run').click()
    await form.getByRole('button', { name: 'Add a label' }).click()
    await form.getByLabel('Name of label 1').fill('team')
    await form.getByLabel('Value of label 1').fill('a b')
    const copied = (kind: string) =>
      copiedText(page, async () => {
        await form.getByRole('button', { name: 'Copy as' }).click()
        await page.getByRole('menuitem', { name: kind }).click()
      })
    const command = (await copied('CLI command')).replace(/^tern /, `${process.execPath} ${tern} `)
    // The server runs in this process, and has to answer meanwhile.
    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -o json`])
    const { name } = JSON.parse(stdout) as { name: string }
    const started = site.client.runs.get(name)
    const given = { basket: { lines: [{ item: "Ada's bread", count: 1 }] }, to: 12, prices: {} }
    expect(JSON.parse(String(await started.outputs()))).toEqual(given)
    const typescript = await copied('TypeScript')
    expect(typescript).toContain(`basket: { lines: [{ count: 1, item: 'Ada\\'s bread' }] }`)
    expect(typescript).toContain(`{ labels: { team: 'a b' } }`)
    expect(await copied('Python')).toContain('flyte.with_runcontext(labels={"team": "a b"}).run(')
  })

  test('a task that takes nothing is started at once, and the form can be left', async () => {
    const page = await site.open(`${place}/tasks/bakery.open?launch=yes`)
    await page.getByRole('dialog').getByText('It takes nothing.').waitFor()
    // The keys are the form's when it has the focus.
    const hasFocus = () => page.evaluate('document.activeElement?.closest("[role=dialog]") != null')
    await expect.poll(hasFocus).toBe(true)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('launch')
    await page.getByRole('button', { name: 'Launch' }).click()
    await page.getByRole('button', { name: 'Start the run' }).click()
    expect(await resultOf(page)).toEqual('open')
  })

  test('a form of plain inputs: everybody can use it', async () => {
    await site.expectAccessible(`${place}/tasks/bakery.order?launch=yes`, async (page) => {
      await page.getByLabel('count').fill('a dozen')
      await page.getByRole('button', { name: 'Start the run' }).click()
      await page.getByText('It takes a whole number.').waitFor()
      await page.getByText('Options of the run').click()
      await page.getByRole('button', { name: 'Add a label' }).click()
    })
  })

  test('a form of structures: everybody can use it', async () => {
    await site.expectAccessible(`${place}/tasks/bakery.deliver?launch=yes`, async (page) => {
      await page.getByRole('button', { name: 'Add to basket.lines' }).click()
      await page.getByRole('button', { name: 'Add to prices' }).click()
      await page.getByLabel('Kind of to').selectOption('text')
      await page.getByRole('button', { name: 'Start the run' }).click()
      await page.getByText('It needs a value.').first().waitFor()
    })
  })
})
