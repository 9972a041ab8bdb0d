import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'
import type { Page } from 'playwright-core'
import { deployOven } from './console-oven.ts'
import type { Shot } from './screenshots.ts'

const place = '/v2/domain/development/project/flytesnacks'

/** Of the list of runs, of tasks, and of forms that start them. @param failed a run that failed in its own code */
export async function makeTaskShots(client: TernClient, failed: string): Promise<ReadonlyArray<Shot>> {
  await deployOven(client)
  await deployFile(client, join(import.meta.dirname, 'console-launch.ts'))
  const order = { customer: 'Ada', size: 'large' }
  await (await client.runs.start('bakery.order', order, { labels: { team: 'ovens' } })).wait()
  await (await client.runs.start('oven.bake', {})).wait()
  const lines = (page: Page) => page.getByRole('list', { name: 'Runs' }).getByRole('listitem')
  return [
    {
      name: 'runs',
      path: `${place}/runs?phase=failed,succeeded&since=24h`,
      ready: async (page) => {
        await lines(page).nth(3).waitFor()
        for (const index of [1, 2]) await lines(page).nth(index).getByRole('checkbox').check()
        await page.getByRole('button', { name: 'Started by' }).click()
      },
    },
    {
      name: 'runs-none',
      path: `${place}/runs?phase=failed&task=bakery&label=team=ovens`,
      ready: (page) =>
        page
          .getByRole('button', { name: /Without/ })
          .first()
          .waitFor(),
    },
    {
      name: 'task-code',
      path: `${place}/tasks/oven.bake?tab=code`,
      ready: (page) => page.locator('[aria-current=location]').waitFor(),
    },
    {
      name: 'task-compare',
      path: `${place}/tasks/oven.bake?tab=compare`,
      ready: (page) => page.getByLabel('Changes of oven.ts').waitFor(),
    },
    {
      name: 'launch',
      path: `${place}/tasks/bakery.deliver?launch=yes`,
      ready: async (page) => {
        const form = page.getByRole('dialog')
        await form.getByRole('button', { name: 'Add to basket.lines' }).click()
        await form.getByLabel('item').fill('bread')
        await form.getByLabel('Kind of to').selectOption('integer')
        await form.locator('[id="launch-to"]').fill('twelve')
        await form.getByRole('button', { name: 'Start the run' }).click()
        await form.getByText('It takes a whole number.').waitFor()
      },
    },
    {
      name: 'launch-files',
      path: `${place}/tasks/bakery.weigh?launch=yes`,
      ready: async (page) => {
        const form = page.getByRole('dialog')
        const recipe = { name: 'recipe.txt', mimeType: 'text/plain', buffer: Buffer.from('two eggs') }
        await form.getByLabel('Files for recipe').setInputFiles(recipe)
        await form.getByText('Sent recipe.txt').waitFor()
        await form.getByText('Options of the run').click()
        await form.getByRole('button', { name: 'Add a label' }).click()
        await form.getByLabel('Name of label 1').fill('team')
        await form.getByLabel('Value of label 1').fill('ovens')
      },
    },
    {
      name: 'run-code',
      path: `${place}/runs/${failed}?a=a0&tab=code`,
      ready: (page) => page.locator('[aria-current=location]').waitFor(),
    },
  ]
}
