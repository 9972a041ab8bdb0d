import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from '@tern/server'
import { untilFree } from '@tern/test-support'

const program = fileURLToPath(new URL('./replica.ts', import.meta.url))

/** One of several servers on a database, in a process of its own. */
export class ReplicaProcess {
  /** `http://host:port`. */
  readonly url: string
  readonly pid: number
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>
  /** Why it ended, once it has by itself. */
  fatal: string | undefined

  private constructor(process: ChildProcess, url: string) {
    this.#process = process
    this.#exited = once(process, 'exit')
    this.url = url
    this.pid = process.pid!
  }

  /** Resolves once it serves requests. Rejects with what it said when it ends before that. */
  static async start(options: ServerOptions): Promise<ReplicaProcess> {
    await untilFree(options.port ?? 0)
    const args = ['-C', '@tern/source', program, JSON.stringify({ port: 0, ...options })]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const said: string[] = []
    child.stderr!.setEncoding('utf8').on('data', (text: string) => said.push(text))
    let replica: ReplicaProcess | undefined
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: child.stdout! })
      lines.on('line', (line) => {
        const { url, fatal } = JSON.parse(line) as { readonly url?: string; readonly fatal?: string }
        if (url !== undefined) resolve((replica = new ReplicaProcess(child, url)))
        else if (replica !== undefined) replica.fatal = fatal
      })
      child.once('exit', () => reject(new Error(`the server ended before it was ready: ${said.join('')}`)))
    })
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Stops it as a person does. */
  async stop(): Promise<void> {
    if (!this.isRunning) return
    // One that stands still would not hear of it.
    this.thaw()
    this.#process.kill('SIGTERM')
    await this.#exited
  }

  /** Ends it with no chance to do anything about it. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  /** Stands still, as a machine does that is suspended. */
  freeze(): void {
    this.#process.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process.kill('SIGCONT')
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#exited
    return this.#process.exitCode
  }
}
