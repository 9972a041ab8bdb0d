import { join } from 'node:path'
import { createClient as createRpcClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { literalTypes, toLiteral } from '@tern/core'
import { ArtifactService } from '@tern/idl/artifact'
import { run } from '@tern/sdk'
import { deployFile } from '@tern/sdk/bundle'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { copiedText, hasBrowser } from './browser.ts'
import { count, train } from './console-artifacts.ts'
import { place, useSite } from './console-site.ts'

describe.skipIf(!hasBrowser)('artifacts', () => {
  const site = useSite()
  let made: readonly string[]

  const lines = (page: Page, list: string) => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')

  test('where there are none, it is said how to make one; they show up by themselves', async () => {
    const page = await site.open(`${place}/artifacts`)
    await page.getByText('There are no artifacts here yet').waitFor()
    await deployFile(site.client, join(import.meta.dirname, 'console-artifacts.ts'))
    const names: string[] = []
    for (const [id, error] of [
      ['spring', 0.5],
      ['summer', 0.1],
    ] as const) {
      const handle = await run(train, { id, error })
      await handle.wait()
      names.push(handle.name)
      await expect.poll(async () => (await page.getByRole('main').textContent()) ?? '').toContain(id)
    }
    made = names
    await (await run(count)).wait()
    await expect.poll(() => lines(page, 'Artifacts').count()).toBe(2)
    const forecast = lines(page, 'Artifacts').filter({ hasText: 'forecast' })
    await forecast.getByText('Predicts the demand of next week').waitFor()
    await forecast.getByText('summer').waitFor()
    await forecast.getByText('2 versions').first().waitFor()
    await forecast.getByText(`run ${names[1]}`).waitFor()
  })

  test('they are searched by name', async () => {
    const page = await site.open(`${place}/artifacts`)
    await lines(page, 'Artifacts').first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('CAST')
    await expect.poll(() => lines(page, 'Artifacts').count()).toBe(1)
    expect(page.url()).toContain('q=CAST')
    await lines(page, 'Artifacts').getByRole('link').click()
    await page.waitForURL('**/artifacts/forecast')
    await page.goto(`${site.server.url}${place}/artifacts?q=nothing`)
    await page.getByText('No artifact has this in its name').waitFor()
  })

  test('one shows its value, what made it, and what waits for it', async () => {
    const page = await site.open(`${place}/artifacts/forecast`)
    await page.getByText('0.1', { exact: true }).waitFor()
    await page.getByText('framework').waitFor()
    const trigger = lines(page, 'Triggers').getByRole('link')
    await trigger.getByText('Each version starts models.compare, as its input model').waitFor()
    await page.getByRole('link', { name: made[1]!, exact: true }).click()
    await page.waitForURL(`**/runs/${made[1]}?a=a0`)
    await page.goBack()
    await trigger.click()
    await page.waitForURL('**/triggers/models.compare/on-forecast')
  })

  test('an older version is chosen, and is in the address', async () => {
    const page = await site.open(`${place}/artifacts/forecast`)
    await page.getByRole('link', { name: /^spring/ }).click()
    await page.waitForURL('**/artifacts/forecast?version=spring')
    await page.getByText('0.5', { exact: true }).waitFor()
    expect(await page.getByRole('link', { name: /^spring/ }).getAttribute('aria-current')).toBe('page')
    await page.getByRole('link', { name: /^summer/ }).click()
    await page.getByText('0.1', { exact: true }).waitFor()
    expect(page.url()).not.toContain('version')
  })

  test('one that lies in storage is looked into', async () => {
    const page = await site.open(`${place}/artifacts/cities`)
    await page.getByRole('cell', { name: 'Gent' }).waitFor()
    await page.getByText('No trigger waits for it.').waitFor()
  })

  test('one from elsewhere says from where, and what is not there is said', async () => {
    const artifacts = createRpcClient(
      ArtifactService,
      createConnectTransport({ baseUrl: site.server.url, httpVersion: '1.1' }),
    )
    const name = { project: 'flytesnacks', domain: 'development', name: "the hub's weights" }
    await artifacts.createArtifact({
      artifactId: { name, version: '1.0' },
      spec: {
        value: toLiteral({ uri: 's3://elsewhere/weights.bin', hash: '' }, literalTypes.file()),
        type: literalTypes.file(),
        source: { source: { case: 'externalRef', value: 'hub://weights' } },
      },
    })
    const page = await site.open(`${place}/artifacts/${encodeURIComponent(name.name)}`)
    await page.getByText('weights.bin', { exact: true }).waitFor()
    await page.getByText('hub://weights').first().waitFor()
    expect(await page.getByRole('button', { name: 'Preview' }).count()).toBe(0)
    await page.goto(`${site.server.url}${place}/artifacts/nobody`)
    await page.getByRole('alert').getByText('Not found').waitFor()
  })

  test('it is copied as a command and as a program', async () => {
    const page = await site.open(`${place}/artifacts/forecast?version=spring`)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const copied = (kind: string) =>
      copiedText(page, async () => {
        await page.getByRole('button', { name: 'Copy as' }).click()
        await page.getByRole('menuitem', { name: kind }).click()
      })
    const { host } = new URL(site.server.url)
    expect(await copied('CLI command')).toBe(
      `tern get artifact forecast spring --endpoint ${host} -p flytesnacks -d development`,
    )
    expect(await copied('TypeScript')).toContain("client.artifacts.get('forecast', 'spring')")
    expect(await copied('Python')).toContain('flyte.remote.Artifact.get("forecast", "spring")')
  })

  test.each(['artifacts', 'artifacts/forecast', 'artifacts/cities'])('%s: everybody can use it', async (path) => {
    await site.expectAccessible(`${place}/${path}`, async (page) => {
      await page
        .getByText(/forecast|Delft/)
        .first()
        .waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    })
  })
})
