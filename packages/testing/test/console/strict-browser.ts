import type { Locator, Page } from 'playwright-core'
import { isSlow } from './slow-browser.ts'

/**
 * Finds locators that mean one element only if nothing else has come yet: `TERN_STRICT_BROWSER=1 npx vitest run …/test/console`. Each
 * is looked at again for a while before it is acted on, or after it was waited for; one that comes to mean several is a problem
 * of its test, which fails.
 */
export const isStrict = (process.env.TERN_STRICT_BROWSER ?? '') !== ''

const watchedMs = isSlow ? 1_500 : 700
const stepMs = 35

const acts = ['click', 'fill', 'hover', 'check', 'uncheck', 'selectOption', 'press', 'focus', 'setInputFiles']
const looks = ['waitFor', 'textContent', 'innerText', 'getAttribute', 'inputValue', 'boundingBox', 'isChecked']

type Method = (this: Locator, ...given: unknown[]) => Promise<unknown>

const problemsOf = new WeakMap<Page, string[]>()
let isPatched = false

/** Watches the locators of a page that was just made. */
export function beStrict(page: Page, problems: string[]): void {
  problemsOf.set(page, problems)
  if (isPatched) return
  isPatched = true
  const methods = Object.getPrototypeOf(page.locator('html')) as Record<string, Method>
  for (const name of acts) methods[name] = watchedBefore(name, methods[name]!)
  for (const name of looks) methods[name] = watchedAfter(name, methods[name]!)
}

function watchedBefore(name: string, act: Method): Method {
  return async function (...given) {
    await this.first().waitFor({ state: 'attached' })
    await watch(this, `before ${name}`)
    return act.apply(this, given)
  }
}

function watchedAfter(name: string, look: Method): Method {
  return async function (...given) {
    const result = await look.apply(this, given)
    await watch(this, `after ${name}`)
    return result
  }
}

async function watch(locator: Locator, when: string): Promise<void> {
  const until = Date.now() + watchedMs
  while (Date.now() < until) {
    const count = await locator.count().catch(() => 0)
    if (count > 1) {
      problemsOf.get(locator.page())?.push(`${String(locator)} means ${count} elements (${when})`)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, stepMs))
  }
}
