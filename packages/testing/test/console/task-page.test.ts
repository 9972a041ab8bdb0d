import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { deployOven } from './console-oven.ts'
import { place, useSite } from './console-site.ts'
import { breakfast } from './console-tasks.ts'
import { refuseService } from './refuse-service.ts'

describe.skipIf(!hasBrowser)('the page of a task', () => {
  const site = useSite()
  const address = `${place}/tasks/oven.bake`

  beforeAll(() => deployOven(site.client))

  const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click()
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)

  test('shows the code of a version, from where the task is', async () => {
    const page = await site.open(`${address}?version=v1`)
    await page.getByText('= 3').waitFor()
    await tab(page, 'Code')
    const code = page.getByRole('region', { name: 'Code of oven.ts' })
    await code.getByText('/** Bakes. */').waitFor()
    expect(await code.locator('[aria-current=location]').textContent()).toContain('export const bake')
    expect(await code.textContent()).not.toContain('isDark')
    await page.getByRole('link', { name: 'v2' }).click()
    await code.getByText('isDark').first().waitFor()
    await code.getByRole('button', { name: 'Line 13' }).click()
    await expect
      .poll(() => [parameter(page, 'tab'), parameter(page, 'file'), parameter(page, 'line')])
      .toEqual(['code', 'oven.ts', '13'])
    const again = await site.open(page.url())
    await again.locator('[data-line="13"][aria-current=location]').waitFor()
  })

  test('tells what starts it by itself, and when next', async () => {
    await deployFile(site.client, join(import.meta.dirname, 'console-triggers.ts'))
    const page = await site.open(`${place}/tasks/clockwork.tidy`)
    const triggers = page.getByRole('list', { name: 'Triggers' }).getByRole('link')
    await triggers.filter({ hasText: /nightly.*, next in .*On$/ }).waitFor()
    await triggers.filter({ hasText: /workdays.*Off$/ }).waitFor()
    await triggers.filter({ hasText: 'nightly' }).click()
    await page.waitForURL('**/triggers/clockwork.tidy/nightly')
    const refused = await site.open()
    await refuseService(refused, 'flyteidl2.trigger.TriggerService', 'permission_denied')
    await refused.goto(page.url().replace(/\/triggers\/.*/, '/tasks/clockwork.tidy'))
    await refused.getByRole('alert').getByText('TriggerService says no').waitFor()
    const without = await site.open(address)
    await without.getByRole('heading', { name: 'Last runs' }).waitFor()
    expect(await without.getByRole('heading', { name: 'Triggers' }).count()).toBe(0)
  })

  test('of many triggers shows some, and leads to all', async () => {
    await deployFile(site.client, join(import.meta.dirname, 'console-triggers.ts'))
    const { spec, automationSpec } = await site.client.triggers.get({ task: 'clockwork.tidy', name: 'workdays' })
    for (let i = 0; i < 50; i++)
      await site.client.triggers.deploy({
        task: 'clockwork.tidy',
        name: `copy-${i}`,
        spec: spec!,
        automationSpec: automationSpec!,
      })
    const page = await site.open(`${place}/tasks/clockwork.tidy`)
    await page.getByRole('link', { name: 'All triggers of the task' }).click()
    await page.waitForURL('**/triggers?task=clockwork.tidy')
    await page.getByRole('heading', { level: 1, name: 'Triggers' }).waitFor()
    await page.getByRole('link', { name: 'nightly' }).waitFor()
  })

  test('tells what two versions differ in: interface, options, resources and code', async () => {
    const page = await site.open(address)
    await tab(page, 'Compare')
    const changes = (of: string) => page.getByLabel(`Changes of ${of}`)
    const text = (of: string) => changes(of).innerText()
    await changes('oven.ts').waitFor()
    expect(await text('interface')).toMatch(/Input isDark\s+\+ boolean = false/)
    expect(await text('interface')).toMatch(/Input loaves\s+− \S+ = 3\s+\+ \S+ = 5/)
    expect(await text('options')).toMatch(/Retries\s+− 1\s+\+ 4/)
    expect(await text('resources')).toMatch(/Requests CPU\s+\+ 2\s+Requests memory/)
    expect(await text('oven.ts')).toContain('+6 −5')
    await page.getByRole('combobox', { name: 'From' }).selectOption('v1')
    await expect.poll(() => parameter(page, 'base')).toBe('v1')
  })

  test('a version that is like the other is said to be', async () => {
    const page = await site.open(`${address}?version=v1&tab=compare&base=v1`)
    await page.getByText('The code is the same.').waitFor()
    await page.getByText('Its options are the same.').waitFor()
  })

  test('an error leads to its line in the code that ran', async () => {
    const handle = await run(breakfast)
    await handle.wait()
    const page = await site.open(`${handle.url}?a=a0`)
    const link = page.getByRole('link', { name: /console-tasks\.ts:\d+$/ }).first()
    const [, number] = /:(\d+)$/.exec(await link.innerText()) ?? []
    await link.click()
    const line = page.locator('[aria-current=location]')
    expect(await line.innerText()).toMatch(/throw new SpoiltMilkError|pour\(\{ glass \}\)/)
    expect(await line.getAttribute('data-line')).toBe(number)
    expect([parameter(page, 'tab'), parameter(page, 'line')]).toEqual(['code', number])
    await page.goBack()
    await link.waitFor()
  })

  test.each(['overview', 'code', 'compare'])('%s: everybody can use it', async (name) => {
    await site.expectAccessible(`${address}?tab=${name}`, async (page) => {
      await page.getByRole('tab', { name, selected: true }).waitFor()
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
    })
  })
})
