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

test('BUG-14: with node:test, too, a mock is gone with its test', async () => {
  writeFileSync(join(folder, 'mocks.test.ts'), mocks)
  const said = await output(process.execPath, ['-C', '@tern/source', '--test', '--test-reporter=tap', 'mocks.test.ts'])
  expect(said).toMatch(/^# pass 4$/m)
})

const mocks = `
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TaskEnvironment } from '@tern/sdk'
import { mockTask, runTask } from '@tern/testing'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'mocks' })
const one = env.task({ name: 'one', output: z.int() }, () => 1)
const main = env.task({ name: 'main', output: z.int() }, () => one())
const result = async () => (await runTask(main)).outputs()

test('first', async () => {
  mockTask(one, () => 2)
  assert.equal(await result(), 2)
})
test('second', async () => assert.equal(await result(), 1))
describe('at the same time', { concurrency: true }, () => {
  test('third', async () => {
    mockTask(one, () => 3)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await result(), 3)
  })
  test('fourth', async () => assert.equal(await result(), 1))
})
`

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
