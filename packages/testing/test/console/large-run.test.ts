import { configure, run } from '@tern/sdk'
import type { TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, launchBrowser, openPage } from './browser.ts'
import { crowd } from './console-tasks.ts'

// TERN_LARGE_RUN=200000 measures what the page is made for; what is measured is printed, and held to very little, for
// nobody knows what else the machine has to do.
const width = Number(process.env.TERN_LARGE_RUN ?? 20_000)
const rowHeight = 30

interface Frames {
  readonly count: number
  readonly medianMs: number
  readonly p95Ms: number
}

describe.skipIf(!hasBrowser)(`a run of ${width} actions`, () => {
  let server: TernServer
  let browser: Browser
  let url: string

  beforeAll(async () => {
    server = await startTestServer({ logger: pino({ level: 'silent' }) })
    configure({ endpoint: server.url })
    browser = await launchBrowser()
    const handle = await run(crowd, { width })
    await handle.wait()
    url = handle.url!
  })

  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  const rowsOf = async (page: Page) =>
    Math.round(
      Number(await page.evaluate(`document.querySelector('[role=tree]')?.firstElementChild.scrollHeight ?? 0`)) /
        rowHeight,
    )

  test('opens, scrolls and is filtered, and only a part of it is in the page', async () => {
    const measured: Record<string, number> = { actions: width }
    const time = async (name: string, work: () => Promise<unknown>) => {
      const since = performance.now()
      await work()
      measured[name] = Math.round(performance.now() - since)
    }
    const { page, problems } = await openPage(browser, `${server.url}/v2/domain/development/project/flytesnacks/runs`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await time('openMs', async () => {
      await page.goto(`${url}?a=none&open=a0/crowd`)
      await page.getByRole('treeitem', { name: 'odd' }).first().waitFor()
    })
    await expect.poll(() => rowsOf(page)).toBe(width + 2)

    const frames = (await page.evaluate(`(async () => {
      const tree = document.querySelector('[role=tree]')
      const times = []
      let last = performance.now()
      for (const until = last + 2000; last < until; ) {
        tree.scrollTop += 90
        await new Promise(requestAnimationFrame)
        const now = performance.now()
        times.push(now - last)
        last = now
      }
      times.sort((a, b) => a - b)
      return { count: times.length, medianMs: times[times.length >> 1], p95Ms: times[Math.floor(times.length * 0.95)] }
    })()`)) as Frames
    measured.frameMedianMs = Math.round(frames.medianMs * 10) / 10
    measured.frameP95Ms = Math.round(frames.p95Ms * 10) / 10

    await time('jumpMs', async () => {
      await page.evaluate(`document.querySelector('[role=tree]').scrollTop = ${(width / 2) * rowHeight}`)
      await expect
        .poll(() => page.evaluate(`[...document.querySelectorAll('[role=treeitem]')].every((row) => row.dataset.id)`), {
          interval: 5,
        })
        .toBe(true)
    })
    await time('filterPhaseMs', async () => {
      await page.getByTitle('Failed: show only these').click()
      await expect.poll(() => rowsOf(page), { interval: 5 }).toBe(Math.ceil(width / 1000) + 2)
    })
    await time('filterNameMs', async () => {
      await page.getByLabel('Filter actions by name').fill('nobody')
      await page.getByText('No action passes the filter').waitFor()
    })
    measured.heapMiB = Math.round(Number(await page.evaluate('performance.memory.usedJSHeapSize')) / 2 ** 20)
    process.stdout.write(`RESULT_JSON:${JSON.stringify({ shape: 'console', ...measured })}\n`)
    expect(await page.locator('[role=treeitem]').count()).toBeLessThan(100)
    // What the page holds does not grow with the run.
    expect(measured.heapMiB).toBeLessThan(150)
    expect(problems).toEqual([])
  })
})
