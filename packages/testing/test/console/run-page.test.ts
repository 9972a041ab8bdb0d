import { configure, run } from '@tern/sdk'
import type { TernServer } from '@tern/server'
import { pino } from 'pino'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import { accessibilityProblems, hasBrowser, launchBrowser, openPage } from './browser.ts'
import { breakfast, fan } from './console-tasks.ts'

describe.skipIf(!hasBrowser)('the page of a run', () => {
  let server: TernServer
  let browser: Browser

  beforeAll(async () => {
    server = await startTestServer({ logger: pino({ level: 'silent' }) })
    configure({ endpoint: server.url })
    browser = await launchBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('shows what belongs to a run, with groups folded and counted', async () => {
    const handle = await run(fan, { width: 40 })
    await handle.wait()
    const { page, problems } = await openPage(browser, handle.url!)
    await page.getByRole('treeitem', { name: 'doubles' }).waitFor()
    expect(await page.getByRole('treeitem').count()).toBe(2)
    await page.getByRole('tree').press('ArrowDown')
    await page.getByRole('tree').press('ArrowDown')
    await page.getByRole('tree').press('ArrowRight')
    await page.getByRole('treeitem', { name: 'double' }).nth(20).waitFor()
    expect(new URL(page.url()).search).toContain('open=a0/doubles')
    expect(problems).toEqual([])
    await page.context().close()
  })

  test.each(['light', 'dark'] as const)('is accessible, in the %s theme', async (colorScheme) => {
    const handle = await run(breakfast, {})
    await handle.wait().catch(() => undefined)
    const { page } = await openPage(browser, handle.url!, { colorScheme })
    await page.getByRole('treeitem', { name: 'pour' }).first().waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.context().close()
  })
})
