import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Runs every check but the tests, the quick ones first, and all of them even when one fails, so that one run tells all.
// Each is an npm script, to be run alone as well.
const checks = ['format:check', 'generated', 'lint', 'boundaries', 'unused', 'build', 'packed', 'api-reference:check']

const root = join(import.meta.dirname, '..')
const failed: string[] = []

for (const check of checks) {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', check], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    shell: process.platform === 'win32',
  })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? '✓' : '✗'} ${check} (${seconds} s)`)
  if (status === 0) continue
  failed.push(check)
  console.log(`\n${stdout}${stderr}\n`)
}

console.log(failed.length === 0 ? 'verify: all is well' : `verify: ${failed.join(', ')} failed`)
process.exitCode = failed.length === 0 ? 0 : 1
