import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import { createClient } from '@tern/sdk/client'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, sizes } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { breakfast, double, patient } from './console-tasks.ts'

/** What a proxy that signs people in tells the server of somebody. */
function tokenOf(subject: string): string {
  const claims = { sub: subject, email: `${subject}@example.com` }
  return ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'e30'].join('.')
}

describe.skipIf(!hasBrowser)('the list of runs', () => {
  const site = useSite({ timezoneId: 'UTC', locale: 'en-GB' })
  const names: Record<string, string> = {}

  beforeAll(async () => {
    await deployFile(site.client, join(import.meta.dirname, 'console-tasks.ts'))
    const ada = createClient({ endpoint: site.server.url, token: tokenOf('ada') })
    const of = async (key: string, handle: Promise<{ readonly name: string; wait(): Promise<unknown> }>) => {
      const started = await handle
      await started.wait()
      names[key] = started.name
    }
    await of(
      'growth',
      ada.runs.start('console.double', { x: 1 }, { name: 'report-of-growth', labels: { team: 'growth', gpu: '' } }),
    )
    await of('sales', run(double, { x: 2 }))
    await of('failed', run(breakfast))
  })

  const lines = (page: Page) => page.getByRole('list', { name: 'Runs' }).getByRole('listitem')
  const chip = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name)
  const shows = (page: Page, ...keys: string[]) =>
    expect
      .poll(() => lines(page).evaluateAll((items) => items.map((item) => item.getAttribute('data-run'))))
      .toEqual(keys.map((key) => names[key]))

  test('is narrowed down by phase, by task and by name, all at once and in the address', async () => {
    const page = await site.open(`${place}/runs`)
    await shows(page, 'failed', 'sales', 'growth')
    await chip(page, 'Phase').click()
    await page.getByRole('checkbox', { name: 'Succeeded' }).check()
    await page.keyboard.press('Escape')
    await shows(page, 'sales', 'growth')
    await chip(page, 'Task').click()
    await page.getByRole('textbox', { name: "Part of the task's name" }).fill('DOUB')
    await page.keyboard.press('Enter')
    // The focus goes back to what opened it.
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Task:DOUB')
    await page.keyboard.press('/')
    await page.keyboard.type('Growth')
    await shows(page, 'growth')
    expect([parameter(page, 'phase'), parameter(page, 'task'), parameter(page, 'q')]).toEqual([
      'succeeded',
      'DOUB',
      'Growth',
    ])
    // Somebody who is given the address sees the same.
    await shows(await site.open(page.url()), 'growth')
    await page.getByRole('button', { name: 'Remove the filter Phase' }).click()
    await page.getByRole('button', { name: 'Remove the filter Task' }).click()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await shows(page, 'failed', 'sales', 'growth')
  })

  test('what is chosen and typed before the page has caught up is kept', async () => {
    const page = await site.open(`${place}/runs`)
    await chip(page, 'Phase').click()
    await page.getByRole('checkbox', { name: 'Succeeded' }).waitFor()
    // Both at once, before anything is drawn again.
    await page.evaluate(`[...document.querySelectorAll('[role=dialog] label')]
      .filter((label) => /^(Succeeded|Aborted)$/.test(label.textContent)).forEach((label) => label.click())`)
    await expect.poll(() => parameter(page, 'phase')?.split(',').toSorted()).toEqual(['aborted', 'succeeded'])
    await page.keyboard.press('Escape')
    const field = page.getByRole('textbox', { name: 'Search runs by name' })
    // Goes on typing at the moment at which the address gets what was typed until then.
    await page.evaluate(`{
      const replace = history.replaceState
      history.replaceState = function (state, unused, url) {
        replace.call(history, state, unused, url)
        const input = document.querySelector('[aria-label="Search runs by name"]')
        if (!String(url).includes('q=') || input.value !== 'rep') return
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'report')
        input.dispatchEvent(new Event('input', { bubbles: true }))
      }
    }`)
    await field.fill('rep')
    await expect.poll(() => parameter(page, 'q')).toBe('report')
    expect(await field.inputValue()).toBe('report')
    await shows(page, 'growth')
  })

  test('arrows lead on from where j has led', async () => {
    const page = await site.open(`${place}/runs`)
    await shows(page, 'failed', 'sales', 'growth')
    const focused = () => page.evaluate(`document.activeElement.closest('[data-run]')?.dataset.run`)
    for (const [key, wanted] of [
      ['j', 'failed'],
      ['ArrowDown', 'sales'],
      ['ArrowDown', 'growth'],
      ['k', 'sales'],
      ['ArrowUp', 'failed'],
    ] as const) {
      await page.keyboard.press(key)
      expect(await focused(), key).toBe(names[wanted])
    }
  })

  test('is narrowed down by labels', async () => {
    const page = await site.open(`${place}/runs`)
    await chip(page, 'Label').click()
    const label = page.getByRole('textbox', { name: 'Label, or label=value' })
    await label.fill('team=growth')
    await label.press('Enter')
    await label.fill('gpu')
    await label.press('Enter')
    await shows(page, 'growth')
    expect(parameter(page, 'label')).toBe('team=growth,gpu')
    await page.getByRole('button', { name: 'Remove gpu' }).click()
    await expect.poll(() => parameter(page, 'label')).toBe('team=growth')
  })

  test('is narrowed down by who started a run, and how', async () => {
    const page = await site.open(`${place}/runs`)
    await lines(page).first().waitFor()
    await chip(page, 'Started by').click()
    // Those who started what is shown are suggested.
    await page.getByRole('button', { name: 'ada@example.com' }).click()
    await shows(page, 'growth')
    expect(parameter(page, 'by')).toBe('ada')
    await page.getByRole('button', { name: 'Remove the filter Started by' }).click()
    await chip(page, 'Started by').click()
    await page.getByRole('checkbox', { name: 'Schedule' }).check()
    await page.getByText('No run passes the filters').waitFor()
    expect(parameter(page, 'source')).toBe('schedule')
  })

  test('is narrowed down to a time, of now or of a calendar', async () => {
    const page = await site.open(`${place}/runs`)
    await chip(page, 'Time').click()
    await page.getByRole('button', { name: 'Last hour' }).click()
    await expect.poll(() => parameter(page, 'since')).toBe('1h')
    await shows(page, 'failed', 'sales', 'growth')
    await page.getByRole('button', { name: 'Time: last hour' }).click()
    await page.getByLabel('From').fill('2020-01-31T09:00')
    await page.getByLabel('To').fill('2020-01-31T08:00')
    await page.getByText('The end is before the beginning.').waitFor()
    await page.getByLabel('To').fill('2020-01-31T10:00')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByText('No run passes the filters').waitFor()
    expect([parameter(page, 'since'), parameter(page, 'from'), parameter(page, 'to')]).toEqual([
      null,
      '2020-01-31T09:00:00Z',
      '2020-01-31T10:00:00Z',
    ])
  })

  test('which filter nothing passes is said, and taken away', async () => {
    const page = await site.open(`${place}/runs?phase=failed&label=team=nobody&task=breakfast`)
    await page.getByText('No run at all passes Label: team=nobody.').waitFor()
    await page.getByRole('button', { name: 'Without “Label: team=nobody”' }).click()
    await shows(page, 'failed')
    await page.goto(`${site.server.url}${place}/runs?phase=failed&task=double`)
    await page.getByText('Each filter has runs that pass it, but no run passes all of them.').waitFor()
    await page.getByRole('button', { name: 'Without “Task: double”' }).click()
    await shows(page, 'failed')
  })

  test('several are chosen with keys, and aborted', async () => {
    const waiting = [await run(patient), await run(patient)]
    const page = await site.open(`${place}/runs`)
    await expect.poll(() => lines(page).count()).toBe(5)
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('x')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('x')
    const bar = page.getByRole('toolbar', { name: 'Chosen runs' })
    await bar.getByText('3 runs chosen, 2 of which still run').waitFor()
    await bar.getByRole('button', { name: 'Abort 2 runs' }).click()
    const dialog = page.getByRole('dialog', { name: 'Abort 2 runs?' })
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('enough')
    await dialog.getByRole('button', { name: 'Abort', exact: true }).click()
    await expect.poll(() => lines(page).getByRole('img', { name: 'Aborted' }).count()).toBe(2)
    await bar.waitFor({ state: 'detached' })
    for (const { name } of waiting) {
      expect((await site.client.runs.get(name).details()).error?.message).toContain('enough')
    }
  })

  test.each([
    `${place}/runs?phase=failed,succeeded&since=24h&label=team=growth`,
    `${place}/runs?phase=paused&by=nobody`,
  ])('%s: everybody can use it', async (path) => {
    await site.expectAccessible(path, async (page) => {
      await lines(page).or(page.getByText('No run at all passes')).first().waitFor()
      await chip(page, 'Trigger').click()
      await page.getByRole('textbox', { name: "The trigger's name" }).waitFor()
    })
  })

  test('is at hand on a phone', async () => {
    const page = await site.open(`${place}/runs?phase=failed`, { viewport: sizes.phone, hasTouch: true })
    await page.getByRole('button', { name: 'Phase: Failed' }).tap()
    await page.getByRole('checkbox', { name: 'Succeeded' }).tap()
    await page.keyboard.press('Escape')
    await lines(page).first().getByRole('checkbox').tap()
    await page.getByText('1 run chosen').waitFor()
  })
})
