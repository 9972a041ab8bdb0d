import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { isFree, lastingPort, untilFree } from './lasting-port.ts'

const command = fileURLToPath(new URL('../../cli/bin/tern.mjs', import.meta.url))

const longestIgnored = 10_000
const mostAttempts = 3

export interface ServerProcessOptions {
  readonly dataDir: string
  /** Port to bind. Defaults to a free one, which stays so while the server is down. */
  readonly port?: number | undefined
  /** Address of its database. Defaults to the embedded one, in `dataDir`. */
  readonly database?: string | undefined
  /** Interpreter of Python tasks. Defaults to the server's own choice. */
  readonly python?: string | undefined
  /** Options of Node, before the program: a profiler, a memory limit. */
  readonly nodeOptions?: ReadonlyArray<string>
  /** Further options of `tern start`. */
  readonly args?: ReadonlyArray<string>
  /** Where its log goes. Defaults to this process's standard error; `ignore` where a test provokes warnings: then it is shown if the server does not start. */
  readonly log?: 'inherit' | 'ignore'
}

/** The built server in a process of its own, as `tern start` runs it. */
export class ServerProcess {
  /** `http://host:port`. */
  readonly url: string
  readonly pid: number
  readonly #process: ChildProcess
  readonly #exited: Promise<unknown>

  private constructor(process: ChildProcess, url: string) {
    this.#process = process
    this.#exited = once(process, 'exit')
    this.url = url
    this.pid = process.pid!
  }

  /** Resolves once it serves requests. Rejects when it ends before that. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    if (options.port !== undefined) {
      await untilFree(options.port)
      return ServerProcess.#startOn(options.port, options)
    }
    for (let attempt = 1; ; attempt++) {
      const port = await lastingPort()
      try {
        return await ServerProcess.#startOn(port, options)
      } catch (error) {
        // Another process may have chosen the same one at the same time.
        if (attempt === mostAttempts || (await isFree(port))) throw error
      }
    }
  }

  static async #startOn(port: number, options: ServerProcessOptions): Promise<ServerProcess> {
    const { dataDir, database, python, nodeOptions = [], log = 'inherit' } = options
    const told = ['--port', String(port), '--data-dir', dataDir, '-o', 'json', ...(options.args ?? [])]
    const args = [...nodeOptions, command, 'start', ...told]
    if (python !== undefined) args.push('--python', python)
    // Not an argument: those are for all users of the machine to see, and an address may hold a password.
    const env = database === undefined ? process.env : { ...process.env, TERN_DATABASE: database }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', log === 'ignore' ? 'pipe' : log] })
    let ignored = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      ignored = (ignored + text).slice(-longestIgnored)
    })
    for await (const line of createInterface({ input: child.stdout! })) {
      const { url } = JSON.parse(line) as { readonly url: string }
      return new ServerProcess(child, url)
    }
    throw new Error(`the server ended before it was ready\n${ignored}`)
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** Stops it as a person does. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM')
    await this.#exited
  }

  /** Ends it with no chance to do anything about it. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#exited
  }
}
