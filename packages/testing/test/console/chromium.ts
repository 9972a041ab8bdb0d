import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const places = [
  process.env.TERN_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The browser of this machine, if it has one. TERN_CHROMIUM names another. */
export function findChromium(): string | undefined {
  return places.find((place) => place !== undefined && place !== '' && existsSync(place))
}

/** Installs a browser where CI has none: a Debian on which it is root. */
export function installChromium(): void {
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  execFileSync('apt-get', ['-qq', 'update'], options)
  execFileSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'chromium', 'fonts-liberation'], options)
}
