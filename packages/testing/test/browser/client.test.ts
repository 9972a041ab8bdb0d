import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tern/sdk/client'
import { build } from 'esbuild'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { startTestServer } from '@tern/test-support'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBrowser, launchBrowser } from '../console/browser.ts'
import { deployFile } from '@tern/sdk/bundle'

/** What a bundler for browsers makes of the page. It fails for what no browser has. */
async function bundledPage(): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2024',
    conditions: ['@tern/source'],
    logLevel: 'silent',
  })
  return result.outputFiles[0]!.text
}

test('the client is bundled for browsers, with nothing of Node in it', async () => {
  const code = await bundledPage()
  expect(code).not.toMatch(/require\(|from ["']node:|async_hooks|node:fs/)
})

describe.skipIf(!hasBrowser)('in a browser', () => {
  let folder: string
  let site: Server
  let origin: string
  let browser: Browser
  let server: Awaited<ReturnType<typeof startTestServer>>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tern-browser-'))
    const code = await bundledPage()
    site = createServer((_, answer) =>
      answer
        .setHeader('content-type', 'text/html;charset=utf-8')
        .end(`<!doctype html><script>${code.replaceAll('</script', '<\\/script')}</script>`),
    )
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    // A name that is not this machine's, as far as browser and server know.
    origin = `http://tools.example:${(site.address() as AddressInfo).port}`
    server = await startTestServer({
      dataDir: join(folder, 'data'),
      logger: pino({ level: 'silent' }),
      allowedOrigins: [origin],
    })
    await deployFile(createClient({ endpoint: server.url }), join(import.meta.dirname, '../client-tasks.ts'))
    browser = await launchBrowser(['--host-resolver-rules=MAP *.example 127.0.0.1'])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    site?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(address: string): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    await page.goto(address)
    return page
  }
  const look = (page: Page) =>
    page.evaluate(
      `look(${JSON.stringify(server.url)}).catch((error) => error.name + ': ' + error.message + ' ' + error.hint)`,
    )

  test('a page whose origin is allowed starts runs, watches them, and answers', async () => {
    const seen = await look(await open(origin))
    expect(seen).toEqual({
      outputs: { sum: 6, label: 'ä€😀', big: String(2n ** 60n), list: [2, 4] },
      inputs: { numbers: [1, 2], label: 'ä€😀', at: null },
      phases: ['SUCCEEDED'],
      lines: ['doubling 1', 'doubling 2'],
      runs: [expect.stringMatching(/^r[a-z0-9]{19}$/)],
      answered: 'approved 7',
      error: 'NotFoundError',
      file: 'contents',
    })
  })

  test('a run whose connection breaks before the answer is started again, and is one run', async () => {
    let broken = 0
    const proxy = createServer((asked, answer) => {
      const { method, url, headers } = asked
      const forwarded = request(new URL(url!, server.url), { method, headers }, (answered) => {
        if (method === 'POST' && url!.endsWith('/CreateRun') && broken < 2) {
          broken += 1
          answered.resume()
          asked.socket.destroy()
          return
        }
        answer.writeHead(answered.statusCode!, answered.headers)
        answered.pipe(answer)
      })
      // A stream that the page has left.
      forwarded.on('error', () => answer.destroy())
      answer.on('close', () => forwarded.destroy())
      asked.pipe(forwarded)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    try {
      const page = await open(origin)
      const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      expect(await page.evaluate(`start(${JSON.stringify(endpoint)})`)).toBe(1)
      expect(broken).toBe(2)
    } finally {
      proxy.closeAllConnections()
      await new Promise((resolve) => proxy.close(resolve))
    }
  })

  test('any other page is refused, and told so', async () => {
    const other = origin.replace('tools.example', 'other.example')
    expect(await look(await open(other))).toBe(
      `UnavailableError: no server answers at ${server.url} (set by the call) ` +
        `Start one that lets this page call it: tern start --allow-origin ${other}`,
    )
  })
})
