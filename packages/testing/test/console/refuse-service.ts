import type { Page } from 'playwright-core'

const statuses = { unimplemented: 501, permission_denied: 403 } as const

/**
 * Makes a page see a service that refuses everything, as servers of another make do, and those that know who may do what.
 * @returns what ends that
 */
export async function refuseService(
  page: Page,
  service: string,
  code: keyof typeof statuses,
): Promise<() => Promise<void>> {
  const calls = `**/${service}/*`
  await page.route(calls, (route) =>
    route.fulfill({
      status: statuses[code],
      contentType: 'application/json',
      body: JSON.stringify({ code, message: `${service} says no` }),
    }),
  )
  return () => page.unroute(calls)
}
