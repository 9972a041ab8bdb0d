import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { expect } from 'vitest'
import { ended, repository } from './tern-process.ts'

const emulator = fileURLToPath(new URL('./fixtures/terminal.py', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** The command on a pseudo terminal of 30 lines of 100 characters. */
export class Terminal {
  private readonly process: ChildProcess
  private drawn = ''
  /** Where in what is drawn, control characters aside, the last thing that was waited for ends. */
  private seen = 0

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = '', TERN_LOCAL_DIR = '' } = process.env
    this.process = spawn('python3', [emulator, process.execPath, '-C', '@tern/source', main, ...args], {
      cwd: repository,
      env: { PATH, TERN_LOCAL_DIR, HOME: '/nonexistent', TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.drawn += text
    })
  }

  /** Waits until something is drawn after what was waited for last. */
  async sees(text: string): Promise<void> {
    const since = () => stripVTControlCharacters(this.drawn).slice(this.seen)
    await expect.poll(since).toContain(text)
    this.seen += since().indexOf(text) + text.length
  }

  types(text: string): void {
    this.process.stdin?.write(text)
  }

  /** Waits until the command has ended, and gives its exit code. */
  async ended(): Promise<number | null> {
    await ended(this.process)
    return this.process.exitCode
  }

  /** Ends it, whatever it does. */
  async close(): Promise<void> {
    this.process.kill('SIGTERM')
    await ended(this.process)
  }
}
