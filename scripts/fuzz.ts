import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

// Tries the properties of the tests more often than the tests do, from other seeds each time. A property that fails prints
// its seed and path, as it does in the tests: `{ seed, path }` in its fc.assert tries that again.

const usage = 'usage: npm run fuzz -- [--factor 20] [PATH …]\nPATH: test files, or parts of their names; all otherwise'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { factor: { type: 'string', default: '20' }, help: { type: 'boolean', short: 'h' } },
})

function misused(problem: string): never {
  console.error(`${problem}\n${usage}`)
  process.exit(2)
}

if (values.help) {
  console.log(usage)
  process.exit(0)
}
if (!/^[1-9]\d*$/.test(values.factor)) misused(`--factor ${values.factor}: expected a whole number, from 1`)

const root = join(import.meta.dirname, '..')
const files = globSync('packages/*/{src,test}/**/*.test.ts', { cwd: root }).filter(
  (file) =>
    readFileSync(join(root, file), 'utf8').includes("from 'fast-check'") &&
    (positionals.length === 0 || positionals.some((part) => file.includes(part))),
)
if (files.length === 0) misused(`no test with properties is called ${positionals.join(' or ')}`)

const { status } = spawnSync('vitest', ['run', '--config', '.config/vitest.config.ts', '--project', 'unit', ...files], {
  cwd: root,
  env: { ...process.env, TERN_FUZZ_FACTOR: values.factor },
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
process.exitCode = status ?? 1
