import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

// The modules in the guides run as they stand: those that are tests, with the runner that they are for.

const root = join(import.meta.dirname, '../../..')
const bin = join(root, 'node_modules/.bin')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-testing-guide-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes the modules of a guide that `accepts` says, and gives their names. */
function write(guide: string, name: string, accepts: (code: string) => boolean): string[] {
  const text = readFileSync(join(root, 'docs', guide), 'utf8')
  const modules = [...text.matchAll(/^```ts\n((?:\/\/ .*\n)?import [^]*?)^```/gm)].map(([, code = '']) => code)
  return modules.filter(accepts).map((code, index) => {
    const file = /^\/\/ (\S+)/.exec(code)?.[1] ?? `${name}-${index}.test.ts`
    writeFileSync(join(folder, file), code)
    return file
  })
}

/** What a program prints, on both streams. */
async function output(program: string, args: readonly string[]): Promise<string> {
  // What this runner says to its own workers is not for others.
  const { PATH = '', TERN_LOCAL_DIR = '' } = process.env
  const options = { cwd: folder, env: { PATH, TERN_LOCAL_DIR, HOME: folder, NO_COLOR: '1' } }
  const { stdout, stderr } = await promisify(execFile)(program, [...args], options).catch(
    (error: unknown) => error as never,
  )
  return `${stdout}${stderr}`
}

test('the tests of the guide pass with vitest', async () => {
  const files = write('testing.md', 'guide', (code) => !code.includes("'node:test'"))
  expect(files).toEqual(['guide-0.test.ts', 'order.ts', 'order.test.ts'])
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `const conditions = ['@tern/source', 'module', 'node']
export default { resolve: { conditions }, ssr: { resolve: { conditions } }, test: { pool: 'forks' } }`,
  )
  const said = await output(process.execPath, [join(bin, 'vitest'), 'run', '--root', folder])
  expect(said).toMatch(/Test Files +2 passed \(2\)/)
  expect(said).toMatch(/Tests +4 passed \(4\)/)
})

test('and with node:test', async () => {
  const files = write('testing.md', 'node', (code) => code.includes("'node:test'"))
  expect(files).toHaveLength(1)
  const said = await output(process.execPath, ['-C', '@tern/source', '--test', '--test-reporter=tap', ...files])
  expect(said).toMatch(/^# pass 1$/m)
})

test('the program of the guide to local runs says what became of its actions', async () => {
  const [file = ''] = write('local-mode.md', 'local', () => true)
  const said = await output(process.execPath, ['-C', '@tern/source', file])
  expect(said.split('\n')).toEqual([
    '6',
    'local-mode.main SUCCEEDED 1 disabled',
    ...[1, 2, 3].map(() => expect.stringMatching(/^local-mode\.fetch-page SUCCEEDED [01] (populated|hit)$/)),
    '',
  ])
})
