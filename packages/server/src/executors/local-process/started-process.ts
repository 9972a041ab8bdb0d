import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** A process that runs a task, in a process group of its own, however it was made. */
export interface StartedProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined
  /** The value of `TERN_FORKS` of the process and of what it forks, if it was forked itself. */
  readonly forks?: string
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Resolves when it has ended; what it wrote may still be on its way. Never rejects. */
  readonly exit: Promise<ProcessExit>
  /** Resolves when all that it wrote has arrived as well. */
  readonly closed: Promise<unknown>
}

/** A variable of fork servers: what they fork has it for the kernel, while the program there sees its own variables. */
export const forksVariable = 'TERN_FORKS'

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why it could not be started at all. */
  readonly error: NodeJS.ErrnoException | null
  /** Why nobody knows how it ended; it has. */
  readonly lost?: string
}

/** What a process is started as. */
export interface ProcessCommand {
  readonly argv: readonly [string, ...string[]]
  /** All of its variables. */
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
}

/** Starts a fresh process. */
export function spawnProcess({ argv: [command, ...args], env, workingDir }: ProcessCommand): StartedProcess {
  const options: SpawnOptions = { cwd: workingDir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true }
  const child = spawn(command, args, options)
  const exit = new Promise<ProcessExit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }))
    child.once('exit', (code, signal) => resolve({ code, signal, error: null }))
  })
  // One that could not be started closes nothing.
  const closed = Promise.race([once(child, 'close').catch(() => {}), exit.then(untilEnded)])
  return { pid: child.pid, stdout: child.stdout, stderr: child.stderr, exit, closed }
}

/** Never resolves for a process that did start. */
function untilEnded({ error }: ProcessExit): Promise<void> {
  return error === null ? new Promise(() => {}) : Promise.resolve()
}
