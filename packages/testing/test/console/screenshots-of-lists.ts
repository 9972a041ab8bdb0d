import { join } from 'node:path'
import { deployFile } from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'
import type { Page } from 'playwright-core'
import type { Shot } from './screenshots.ts'

const place = '/v2/domain/development/project/flytesnacks'

/** Of the first page, of a task, and of what there is beside runs. */
export async function makeListShots(client: TernClient): Promise<ReadonlyArray<Shot>> {
  await deployFile(client, join(import.meta.dirname, 'console-triggers.ts'))
  // Its runs would be in all pictures.
  await client.triggers.setActive({ task: 'clockwork.greet', name: 'soon' }, false)
  await (await client.runs.start('clockwork.tidy', { keep: 3 })).wait()
  for (const name of ['WAREHOUSE_PASSWORD', 'SLACK_TOKEN']) {
    await client.secrets.create({ name, value: 'unseen', scope: { domain: 'development', project: 'flytesnacks' } })
  }
  await client.secrets.create({ name: 'MAPS_KEY', value: 'unseen', scope: {} })
  const lines = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')
  return [
    { name: 'home', path: '/', ready: (page) => lines(page, 'Next schedules').first().waitFor() },
    { name: 'tasks', path: `${place}/tasks`, ready: (page) => page.getByText('clockwork').first().waitFor() },
    { name: 'task', path: `${place}/tasks/clockwork.tidy`, ready: (page) => page.getByText('keep').first().waitFor() },
    { name: 'triggers', path: `${place}/triggers`, ready: (page) => page.getByText('Asia/Tokyo').first().waitFor() },
    {
      name: 'trigger',
      path: `${place}/triggers/clockwork.tidy/nightly`,
      ready: (page) => lines(page, 'Next firings').nth(4).waitFor(),
    },
    { name: 'secrets', path: `${place}/secrets`, ready: (page) => lines(page, 'Secrets').nth(2).waitFor() },
  ]
}
