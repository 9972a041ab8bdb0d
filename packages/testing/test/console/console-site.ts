import { configure } from '@tern/sdk'
import { createClient, type TernClient } from '@tern/sdk/client'
import type { ServerOptions, TernServer } from '@tern/server'
import { startTestServer } from '@tern/test-support'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { accessibilityProblems, launchBrowser, openPage, sizes, type WatchedPage } from './browser.ts'

type PageOptions = NonNullable<Parameters<typeof openPage>[2]>

/** What the addresses of the usual project begin with. */
export const place = '/v2/domain/development/project/flytesnacks'

/** A server and a browser, for the tests of one file. */
export interface Site {
  readonly server: TernServer
  readonly client: TernClient
  /** For pages that are to have problems, or that the test loads by itself. */
  readonly browser: Browser
  /** Opens an address, or a path of the server, in a profile of its own that is closed when the test ends. */
  open(address?: string, options?: PageOptions): Promise<Page>
  /** Opens it in both themes and at both widths, and expects that axe has nothing against any of them. */
  expectAccessible(address: string, ready: (page: Page) => Promise<unknown>): Promise<void>
}

/**
 * Starts a server, to which the SDK's `run` goes then, and a browser for the tests of a `describe`. A test fails when its pages had
 * errors or asked another host for something.
 * @param options what all its pages have, such as a time zone
 */
export function useSite(options: PageOptions = {}, serverOptions: ServerOptions = {}): Site {
  let server: TernServer | undefined
  let browser: Browser | undefined
  const opened: WatchedPage[] = []
  beforeAll(async () => {
    server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }), ...serverOptions })
    configure({ endpoint: server.url })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  afterEach(async () => {
    const problems = opened.flatMap((each) => each.problems)
    await Promise.all(opened.splice(0).map(({ page }) => page.context().close()))
    expect(problems).toEqual([])
  })
  const site: Site = {
    get server() {
      return started(server)
    },
    get client() {
      return createClient({ endpoint: site.server.url })
    },
    get browser() {
      return started(browser)
    },
    async open(address = '/', more = {}) {
      const url = new URL(address, site.server.url).href
      const watched = await openPage(site.browser, url, { ...options, ...more })
      opened.push(watched)
      return watched.page
    },
    async expectAccessible(address, ready) {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const viewport of Object.values(sizes)) {
          const page = await site.open(address, { colorScheme, viewport })
          await ready(page)
          expect(await accessibilityProblems(page), `${colorScheme}, ${viewport.width} pixels`).toEqual([])
        }
      }
    },
  }
  return site
}

function started<Each>(each: Each | undefined): Each {
  if (each === undefined) throw new Error('it is started before the first test')
  return each
}
