import { run } from '@tern/sdk'
import { describe, expect, test } from 'vitest'
import { hasBrowser } from './browser.ts'
import { place, useSite } from './console-site.ts'
import { counting, double, reporting, wordy } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('what the console says', { timeout: 120_000 }, () => {
  const site = useSite()

  test('of a long error, its beginning, and the rest for who asks', async () => {
    const handle = await run(wordy)
    await handle.wait()
    const page = await site.open(handle.url)
    const panel = page.getByRole('complementary', { name: 'Selected' })
    await panel.getByText('the answer was wrong').waitFor()
    expect(await panel.getByText('row 399').count()).toBe(0)
    await panel.getByRole('button', { name: /^Show all [\d.,]+ characters$/ }).click()
    await panel.getByText('row 399').waitFor()
    await panel.getByRole('button', { name: 'Show less' }).click()
    await expect.poll(() => panel.getByText('row 399').count()).toBe(0)
  })

  test('of a run that waits, how many questions it asks, which leads to them', async () => {
    const handle = await run(counting)
    const page = await site.open(handle.url)
    await page.getByRole('button', { name: 'a question waits for an answer' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('phase')).toBe('paused')
    await page.getByRole('treeitem', { name: 'how many' }).waitFor()
    await handle.abort('seen')
  })

  test('of reports, only where a task leaves one', async () => {
    const [without, withOne] = await Promise.all([run(double, { x: 1 }), run(reporting)])
    await Promise.all([without.wait(), withOne.wait()])
    const page = await site.open(withOne.url)
    await page.getByRole('tab', { name: 'Report' }).waitFor()
    await page.goto(without.url!)
    await page.getByRole('tab', { name: 'Spec' }).waitFor()
    expect(await page.getByRole('tab', { name: 'Report' }).count()).toBe(0)
  })

  test('of projects, domains, tasks and runs that are not there, that they are not', async () => {
    const page = await site.open('/v2/domain/development/project/nowhere/runs')
    await page.getByRole('heading', { name: 'There is no project nowhere' }).waitFor()
    await page.goto(new URL('/v2/domain/moon/project/flytesnacks/tasks', site.server.url).href)
    await page.getByRole('heading', { name: 'flytesnacks has no domain moon' }).waitFor()
    await page.goto(new URL(`${place}/tasks/no.task`, site.server.url).href)
    await page.getByText('No task no.task is deployed here.').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'All tasks' }).click()
    await page.getByRole('heading', { name: 'Nothing is deployed here yet' }).waitFor()
    await page.goto(new URL(`${place}/runs/norun`, site.server.url).href)
    await page.getByText('run norun does not exist').waitFor()
    await page.getByRole('navigation', { name: 'Where you are' }).getByRole('link', { name: 'Runs' }).click()
    await expect.poll(() => new URL(page.url()).pathname).toBe(`${place}/runs`)
  })
})
