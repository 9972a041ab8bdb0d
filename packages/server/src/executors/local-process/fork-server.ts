import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { UnpackedBundle } from './code-bundles.ts'
import type { ForkOutputs } from './fork-outputs.ts'
import { forksVariable, type ProcessExit, type StartedProcess } from './started-process.ts'

/** Code that is imported before the first process is forked. */
export interface SharedCode {
  /** Folder with the code, of which it makes a copy; null where it is installed. */
  readonly source: string | null
  readonly modules: ReadonlyArray<string>
}

export interface ForkServerOptions {
  readonly python: string
  readonly env: Readonly<Record<string, string>>
  readonly outputs: ForkOutputs
  /** How long what still runs may take to end when this server is gone, in milliseconds. */
  readonly graceMs: number
  /** How long its imports may take, in milliseconds. */
  readonly warmUpMs: number
  /** With the folder for its copy. */
  readonly shared: (SharedCode & { readonly folder: string }) | null
}

/** What a forked process runs: arguments of Flyte's entry point, all variables, and a working folder. */
export interface ForkRequest {
  readonly argv: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Is copied into the working folder first, so that it need not be unpacked there; null for none. */
  readonly bundle: UnpackedBundle | null
}

interface Fork {
  readonly started: PromiseWithResolvers<number | undefined>
  readonly exit: PromiseWithResolvers<ProcessExit>
}

type Message =
  | { readonly ready: true }
  | { readonly unsafe: string }
  | { readonly started: number; readonly pid: number }
  | { readonly refused: number; readonly reason: string }
  | { readonly ended: number; readonly code: number | null; readonly signal: number | null }

const program = fileURLToPath(new URL('../../../python/fork_server.py', import.meta.url))
const longestComplaint = 2000
const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]))

/** A Python process that has imported what tasks need, and forks a process for each. */
export class ForkServer {
  /** Null when it can fork, and why not when it cannot. Never rejects. */
  readonly ready: Promise<string | null>
  readonly exited: Promise<unknown>
  readonly #options: ForkServerOptions
  readonly #process: ChildProcess
  readonly #control: Socket
  readonly #readiness = Promise.withResolvers<string | null>()
  readonly #forks = new Map<number, Fork>()
  #complaint = ''
  #isGone = false

  constructor(options: ForkServerOptions) {
    this.#options = options
    const { python, env, outputs, graceMs, shared } = options
    const args = [
      program,
      outputs.address,
      String(graceMs / 1000),
      ...(shared === null ? [] : [JSON.stringify(shared)]),
    ]
    const ownEnv = { ...env, [forksVariable]: outputs.address }
    this.#process = spawn(python, args, {
      cwd: '/',
      env: ownEnv,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#control = this.#process.stdio[3] as Socket
    this.ready = this.#readiness.promise
    this.exited = once(this.#process, 'close').catch(() => {})
    this.#listen()
    const timer = setTimeout(() => this.kill(), options.warmUpMs)
    void this.ready.then(() => clearTimeout(timer))
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Processes that have not ended. */
  get running(): number {
    return this.#forks.size
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** Undefined when no process was made: it has to be started in another way. Never rejects. */
  async fork(request: ForkRequest): Promise<StartedProcess | undefined> {
    if ((await this.ready) !== null || this.#isGone) return undefined
    const output = this.#options.outputs.expect()
    const fork: Fork = { started: Promise.withResolvers(), exit: Promise.withResolvers() }
    this.#forks.set(output.number, fork)
    this.#control.write(`${JSON.stringify({ start: output.number, ...request })}\n`)
    const pid = await fork.started.promise
    if (pid === undefined) {
      output.forget()
      return undefined
    }
    const [stdout, stderr] = await Promise.all([output.stdout, output.stderr])
    output.forget()
    const exit = fork.exit.promise
    const forks = this.#options.outputs.address
    return { pid, forks, stdout, stderr, exit, closed: Promise.all([exit, closed(stdout), closed(stderr)]) }
  }

  /** Ends it at once, and with it whatever it has forked that still runs. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }

  /** What happens when this process is killed: it ends what it has forked, and then itself. */
  hangUp(): void {
    this.#control.destroy()
  }

  #listen(): void {
    // Nothing is written there before a task does.
    this.#process.stdout?.resume()
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-longestComplaint)
    })
    this.#control.on('error', () => {})
    createInterface({ input: this.#control }).on('line', (line) => this.#receive(JSON.parse(line) as Message))
    this.#process.once('error', (error) => this.#end(error.message))
    this.#process.once('close', (code, signal) => this.#end(signal ?? `exit code ${code}`))
  }

  #receive(message: Message): void {
    if ('ready' in message) this.#readiness.resolve(null)
    else if ('unsafe' in message) this.#readiness.resolve(message.unsafe)
    else if ('started' in message) this.#forks.get(message.started)?.started.resolve(message.pid)
    else if ('refused' in message) this.#forget(message.refused)
    else this.#settle(message.ended, message.code, message.signal)
  }

  #settle(number: number, code: number | null, signal: number | null): void {
    const fork = this.#forks.get(number)
    this.#forks.delete(number)
    const name = signal === null ? null : (signalNames.get(signal) ?? 'SIGKILL')
    fork?.exit.resolve({ code, signal: name, error: null })
  }

  #forget(number: number): void {
    this.#forks.get(number)?.started.resolve(undefined)
    this.#forks.delete(number)
  }

  /** Its processes have gone with it. */
  #end(how: string): void {
    this.#isGone = true
    this.#readiness.resolve(`it ended (${how}): ${this.#complaint.trim()}`)
    for (const { started, exit } of this.#forks.values()) {
      started.resolve(undefined)
      exit.resolve({
        code: null,
        signal: null,
        error: null,
        lost: `the process that it was forked from ended (${how})`,
      })
    }
    this.#forks.clear()
  }
}

function closed(socket: Socket): Promise<unknown> {
  return socket.closed ? Promise.resolve() : once(socket, 'close').catch(() => {})
}
