import { type ChildProcess, spawn } from 'node:child_process'
import { type Clock, systemClock } from '@tern/core'
import { LogLine_Stream } from '@tern/idl/worker'
import { LineLog } from './line-log.ts'

export interface TaskProcessOptions {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly graceMs: number
  readonly onLog: (chunk: Uint8Array, lineCount: number) => void
  /** Called once, when the process and its output have ended. */
  readonly onExit: (exit: ProcessExit) => void
  readonly clock?: Clock
}

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why it could not be started at all. */
  readonly error: Error | null
}

/** A task that runs as a process of its own, in a process group of its own: what it starts goes with it. */
export class TaskProcess {
  readonly #options: TaskProcessOptions
  readonly #process: ChildProcess
  readonly #log: LineLog
  readonly ended: Promise<void>
  #exited = false

  constructor(options: TaskProcessOptions) {
    this.#options = options
    this.#log = new LineLog(options.clock ?? systemClock, options.onLog)
    const [command, ...args] = options.argv
    this.#process = spawn(command, args, {
      cwd: options.workingDir,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    if (this.#process.stdout !== null) this.#log.capture(this.#process.stdout, LogLine_Stream.STDOUT)
    if (this.#process.stderr !== null) this.#log.capture(this.#process.stderr, LogLine_Stream.STDERR)
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(this.#end({ code: null, signal: null, error })))
      // What it left running is not waited for, and keeps no output open.
      this.#process.once('exit', () => this.kill())
      this.#process.once('close', (code, signal) => resolve(this.#end({ code, signal, error: null })))
    })
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Asks the process and all that it started to end, and makes them when the grace period is over. */
  stop(): void {
    this.#signal('SIGTERM')
    const force = setTimeout(() => this.kill(), this.#options.graceMs)
    force.unref()
    this.#process.once('close', () => clearTimeout(force))
  }

  kill(): void {
    this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#process
    if (this.#exited || pid === undefined) return
    try {
      process.kill(-pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }

  #end(exit: ProcessExit): void {
    if (this.#exited) return
    this.#exited = true
    this.#log.flush()
    this.#options.onExit(exit)
  }
}
