import { type Clock, systemClock } from '@tern/core'
import { LogLine_Stream } from '@tern/idl/worker'
import { setTimeout as wait } from 'node:timers/promises'
import { LineLog } from './line-log.ts'
import { hasLiveMembers } from './process-table.ts'
import type { ProcessExit, StartedProcess } from './started-process.ts'

export interface TaskProcessOptions {
  readonly process: StartedProcess
  readonly graceMs: number
  readonly onLog: (chunk: Uint8Array, lineCount: number) => void
  /** Resolves when what it wrote so far is stored: it is made to wait for that when it writes much. */
  readonly stored?: (() => Promise<void>) | undefined
  /** Called once, when the process and its output have ended, with the last lines that it wrote to standard error. */
  readonly onExit: (exit: ProcessExit, lastLines: ReadonlyArray<string>) => void
  readonly clock?: Clock
}

const pollMs = 25

/** A task that runs as a process of its own, in a process group of its own: what it starts goes with it. */
export class TaskProcess {
  readonly #options: TaskProcessOptions
  readonly #process: StartedProcess
  readonly #log: LineLog
  readonly ended: Promise<void>
  #exited = false
  /** When the grace period is over; null while nobody has asked it to end. */
  #graceEndsAt: number | null = null

  constructor(options: TaskProcessOptions) {
    this.#options = options
    this.#process = options.process
    const { clock = systemClock, onLog, stored } = options
    this.#log = new LineLog({ clock, onChunk: onLog, stored })
    const { stdout, stderr } = this.#process
    if (stdout !== null) this.#log.capture(stdout, LogLine_Stream.STDOUT)
    if (stderr !== null) this.#log.capture(stderr, LogLine_Stream.STDERR)
    this.ended = this.#follow()
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid
  }

  /** See StartedProcess. */
  get forks(): string | undefined {
    return this.#process.forks
  }

  /** Asks the process and all that it started to end, and makes them when the grace period is over. */
  stop(): void {
    if (this.#graceEndsAt !== null) return
    this.#graceEndsAt = performance.now() + this.#options.graceMs
    this.#signal('SIGTERM')
    const force = setTimeout(() => this.kill(), this.#options.graceMs)
    force.unref()
    void this.ended.then(() => clearTimeout(force))
  }

  kill(): void {
    this.#signal('SIGKILL')
  }

  async #follow(): Promise<void> {
    const exit = await this.#process.exit
    // What it started may be cleaning up, too, and has as long for it.
    await this.#restOfGroup()
    // What it left running is not waited for, and keeps no output open.
    this.kill()
    await this.#process.closed
    this.#exited = true
    this.#log.flush()
    this.#options.onExit(exit, this.#log.lastErrors)
  }

  /** Resolves at once unless it was asked to end: then when all that it started has ended, or its time is over. */
  async #restOfGroup(): Promise<void> {
    const { pid } = this.#process
    if (pid === undefined || this.#graceEndsAt === null) return
    while (performance.now() < this.#graceEndsAt && hasLiveMembers(pid)) await wait(pollMs)
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
}
