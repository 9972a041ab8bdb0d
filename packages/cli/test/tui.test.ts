import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ended, repository, tern } from './tern-process.ts'

const emulator = fileURLToPath(new URL('./fixtures/terminal.py', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const tasks = 'packages/cli/test/fixtures/screen-tasks.ts'

let terminal: ChildProcess
let drawn: string

beforeEach(() => {
  drawn = ''
  const { PATH = '', TERN_LOCAL_DIR = '' } = process.env
  const command = [process.execPath, '-C', '@tern/source', main, 'run', '--local', '--tui', tasks, 'main']
  terminal = spawn('python3', [emulator, ...command], {
    cwd: repository,
    env: { PATH, TERN_LOCAL_DIR, HOME: '/nonexistent', TERM: 'xterm-256color' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  terminal.stdout?.setEncoding('utf8').on('data', (text: string) => {
    drawn += text
  })
})
afterEach(async () => {
  terminal.kill('SIGTERM')
  await ended(terminal)
})

/** Waits until something is drawn that was not there when it was waited for last. */
async function sees(text: string): Promise<void> {
  await expect.poll(() => stripVTControlCharacters(drawn), { timeout: 30_000 }).toContain(text)
  drawn = ''
}

function types(text: string): void {
  terminal.stdin?.write(text)
}

test('a run is looked at, answered, and left', async () => {
  await sees('Release it? (boolean)')
  types('/failed\r')
  types('G')
  types('4')
  await sees('RangeError: two is too many')
  types('3')
  await sees('this is leaf 2')
  types('\u001b')
  types('a')
  types('perhaps\r')
  await sees('not of type boolean')
  types('\u007f'.repeat(7))
  types('yes\r')
  await sees('q close')
  types('q')
  await sees('released: true')
  await ended(terminal)
  expect(terminal.exitCode).toBe(0)
})

test('a run that is left before its end is aborted, after a question', async () => {
  await sees('Release it? (boolean)')
  types('q')
  await sees('Abort it? (y/n)')
  types('y')
  await sees('aborted on the terminal')
  await ended(terminal)
  expect(terminal.exitCode).toBe(1)
})

test('where there is no terminal it says so', async () => {
  const { code, stderr } = await tern(['run', '--local', '--tui', tasks, 'main'])
  expect(code).toBe(2)
  expect(stderr).toContain('--tui needs a terminal')
})
