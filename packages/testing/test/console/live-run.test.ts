import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, run } from '@tern/sdk'
import { ServerProcess } from '@tern/test-support/server-process'
import type { Browser, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, launchBrowser, openPage } from './browser.ts'
import { asking, patient } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('a run that is looked at', () => {
  let folder: string
  let server: ServerProcess
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tern-console-'))
    server = await ServerProcess.start({ dataDir: folder, log: 'ignore' })
    configure({ endpoint: server.url })
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('is followed through the end of its server and the next one, without a reload', async () => {
    const handle = await run(asking, {})
    const { page, problems } = await openPage(browser, handle.url!)
    await page.evaluate('window.isSamePage = true')
    await page.getByRole('treeitem', { name: 'taste' }).click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()

    await server.kill()
    await page.getByText('The server is away').waitFor()
    // What was known is still there to be read.
    expect(await page.getByRole('treeitem', { name: 'taste' }).count()).toBe(1)

    server = await ServerProcess.start({ dataDir: folder, port: server.port, log: 'ignore' })
    await page.getByText('The server is away').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { level: 1 }).getByText('Succeeded').waitFor()
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    expect(unexpected(problems)).toEqual([])
    await page.context().close()
  })

  test('shows what its code was still on its way for when the server went', async () => {
    const handle = await run(asking, {})
    const { page, problems } = await openPage(browser, server.url)
    const held: Route[] = []
    await page.route('**/markdown-*.js', (route) => void held.push(route))
    await page.goto(handle.url!)
    await page.getByRole('treeitem', { name: 'taste' }).click()
    await expect.poll(() => held.length).toBe(1)

    await server.kill()
    // None is held any more, and the one that was comes to nothing, as its server did.
    await page.route('**/markdown-*.js', (route) => route.continue())
    await held[0]?.abort()
    await page.getByText('The server is away').waitFor()

    server = await ServerProcess.start({ dataDir: folder, port: server.port, log: 'ignore' })
    await page.locator('strong', { hasText: 'good' }).waitFor()
    await page.getByText('The server is away').waitFor({ state: 'detached' })
    await handle.abort('seen')
    expect(unexpected(problems)).toEqual([])
    await page.context().close()
  })

  test('leads to pages that come once the server is there again', async () => {
    const handle = await run(asking, {})
    const { page, problems } = await openPage(browser, handle.url!)
    await page.getByRole('treeitem', { name: 'taste' }).waitFor()
    await page.evaluate('window.isSamePage = true')

    await server.kill()
    await page.getByRole('link', { name: 'Secrets', exact: true }).click()
    await page.waitForURL('**/secrets')
    await page.getByText('The server is away').waitFor()

    server = await ServerProcess.start({ dataDir: folder, port: server.port, log: 'ignore' })
    await page.getByRole('heading', { level: 1, name: 'Secrets' }).waitFor()
    await page.getByText('The server is away').waitFor({ state: 'detached' })
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    await handle.abort('seen')
    expect(unexpected(problems)).toEqual([])
    await page.context().close()
  })

  test('keeps what it has told when its server goes', async () => {
    const handle = await run(patient, {})
    const { page, problems } = await openPage(browser, `${handle.url}?tab=logs`)
    const log = page.getByRole('log')
    await log
      .getByText(/^line \d+$/)
      .first()
      .waitFor()

    await server.kill()
    await page.getByText('The server is away').waitFor()
    expect(await log.getByText(/^line \d+$/).count()).toBeGreaterThan(0)

    server = await ServerProcess.start({ dataDir: folder, port: server.port, log: 'ignore' })
    await page.getByText('The server is away').waitFor({ state: 'detached' })
    await handle.abort('seen')
    await page.getByRole('heading', { level: 1 }).getByText('Aborted').waitFor()
    expect(unexpected(problems)).toEqual([])
    await page.context().close()
  })
})

/** A server that is not there is no fault of the page. */
function unexpected(problems: readonly string[]): readonly string[] {
  return problems.filter((problem) => !/ERR_|Failed to load/.test(problem))
}
