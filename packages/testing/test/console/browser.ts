import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findChromium } from './chromium.ts'
import { isSlow, slowDown } from './slow-browser.ts'
import { beStrict, isStrict } from './strict-browser.ts'

/** Without a browser, tests of the console are skipped; in CI they fail. */
export const hasBrowser = findChromium() !== undefined || process.env.CI === 'true'

// The last ones keep it from calling home.
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** @param more flags of its command */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('there is no Chromium; TERN_CHROMIUM names one')
  return chromium.launch({ executablePath, args: [...flags, ...more] })
}

export const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
} as const

/** A page that remembers what went wrong in it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors of scripts, of the content security policy, and requests to other hosts. */
  readonly problems: string[]
}

/** Opens a page in a profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: sizes.desktop, ...options })
  // A worker that has to start first takes its time on a busy machine.
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  if (isSlow) await slowDown(context, page)
  const problems: string[] = []
  if (isStrict) beStrict(page, problems)
  const origin = new URL(url).origin
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`))
  page.on('console', (message) => {
    // What the browser itself says about requests that fail is said by the page as well.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
      problems.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, problems }
}

/** What the clipboard has once something was copied. The page has to be allowed to read it. */
export async function copiedText(page: Page, copy: () => Promise<unknown>): Promise<string> {
  await page.evaluate(`navigator.clipboard.writeText('')`)
  await copy()
  // Pages write to it in their own time.
  return (await page.evaluate(`(async () => {
    for (;;) {
      const text = await navigator.clipboard.readText()
      if (text !== '') return text
      await new Promise(requestAnimationFrame)
    }
  })()`)) as string
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** What a page has against the rules of WCAG 2.2 AA; a line for each rule with the elements that break it. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Given as text, for it is not to be allowed by the page's policy.
  await page.evaluate(axe)
  return (await page.evaluate(`(async () => {
    const { violations } = await axe.run(document, { runOnly: ${JSON.stringify(rules)}, resultTypes: ['violations'] })
    return violations.map(({ id, help, nodes }) =>
      id + ': ' + help + '\\n' + nodes.slice(0, 4).map(({ html, failureSummary }) => '  ' + html + '\\n    ' + failureSummary).join('\\n'))
  })()`)) as string[]
}
