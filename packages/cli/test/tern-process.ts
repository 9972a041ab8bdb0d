import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../..', import.meta.url))

/** Tasks for these tests, as a path from the repository's root. */
export const fixture = 'packages/cli/test/fixtures/tasks.ts'

const main = join(repository, 'packages/cli/src/main.ts')

export interface TernOptions {
  /** Defaults to the repository's root. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Calls the real command, from its sources, and waits for its end. */
export async function tern(args: readonly string[], options: TernOptions = {}): Promise<Finished> {
  const child = spawnTern(args, options)
  child.stdin?.end(options.stdin ?? '')
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!), ended(child)])
  return { code: child.exitCode, stdout, stderr }
}

/** Starts the real command, for a test that talks to it while it runs. */
export function spawnTern(args: readonly string[], { cwd = repository, env = {} }: TernOptions = {}): ChildProcess {
  return spawn(process.execPath, ['-C', '@tern/source', main, ...args], {
    cwd,
    // No home, so that no config file of the person who runs the tests is found.
    env: {
      PATH: process.env['PATH'] ?? '',
      TERN_LOCAL_DIR: process.env['TERN_LOCAL_DIR'] ?? '',
      HOME: '/nonexistent',
      ...env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

export function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : once(child, 'exit').then(() => undefined)
}

/** A server that `tern start` runs, and commands that talk to it. */
export class TernServerProcess {
  readonly url: string
  readonly process: ChildProcess
  private readonly folder: string

  private constructor(process: ChildProcess, url: string, folder: string) {
    this.process = process
    this.url = url
    this.folder = folder
  }

  static async start({ dataDir }: { dataDir?: string } = {}): Promise<TernServerProcess> {
    const folder = dataDir ?? mkdtempSync(join(tmpdir(), 'tern-cli-'))
    const child = spawnTern(['start', '--port', '0', '--data-dir', folder, '-o', 'json'])
    child.stderr?.pipe(process.stderr)
    return new TernServerProcess(child, (await readyLine(child)).url, folder)
  }

  /** Calls the command with this server as its endpoint. */
  tern(args: readonly string[], options: TernOptions = {}): Promise<Finished> {
    return tern(args, { ...options, env: { TERN_ENDPOINT: this.url, ...options.env } })
  }

  /** Calls the command with `-o json`, and reads what it prints. Rejects when it fails. */
  async json<T>(args: readonly string[], options: TernOptions = {}): Promise<T> {
    const { code, stdout, stderr } = await this.tern([...args, '-o', 'json'], options)
    if (code !== 0) throw new Error(`tern ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM')
    await ended(this.process)
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** What `tern start -o json` says when it is ready. Rejects when it ends before. */
export async function readyLine(child: ChildProcess): Promise<{ url: string; port: number }> {
  for await (const line of createInterface({ input: child.stdout! }))
    return JSON.parse(line) as { url: string; port: number }
  throw new Error('tern start ended before it was ready')
}
