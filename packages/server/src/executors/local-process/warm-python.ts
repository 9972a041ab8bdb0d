import type { Logger } from 'pino'
import { type CommandParts, flyteArguments, sharedVariables } from './attempt-command.ts'
import { ForkServers } from './fork-servers.ts'
import type { ProcessCommand, StartedProcess } from './started-process.ts'

export interface WarmPythonOptions {
  readonly folder: string
  readonly graceMs: number
  readonly idleMs: number
  readonly logger: Logger
}

// What an interpreter or the loader of programs acts upon before anybody could set it.
const readAtStart = /^(PYTHON|LD_|MALLOC_|GLIBC_)/

/** Starts Python tasks by forking, where that makes no difference but in time. */
export class WarmPython {
  readonly #servers: ForkServers

  constructor(options: WarmPythonOptions) {
    this.#servers = new ForkServers(options)
  }

  /** Undefined for what has to be a fresh process. Never rejects. */
  async start(command: ProcessCommand, parts: CommandParts): Promise<StartedProcess | undefined> {
    const { python, secrets } = parts
    const argv = flyteArguments(command, parts)
    if (argv === undefined || python?.python == null) return undefined
    if (Object.keys(secrets).some((name) => readAtStart.test(name))) return undefined
    const env = sharedVariables(command, parts)
    const key = JSON.stringify([python.key, entriesInOrder(env)])
    const environment = { key, python: python.python, env, shared: null, idleMs: null }
    return this.#servers.fork(environment, { argv, env: command.env, cwd: command.workingDir })
  }

  stop(): Promise<void> {
    return this.#servers.stop()
  }
}

function entriesInOrder(env: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
}
