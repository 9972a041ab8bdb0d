import { findChromium, installChromium } from '../packages/testing/test/console/chromium.ts'

/** Tests of the console need a browser: CI installs one, other machines skip them where there is none. */
export default function setup(): void {
  if (process.env.CI === 'true' && findChromium() === undefined) installChromium()
}
