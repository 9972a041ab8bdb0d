// Runs an npm script of this repository, installing dependencies first when they are missing or out of date.
// Usage: node scripts/bootstrap.mjs SCRIPT [ARGS…]
//
// Plain JavaScript on purpose: this is the one file that the host's own Node runs, which may be as old as 20.
// Everything after it runs on the Node that package.json brings along.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = join(root, 'node_modules', '.tern-install')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const [script, ...args] = process.argv.slice(2)
if (script === undefined) {
  console.error('usage: node scripts/bootstrap.mjs SCRIPT [ARGS…]')
  process.exit(2)
}

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const installed = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''
if (installed !== lock) {
  console.error('Installing dependencies …')
  run(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stampFile, lock)
}
run(['run', '--silent', script, ...(args.length > 0 ? ['--', ...args] : [])])

/** Runs npm and ends this process with npm's exit code when that is not zero. */
function run(npmArgs) {
  const result = spawnSync(npm, npmArgs, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (result.error) throw result.error
  if (result.status !== 0) process.exit(result.status ?? 1)
}
