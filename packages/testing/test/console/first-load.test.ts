import type { Response } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { hasBrowser, openPage } from './browser.ts'
import { useSite } from './console-site.ts'

const mostBytes = 300_000

describe.skipIf(!hasBrowser)('the first load', () => {
  const site = useSite()

  test('of a run is small, is compressed, comes from the server alone, and is kept for ever', async () => {
    const { page, problems } = await openPage(site.browser, `${site.server.url}/healthz`)
    const responses: Response[] = []
    page.on('response', (response) => responses.push(response))
    // It is loaded ahead when the page has been there for a while, which it may have been by the time that it says something.
    await page.route(/\/palette-(?!commands-)[^/]+\.js$/, () => undefined)
    await page.goto(`${site.server.url}/v2/domain/development/project/flytesnacks/runs/nobody`)
    await page.getByRole('alert').waitFor()
    const assets = responses.filter((response) => response.url().includes('/console/assets/'))
    expect(assets.length).toBeGreaterThan(3)
    const sizes = await Promise.all(
      responses.map(async (response) => Number((await response.allHeaders())['content-length'] ?? 0)),
    )
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    process.stdout.write(`first load: ${bytes} bytes in ${responses.length} responses\n`)
    expect(bytes).toBeLessThan(mostBytes)
    for (const asset of assets) {
      const headers = await asset.allHeaders()
      expect(headers['cache-control'], asset.url()).toContain('immutable')
      if (/\.(js|css)$/.test(asset.url())) expect(headers['content-encoding'], asset.url()).toMatch(/^(br|gzip)$/)
    }
    expect(problems).toEqual([])
  })

  test('allows no script that is not of the app', async () => {
    const { page } = await openPage(site.browser, site.server.url)
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    const ran = await page.evaluate(`new Promise((resolve) => {
      window.ran = 'nothing'
      const script = document.createElement('script')
      script.textContent = "window.ran = 'inline'"
      document.head.append(script)
      const image = document.createElement('img')
      image.setAttribute('onerror', "window.ran = 'attribute'")
      image.src = '/nothing'
      image.addEventListener('error', () => setTimeout(() => resolve(window.ran), 50))
      document.body.append(image)
    })`)
    expect(ran).toBe('nothing')
    await page.context().close()
  })
})
