import type { BrowserContext, Page, Route } from 'playwright-core'

/**
 * A browser on a slow machine, far from its server: `TERN_SLOW_BROWSER=7 npx vitest run …/test/console` finds what depends on the
 * order in which things happen to come. Assets and answers are held up for up to 0.8 s each, so that they overtake one another, and
 * scripts take four times as long. The number chooses the delays; others find others. What a test routes itself comes at once.
 */
const seed = process.env.TERN_SLOW_BROWSER
const longestDelayMs = 800
const slowdown = 4

export const isSlow = seed !== undefined && seed !== ''

let contexts = 0

/** Slows a page down that was just made. */
export async function slowDown(context: BrowserContext, page: Page): Promise<void> {
  contexts += 1
  const random = randomOf(Number(seed) * 1_000 + contexts)
  await context.route('**/*', (route) => holdUp(route, random).catch(ignoreClosed))
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
}

async function holdUp(route: Route, random: () => number): Promise<void> {
  const delay = () => new Promise((resolve) => setTimeout(resolve, random() * longestDelayMs))
  // An answer that is old when it comes is another matter than one that is asked for late. Streams are not to be held as a whole.
  const isCall = route.request().headers()['content-type'] === 'application/proto'
  if (!isCall || random() < 0.5) {
    await delay()
    return route.continue()
  }
  const response = await route.fetch()
  await delay()
  return route.fulfill({ response })
}

function ignoreClosed(error: unknown): void {
  if (!/closed|disposed|canceled|cancelled|ECONN|socket|aborted|already handled/i.test(String(error))) throw error
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function randomOf(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
