import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CliIo, createProcessIo, runCli } from '@tern/cli'
import { startServer } from '@tern/server'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/** What a command printed, and how it ended. */
export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What `tern run --follow -o json` prints. */
export interface FinishedRun<O> {
  readonly name: string
  readonly phase: string
  readonly outputs: O
  readonly error: { readonly message: string } | null
}

export interface ExampleServer {
  /** Calls the `tern` command in this process, about this server. */
  tern(...args: string[]): Promise<Finished>
  /** Runs an example's `main` to its end. */
  run<O>(file: string, ...inputs: string[]): Promise<FinishedRun<O>>
  stop(): Promise<void>
}

/** A server of its own for the examples, in a temporary folder. */
export async function startExampleServer(): Promise<ExampleServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tern-examples-'))
  const server = await startServer({ port: 0, dataDir })
  const tern = (...args: string[]) => callTern(args, server.url)
  return {
    tern,
    async run(file, ...inputs) {
      const { stdout, stderr } = await tern('run', '--follow', '-o', 'json', file, 'main', ...inputs)
      if (stdout === '') throw new Error(stderr)
      return JSON.parse(stdout)
    },
    async stop() {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

// Once: it listens to this process's streams for good.
const own = createProcessIo()

/** Calls the `tern` command in this process, in the repository, about a server. */
export async function callTern(args: readonly string[], url: string): Promise<Finished> {
  const written = { stdout: '', stderr: '' }
  const io: CliIo = {
    stdout: { ...own.stdout, write: (text) => void (written.stdout += text), isTerminal: false },
    stderr: { ...own.stderr, write: (text) => void (written.stderr += text), isTerminal: false },
    env: { TERN_ENDPOINT: url },
    cwd: repository,
    homeDirectory: '/nonexistent',
    now: Date.now,
    timeZone: 'UTC',
    isInteractive: false,
    ask: () => Promise.reject(new Error('nobody is there to be asked')),
    readStdin: async () => new Uint8Array(),
    interrupted: new AbortController().signal,
  }
  const code = await runCli(args, io)
  return { code, ...written }
}
