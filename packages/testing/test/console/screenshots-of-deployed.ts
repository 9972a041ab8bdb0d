import { join } from 'node:path'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { TernClient } from '@tern/sdk/client'
import { train } from './console-artifacts.ts'
import type { Shot } from './screenshots.ts'

const place = '/v2/domain/development/project/flytesnacks'

/** Of workflows, launch plans and artifacts. `run` goes to the same server as the client. */
export async function makeDeployedShots(client: TernClient): Promise<ReadonlyArray<Shot>> {
  const deploy = (file: string) => deployFile(client, join(import.meta.dirname, file))
  await deploy('console-artifacts.ts')
  for (const [id, error] of [
    ['2026-w44', 0.31],
    ['2026-w45', 0.22],
    ['2026-w46', 0.14],
  ] as const) {
    await (await run(train, { id, error })).wait()
  }
  const { version: before } = await deploy('console-delivery-before.ts')
  await deploy('console-delivery.ts')
  await deploy('console-plans.ts')
  for (const day of [1, 2, 3]) {
    const handle = await client.launchPlans.launch('nightly-invoices', { day: new Date(Date.UTC(2026, 2, day)) })
    await handle.wait()
  }
  return [
    {
      name: 'artifact',
      path: `${place}/artifacts/forecast`,
      ready: (page) => page.getByText('Each version starts models.compare').waitFor(),
    },
    {
      name: 'workflow',
      path: `${place}/workflows/shop.delivery?node=n2`,
      ready: (page) => page.getByRole('link', { name: /shop\.cheapest/ }).waitFor(),
    },
    {
      name: 'workflow-changes',
      path: `${place}/workflows/shop.delivery?view=versions&against=${before}`,
      ready: (page) => page.getByText('The workflow itself').waitFor(),
    },
    {
      name: 'launch-plan',
      path: `${place}/launch-plans/nightly-invoices`,
      ready: async (page) => {
        await page.getByRole('list', { name: 'Next launches' }).getByRole('listitem').first().waitFor()
        await page.getByRole('list', { name: 'Runs' }).getByRole('listitem').nth(2).waitFor()
      },
    },
  ]
}
