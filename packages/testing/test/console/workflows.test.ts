import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { delivery } from './console-delivery.ts'
import { brew } from './console-workflow.ts'

describe.skipIf(!hasBrowser)('workflows', () => {
  const site = useSite()
  let versions: { readonly before: string; readonly after: string }

  const fileOf = (name: string) => join(import.meta.dirname, name)
  const lines = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')
  const graph = (page: Page) => page.getByRole('group', { name: 'Graph of the workflow' })
  const node = (page: Page, name: string | RegExp) => graph(page).getByRole('button', { name })
  const panel = (page: Page) => page.getByRole('complementary', { name: 'Node' })

  beforeAll(async () => {
    const before = await deployFile(site.client, fileOf('console-delivery-before.ts'))
    const after = await deployFile(site.client, fileOf('console-delivery.ts'))
    versions = { before: before.version, after: after.version }
  })

  test('a project without any says how to make one', async () => {
    const page = await site.open('/v2/domain/staging/project/flytesnacks/workflows')
    await page.getByText('No workflow is deployed here yet').waitFor()
  })

  test('the list has workflows and no other tasks, with how their last runs went', async () => {
    await deployFile(site.client, fileOf('console-workflow.ts'))
    await (await run(brew, { cups: 1 })).wait()
    const page = await site.open(`${place}/workflows`)
    await expect.poll(() => lines(page, 'Workflows').count()).toBe(3)
    const ran = lines(page, 'Workflows').filter({ hasText: 'cafe.brew' })
    await ran.getByRole('img', { name: 'Last runs, the newest first: succeeded' }).waitFor()
    await lines(page, 'Workflows').filter({ hasText: 'shop.pack' }).getByText('has not run').waitFor()
    await lines(page, 'Workflows').getByText('Sends an order to whoever bought it').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('DELIV')
    await expect.poll(() => lines(page, 'Workflows').count()).toBe(1)
    expect(page.url()).toContain('q=DELIV')
    await lines(page, 'Workflows').getByRole('link').click()
    await page.waitForURL('**/workflows/shop.delivery')
    await page.goto(`${site.server.url}${place}/workflows?q=nothing`)
    await page.getByText('No workflow has this in its name').waitFor()
  })

  test('the graph shows what calls what, what is inside of it, and folds', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery`)
    await graph(page).getByText('if weigh > 20').waitFor()
    await graph(page).getByText('each of carrier, 2 at once').waitFor()
    await graph(page).getByText('if a node fails').waitFor()
    await node(page, /^label/).waitFor()
    await page.getByRole('button', { name: 'Hide the nodes of pack it' }).click()
    await node(page, /^label/).waitFor({ state: 'detached' })
    expect(page.url()).toContain('shut=n3')
    await page.reload()
    await graph(page).getByText('2 nodes').waitFor()
    await page.getByRole('button', { name: 'Show the nodes of pack it' }).click()
    await node(page, /^label/).waitFor()
    expect(page.url()).not.toContain('shut')
  })

  test('a node says what it calls, with what, and how; its references lead on', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery`)
    await node(page, /^cheapest/).click()
    await panel(page).getByText('the output of').waitFor()
    await panel(page).getByText('Retries').waitFor()
    await panel(page).getByText('5m', { exact: true }).waitFor()
    await panel(page)
      .getByText(/console-delivery\.ts:\d+:\d+/)
      .waitFor()
    expect(page.url()).toContain('node=n2')
    await panel(page).getByRole('button', { name: 'quote' }).first().click()
    await panel(page).getByText('Have to succeed').waitFor()
    await panel(page).getByText('"north"').waitFor()
    await panel(page)
      .getByRole('link', { name: /shop\.quote/ })
      .click()
    await page.waitForURL(`**/tasks/shop.quote?version=${versions.after}`)
    await page.goBack()
    await panel(page).waitFor()
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
    expect(page.url()).not.toContain('node=')
  })

  test('inside of a called workflow, references are to its own inputs and nodes', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery?node=n3/n1`)
    await panel(page)
      .getByText(/the input city of/)
      .waitFor()
    await panel(page).getByRole('button', { name: 'box', exact: true }).first().waitFor()
  })

  test('an approval says what it asks, and a branch its cases', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery?node=n5`)
    await panel(page).locator('strong').getByText('ready').waitFor()
    await panel(page).getByRole('button', { name: 'by weight' }).first().click()
    await panel(page).getByText('weigh > 20').waitFor()
    await panel(page).getByText('1 node').first().waitFor()
  })

  test('its interface says what it takes, and where what it gives comes from', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery`)
    await page.getByRole('tab', { name: 'Interface' }).click()
    await page.waitForURL('**view=interface')
    await page.getByText('Where it goes').waitFor()
    await page.getByText('apologise is called').waitFor()
    await page.getByRole('button', { name: 'hand over' }).click()
    await panel(page).getByText('approval').waitFor()
  })

  test('two versions are compared, in the graph and in words', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery?view=versions`)
    await page.getByText('What has changed?').waitFor()
    await page.getByRole('button', { name: `Compare with ${versions.before}` }).click()
    await page.waitForURL(`**against=${versions.before}`)
    const differences = lines(page, 'Differences')
    await differences.filter({ hasText: 'The workflow itself' }).getByText('failure handler').waitFor()
    await differences.filter({ hasText: 'shop.cheapest' }).getByText('added').waitFor()
    await graph(page).getByRole('img', { name: 'added' }).first().waitFor()
    await graph(page).getByRole('img', { name: 'changed' }).first().waitFor()
    await differences.getByRole('button', { name: 'shop.cheapest' }).click()
    await panel(page).getByText('Retries').waitFor()
    // The other way round, what was added is what is removed.
    await page.goBack()
    await page.goto(
      `${site.server.url}${place}/workflows/shop.delivery?view=versions&version=${versions.before}&against=${versions.after}`,
    )
    await differences.filter({ hasText: 'shop.cheapest' }).getByText('removed').waitFor()
    await page.getByRole('button', { name: 'there is a newer version' }).click()
    await page.getByText('What has changed?').waitFor()
  })

  test('it is launched, and the run is in its list', async () => {
    const page = await site.open(`${place}/workflows/shop.delivery`)
    await page.getByRole('button', { name: 'Launch' }).click()
    const form = page.getByRole('dialog')
    await form.getByLabel('city').fill('Gent')
    await form.getByRole('button', { name: 'Add to items' }).click()
    await form.getByLabel('items[0]').first().fill('lamp')
    await form.getByRole('button', { name: 'Start the run' }).click()
    await page.waitForURL('**/runs/*')
    const started = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await page.goto(`${site.server.url}${place}/workflows/${delivery.name}?view=runs`)
    await lines(page, 'Runs').getByText(started).waitFor()
    await site.client.runs.get(started).abort('seen')
    await lines(page, 'Runs').getByRole('img', { name: 'Aborted' }).waitFor()
  })

  test('one that is not there is said to be missing, and what is no workflow that it is none', async () => {
    const page = await site.open(`${place}/workflows/shop.nobody`)
    await page.getByRole('alert').getByText('Not found').waitFor()
    await page.goto(`${site.server.url}${place}/workflows/shop.quote`)
    await page
      .getByRole('alert')
      .getByText(/custom\.graph|no workflow/)
      .waitFor()
  })

  test('a server that cannot tell workflows from tasks says so quietly', async () => {
    const page = await site.open(`${place}/runs`)
    await page.route('**/flyteidl2.task.TaskService/ListTasks', (route) =>
      route.fulfill({
        status: 400,
        contentType: 'application/json',
        body: JSON.stringify({ code: 'invalid_argument', message: 'cannot filter by "task_type"' }),
      }),
    )
    await page.getByRole('heading', { name: 'Runs' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('w')
    await page.getByRole('status').getByText('This server does not tell workflows from other tasks').waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test.each(['workflows', 'workflows/shop.delivery?node=n2', 'workflows/shop.delivery?view=interface'])(
    '%s: everybody can use it',
    async (path) => {
      await site.expectAccessible(`${place}/${path}`, (page) =>
        page
          .getByText(/Sends an order to whoever|Retries/)
          .first()
          .waitFor(),
      )
    },
  )

  test('versions that are compared: everybody can use it', async () => {
    await site.expectAccessible(`${place}/workflows/shop.delivery?view=versions&against=${versions.before}`, (page) =>
      lines(page, 'Differences').first().waitFor(),
    )
  })
})
