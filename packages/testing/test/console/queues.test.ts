import { run } from '@tern/sdk'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { loadOptions, startLoad } from './console-load.ts'
import { place, useSite } from './console-site.ts'
import { asking, double, resting } from './console-tasks.ts'
import { refuseService } from './refuse-service.ts'

const training = { task: 'vision.train', runs: 4, queue: 'gpu', cpu: '3', memory: '2Gi' }

const group = (page: Page, name: string) => page.getByRole('button', { name })
const items = (page: Page, list: string) => page.getByRole('list', { name: list }).getByRole('listitem')
const actions = (page: Page) => page.getByRole('group', { name: 'Actions that wait' })

describe.skipIf(!hasBrowser)('queues and workers of an idle server', () => {
  const site = useSite({}, loadOptions)

  test('a server with nothing to do says so, and shows what comes at once', async () => {
    const page = await site.open(`${place}/queues`)
    await page.getByText('Nothing waits.').waitFor()
    await page.getByText('The first task of an environment starts one').waitFor()
    await startLoad(site.client, training)
    await group(page, 'A place in queue gpu').getByText('3', { exact: true }).waitFor()
    await items(page, 'Queues').filter({ hasText: 'gpu' }).getByText('1 of 1 busy, 3 waiting').waitFor()
    await page.getByText('3 of 4').first().waitFor()
    await page.getByText('vision.train').first().waitFor()
  })
})

describe.skipIf(!hasBrowser)('queues and workers', () => {
  const site = useSite({}, loadOptions)
  beforeAll(() => startLoad(site.client, training))

  test('a group is unfolded, kept in the address, and leads to what waits', async () => {
    const page = await site.open(`${place}/queues`)
    await group(page, 'A place in queue gpu').click()
    await page.waitForURL('**/queues?group=queue%3Agpu')
    await expect.poll(() => actions(page).getByRole('link').count()).toBe(3)
    await page.reload()
    await actions(page).getByRole('link').first().click()
    await page.waitForURL('**/runs/*?a=a0')
    await page.getByText('Waiting for resources').first().waitFor()
  })

  test('what waits for the machine, for an answer and for its next attempt', async () => {
    await startLoad(site.client, { task: 'etl.large', runs: 1, cpu: '3' })
    await startLoad(site.client, { task: 'etl.flaky', runs: 1, script: 'exit 1', backoffMs: 3_600_000 })
    const asked = await run(asking, {})
    const page = await site.open(`${place}/queues`)
    await group(page, 'Processors').click()
    await actions(page).getByText('asks for 3').waitFor()
    await group(page, 'The next attempt').click()
    await actions(page).getByText('goes on in').waitFor()
    await group(page, 'An answer').click()
    await actions(page).getByRole('link', { name: 'taste' }).click()
    await page.waitForURL(`**/runs/${asked.name}?a=*`)
    await page.getByRole('button', { name: 'Yes' }).or(page.getByText('Really')).first().waitFor()
  })

  test('the processes that run tasks are shown', async () => {
    await run(double, { x: 1 })
    const page = await site.open(`${place}/queues`)
    const pools = page.getByRole('list', { name: 'Worker pools' })
    await pools.getByText('console', { exact: true }).waitFor()
    await pools.getByText('Container tasks').waitFor()
    await pools.getByText(/MiB/).first().waitFor()
  })

  test('the waits of one project are shown alone, and what to type for the same', async () => {
    const page = await site.open('/v2/domain/production/project/flytesnacks/queues', {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await group(page, 'A place in queue gpu').waitFor()
    await page.getByRole('button', { name: 'This project' }).click()
    await page.getByText('Nothing waits.').waitFor()
    expect(page.url()).toContain('?of=project')
    await page.getByRole('button', { name: 'Copy as' }).click()
    await page.getByRole('menuitem', { name: 'CLI command' }).click()
    await expect
      .poll(() => page.evaluate('navigator.clipboard.readText()'))
      .toMatch(/^tern get status --endpoint \S+ -p flytesnacks -d production$/)
  })

  test('a server of another make does not tell, which is no error', async () => {
    const page = await site.open('/')
    await page.getByRole('link', { name: 'Queues' }).waitFor()
    await refuseService(page, 'tern.status.v1.StatusService', 'unimplemented')
    await page.keyboard.press('g')
    await page.keyboard.press('q')
    await page.getByRole('heading', { name: 'This server does not tell what it is busy with' }).waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('everybody can use it', async () => {
    await site.expectAccessible(`${place}/queues?group=queue:gpu`, (page) =>
      actions(page).getByRole('link').first().waitFor(),
    )
  })

  test('a crowd that waits is folded, and the page stays small', async () => {
    await run(resting, { width: 3_000 }, { maxActionConcurrency: 2 })
    const page = await site.open(`${place}/queues`)
    const crowd = page.getByRole('button', { name: /A place in run/ })
    await crowd.getByText(/^\d,\d{3}$/).waitFor({ timeout: 200_000 })
    await crowd.click()
    await actions(page).getByRole('link').first().waitFor()
    await page.getByText(/The 1,000 that wait the longest, of [\d,]+/).waitFor()
    expect(await actions(page).getByRole('link').count()).toBeLessThan(60)
    await actions(page).hover()
    const first = () => actions(page).getByRole('listitem').first().getAttribute('aria-posinset')
    await expect.poll(() => page.mouse.wheel(0, 20_000).then(first)).not.toBe('1')
  })
})
