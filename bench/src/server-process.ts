import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const command = fileURLToPath(new URL('../../packages/cli/bin/tern.mjs', import.meta.url))

/** The built server in a process of its own, on a fresh data folder. */
export class ServerProcess {
  readonly endpoint: string
  readonly pid: number
  readonly #process: ChildProcess
  readonly #dataDir: string

  private constructor(process: ChildProcess, endpoint: string, dataDir: string) {
    this.#process = process
    this.endpoint = endpoint
    this.pid = process.pid!
    this.#dataDir = dataDir
  }

  static async start(nodeOptions: ReadonlyArray<string>): Promise<ServerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'tern-bench-'))
    const args = [...nodeOptions, command, 'start', '--port', '0', '--data-dir', dataDir, '-o', 'json']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout! })) {
      const ready = JSON.parse(line) as { readonly url: string }
      return new ServerProcess(child, ready.url, dataDir)
    }
    throw new Error('the server ended before it was ready')
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
    rmSync(this.#dataDir, { recursive: true, force: true })
  }
}
