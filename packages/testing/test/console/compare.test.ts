import { run } from '@tern/sdk'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { asking, breakfast, crowd, double, fan, patient } from './console-tasks.ts'

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
  })

  const lines = (page: Page) => page.getByRole('group', { name: 'Actions of both runs' }).getByRole('listitem')
  const different = (page: Page, what: string) =>
    page.getByRole('list', { name: `Different ${what}` }).getByRole('listitem')

  test('two that are chosen in the list are compared, the older one first', async () => {
    const page = await site.open(`${place}/runs`)
    for (const name of [small, large]) await page.getByRole('checkbox', { name: `Choose ${name}` }).check()
    await page.getByRole('toolbar', { name: 'Chosen runs' }).getByRole('link', { name: 'Compare' }).click()
    await page.waitForURL(`**/runs/${large}/compare?with=${small}`)
    await page.getByRole('region', { name: 'First run' }).getByText(small).waitFor()
    await page.getByRole('region', { name: 'Second run' }).getByText(large).waitFor()
    await page.getByRole('region', { name: 'Second run' }).getByText('6 actions').waitFor()
  })

  test('a run is compared with the one before it, and what differs is said', async () => {
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

  test('who leaves before the other run is known is not led back', async () => {
    const page = await site.open(`${place}/runs/${large}`)
    let answer = () => {}
    const isWanted = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/flyteidl2.workflow.RunService/ListRuns', async (route) => {
      await isWanted
      await route.continue()
    })
    await page.route('**/secrets-page*.js', () => undefined)
    const asked = page.waitForRequest('**/flyteidl2.workflow.RunService/ListRuns')
    await page.getByRole('link', { name: 'Compare' }).click()
    await asked
    await page.getByRole('link', { name: 'Secrets' }).click()
    await page.waitForURL('**/secrets')
    const answered = page.waitForResponse('**/flyteidl2.workflow.RunService/ListRuns')
    answer()
    await (await answered).finished()
    await page.evaluate('new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 100))')
    expect(page.url()).toMatch(/\/secrets$/)
  })

  test('actions are matched, and those that only one has are told apart', async () => {
    const page = await site.open(`${place}/runs/${large}/compare?with=${small}`)
    await page.getByRole('button', { name: 'Unfold doubles' }).click()
    await expect.poll(() => lines(page).count()).toBe(7)
    await expect.poll(() => lines(page).filter({ hasText: 'only in the second' }).count()).toBe(2)
    expect(page.url()).toContain('open=a0')
    await page.reload()
    await expect.poll(() => lines(page).count()).toBe(7)
    await page.getByRole('button', { name: 'Different ones' }).click()
    await page.waitForURL('**show=different**')
    await expect.poll(() => lines(page).filter({ hasText: 'only in the second' }).count()).toBe(2)
    await page.getByRole('button', { name: 'Fold fan' }).click()
    await expect.poll(() => lines(page).count()).toBe(1)
    await page.getByRole('button', { name: 'All', exact: true }).click()
    await page.getByRole('button', { name: 'Unfold fan' }).click()
    await expect.poll(() => lines(page).count()).toBe(7)
    await lines(page).last().getByRole('link').click()
    await page.waitForURL(`**/runs/${large}?a=*`)
  })

  test('actions without a difference are counted alone', async () => {
    // How long two runs take is chance: one differs in nothing from itself.
    const page = await site.open(`${place}/runs/${large}/compare?with=${large}&show=different`)
    await lines(page).getByText('1 without a difference').waitFor()
    expect(await lines(page).count()).toBe(2)
  })

  test('they are swapped, and another one is chosen', async () => {
    const page = await site.open(`${place}/runs/${large}/compare?with=${small}`)
    await page.getByRole('button', { name: 'Swap' }).click()
    await page.waitForURL(`**/runs/${small}/compare?with=${large}`)
    await page.getByRole('region', { name: 'Second run' }).getByText(small).waitFor()
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

  test('a rerun is compared with what it reruns, by the command palette', async () => {
    const again = await site.client.runs.get(small).rerun()
    await again.wait()
    const page = await site.open(`${place}/runs/${again.name}`)
    await page.getByText('reruns').waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder(/^Go to/).fill('compare this run')
    await page.getByRole('option', { name: 'Compare this run with another one', selected: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/runs/${again.name}/compare?with=${small}`)
    await page.getByText('The same, with the same options.').waitFor()
    expect(await different(page, 'inputs').count()).toBe(0)
  })

  test('a run that failed says why, and which of its actions did', async () => {
    const failed = await run(breakfast, {})
    await failed.wait().catch(() => undefined)
    const page = await site.open(`${place}/runs/${failed.name}/compare?with=${small}`)
    await page.getByRole('region', { name: 'Second run' }).getByText('the milk of glass 2 has turned').waitFor()
    await lines(page).filter({ hasText: 'fan, breakfast' }).waitFor()
    await lines(page).filter({ hasText: 'pour' }).getByRole('img', { name: 'Failed' }).waitFor()
  })

  test('a run under way is followed', async () => {
    const [first, second] = [await run(patient, {}), await run(patient, {})]
    const page = await site.open(`${place}/runs/${second.name}/compare?with=${first.name}`)
    await page.getByRole('region', { name: 'Second run' }).getByText('Running').waitFor()
    await Promise.all([first.abort('enough'), second.abort('enough')])
    await page.getByRole('region', { name: 'Second run' }).getByText('Aborted').waitFor()
    await lines(page).first().getByRole('img', { name: 'Aborted' }).first().waitFor()
  })

  test('what runs gave is there when they end right after they were looked at', async () => {
    const { conditions } = site.client
    const names = [(await run(asking, {})).name, (await run(asking, {})).name] as const
    const isAsked = async (name: string) => !(await conditions.list(name).next()).done
    for (const name of names) await expect.poll(() => isAsked(name)).toBe(true)
    const page = await site.open(`${place}/runs/${names[1]}/compare?with=${names[0]}`)
    await page.getByText('Neither has any.').waitFor()
    await conditions.approve(names[0], 'taste')
    await conditions.reject(names[1], 'taste')
    await different(page, 'outputs').getByText('it was bad').waitFor()
  })

  test('a run of its kind alone, and one that is not there', async () => {
    const alone = await run(crowd, { width: 1 })
    await alone.wait()
    const page = await site.open(`${place}/runs/${alone.name}/compare`)
    await page.getByRole('heading', { name: 'There is no other run of this task' }).waitFor()
    await page.goto(`${site.server.url}${place}/runs/${alone.name}/compare?with=nobody`)
    await page.getByRole('alert').getByText('Not found').first().waitFor()
    await page.goto(`${site.server.url}${place}/runs/nobody/compare`)
    await page.getByRole('alert').getByText('Not found').first().waitFor()
  })

  test('of large runs a part is there, and all are counted', async () => {
    const [first, second] = [await run(crowd, { width: 1_500 }), await run(crowd, { width: 2_500 })]
    await Promise.all([first.wait(), second.wait()])
    const page = await site.open(`${place}/runs/${second.name}/compare?with=${first.name}`)
    await page.getByRole('button', { name: 'Unfold crowd' }).last().click()
    await lines(page)
      .filter({ hasText: '2,500' })
      .or(lines(page).filter({ hasText: '2,497' }))
      .first()
      .waitFor()
    await expect.poll(() => lines(page).count()).toBeGreaterThan(10)
    await page.getByRole('group', { name: 'Actions of both runs' }).focus()
    // There are more lines once those of the other run have come.
    const isLast = () => page.getByText('The first 500 are compared').isVisible()
    await expect.poll(() => page.keyboard.press('End').then(isLast)).toBe(true)
    expect(await lines(page).count()).toBeLessThan(60)
  })

  test('everybody can use it', async () => {
    const path = `${place}/runs/${large}/compare?with=${small}&open=a0,a0%252Fdoubles`
    await site.expectAccessible(path, async (page) => {
      await lines(page).nth(4).waitFor()
      await different(page, 'inputs').first().waitFor()
    })
  })
})
