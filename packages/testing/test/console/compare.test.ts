import { run } from '@tern/sdk'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { breakfast, crowd, double, fan, patient } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('comparing two runs', () => {
  const site = useSite()
  let small = ''
  let large = ''
  beforeAll(async () => {
    const first = await run(fan, { width: 3 }, { labels: { team: 'data' } })
    await first.wait()
    const second = await run(fan, { width: 5 }, { labels: { team: 'ml' }, envVars: { MODE: 'fast' } })
    await second.wait()
    ;[small, large] = [first.name, second.name]
  }, 60_000)

  const lines = (page: Page) => page.getByRole('group', { name: 'Actions of both runs' }).getByRole('listitem')
  const different = (page: Page, what: string) =>
    page.getByRole('list', { name: `Different ${what}` }).getByRole('listitem')

  test('two that are chosen in the list are compared, the older one first', { timeout: 120_000 }, async () => {
    const page = await site.open(`${place}/runs`)
    for (const name of [small, large]) await page.getByRole('checkbox', { name: `Choose ${name}` }).check()
    await page.getByRole('toolbar', { name: 'Chosen runs' }).getByRole('link', { name: 'Compare' }).click()
    await page.waitForURL(`**/runs/${large}/compare?with=${small}`)
    await page.getByRole('region', { name: 'First run' }).getByText(small).waitFor()
    await page.getByRole('region', { name: 'Second run' }).getByText(large).waitFor()
    await page.getByRole('region', { name: 'Second run' }).getByText('6 actions').waitFor()
  })

  test('a run is compared with the one before it, and what differs is said', { timeout: 120_000 }, async () => {
    const page = await site.open(`${place}/runs/${large}`)
    await page.getByRole('link', { name: 'Compare' }).click()
    await page.waitForURL(`**/runs/${large}/compare?with=${small}`)
    await different(page, 'options').filter({ hasText: 'Label team' }).getByText('ml').waitFor()
    await different(page, 'options').filter({ hasText: 'Variable MODE' }).getByText('not there').waitFor()
    const input = different(page, 'inputs').first()
    await input.getByText('width').waitFor()
    expect(await input.textContent()).toMatch(/^width\+235$/)
    expect(await different(page, 'outputs').first().textContent()).toMatch(/^o0\+14620$/)
  })

  test('actions are matched, and those that only one has are told apart', { timeout: 120_000 }, async () => {
    const page = await site.open(`${place}/runs/${large}/compare?with=${small}`)
    await page.getByRole('button', { name: 'Unfold doubles' }).click()
    await expect.poll(() => lines(page).count()).toBe(7)
    await expect.poll(() => lines(page).filter({ hasText: 'only in the second' }).count()).toBe(2)
    expect(page.url()).toContain('open=a0')
    await page.reload()
    await expect.poll(() => lines(page).count()).toBe(7)
    await page.getByRole('button', { name: 'Different ones' }).click()
    expect(page.url()).toContain('show=different')
    await lines(page)
      .getByText(/without a difference/)
      .first()
      .waitFor()
    await page.getByRole('button', { name: 'Fold fan' }).click()
    await expect.poll(() => lines(page).count()).toBe(1)
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByRole('button', { name: 'Unfold fan' }).click()
    await expect.poll(() => lines(page).count()).toBe(7)
    await lines(page).last().getByRole('link').click()
    await page.waitForURL(`**/runs/${large}?a=*`)
  })

  test('they are swapped, and another one is chosen', { timeout: 120_000 }, async () => {
    const page = await site.open(`${place}/runs/${large}/compare?with=${small}`)
    await page.getByRole('button', { name: 'Swap' }).click()
    await page.waitForURL(`**/runs/${small}/compare?with=${large}`)
    await page.getByRole('button', { name: 'Choose another' }).click()
    const runs = page.getByRole('list', { name: 'Runs of the same task' }).getByRole('button')
    await runs.filter({ hasText: large }).waitFor()
    expect(await runs.filter({ hasText: small }).count()).toBe(0)
    const other = await run(double, { x: 1 })
    await other.wait()
    await page.getByRole('textbox', { name: 'Name of a run' }).fill(other.name)
    await page.getByRole('dialog').getByRole('button', { name: 'Compare' }).click()
    await page.waitForURL(`**/runs/${small}/compare?with=${other.name}`)
    await different(page, 'options').filter({ hasText: 'Task' }).getByText('console.double').waitFor()
  })

  test('a rerun is compared with what it reruns, by the command palette', { timeout: 120_000 }, async () => {
    const again = await site.client.runs.get(small).rerun()
    await again.wait()
    const page = await site.open(`${place}/runs/${again.name}`)
    await page.getByText('reruns').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/^Go to/).fill('compare this run')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/runs/${again.name}/compare?with=${small}`)
    await page.getByText('The same, with the same options.').waitFor()
    expect(await different(page, 'inputs').count()).toBe(0)
  })

  test('a run that failed says why, and which of its actions did', { timeout: 120_000 }, async () => {
    const failed = await run(breakfast, {})
    await failed.wait().catch(() => undefined)
    const page = await site.open(`${place}/runs/${failed.name}/compare?with=${small}`)
    await page.getByRole('region', { name: 'Second run' }).getByText('the milk of glass 2 has turned').waitFor()
    await lines(page).filter({ hasText: 'fan, breakfast' }).waitFor()
    await lines(page).filter({ hasText: 'pour' }).getByRole('img', { name: 'Failed' }).waitFor()
  })

  test('a run under way is followed', { timeout: 120_000 }, async () => {
    const [first, second] = [await run(patient, {}), await run(patient, {})]
    const page = await site.open(`${place}/runs/${second.name}/compare?with=${first.name}`)
    await page.getByRole('region', { name: 'Second run' }).getByText('Running').waitFor()
    await Promise.all([first.abort('enough'), second.abort('enough')])
    await page.getByRole('region', { name: 'Second run' }).getByText('Aborted').waitFor()
    await lines(page).first().getByRole('img', { name: 'Aborted' }).first().waitFor()
  })

  test('a run of its kind alone, and one that is not there', { timeout: 120_000 }, async () => {
    const alone = await run(crowd, { width: 1 })
    await alone.wait()
    const page = await site.open(`${place}/runs/${alone.name}/compare`)
    await page.getByRole('heading', { name: 'There is no other run of this task' }).waitFor()
    await page.goto(`${site.server.url}${place}/runs/${alone.name}/compare?with=nobody`)
    await page.getByRole('alert').getByText('Not found').first().waitFor()
    await page.goto(`${site.server.url}${place}/runs/nobody/compare`)
    await page.getByRole('alert').getByText('Not found').first().waitFor()
  })

  test('of large runs a part is there, and all are counted', { timeout: 120_000 }, async () => {
    const [first, second] = [await run(crowd, { width: 1_500 }), await run(crowd, { width: 2_500 })]
    await Promise.all([first.wait(), second.wait()])
    const page = await site.open(`${place}/runs/${second.name}/compare?with=${first.name}`)
    await page.getByRole('button', { name: 'Unfold crowd' }).last().click()
    await lines(page)
      .filter({ hasText: '2,500' })
      .or(lines(page).filter({ hasText: '2,497' }))
      .first()
      .waitFor()
    await expect.poll(() => lines(page).count(), { timeout: 20_000 }).toBeGreaterThan(10)
    await page.getByRole('group', { name: 'Actions of both runs' }).focus()
    await page.keyboard.press('End')
    await page.getByText('The first 500 are compared').waitFor()
    expect(await lines(page).count()).toBeLessThan(60)
  })

  test('everybody can use it', { timeout: 120_000 }, async () => {
    const path = `${place}/runs/${large}/compare?with=${small}&open=a0,a0%252Fdoubles`
    await site.expectAccessible(path, async (page) => {
      await lines(page).nth(4).waitFor()
      await different(page, 'inputs').first().waitFor()
    })
  })
})
