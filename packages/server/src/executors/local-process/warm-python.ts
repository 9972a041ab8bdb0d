import { join } from 'node:path'
import type { Storage } from '@tern/core/storage'
import type { Clock } from '@tern/core'
import type { Logger } from 'pino'
import type { Attempt, PoolLoad } from '../executor.ts'
import { type CommandParts, flyteArguments, sharedVariables } from './attempt-command.ts'
import { CodeBundles, type UnpackedBundle } from './code-bundles.ts'
import { taskCodeOf, type TaskCode } from './flyte-arguments.ts'
import { ForkServers, type WarmEnvironment } from './fork-servers.ts'
import type { ProcessCommand, StartedProcess } from './started-process.ts'

export interface WarmPythonOptions {
  /** Folder for what it needs while it runs. */
  readonly folder: string
  readonly storage: Storage
  readonly graceMs: number
  readonly idleMs: number
  readonly clock: Clock
  readonly logger: Logger
}

// What an interpreter or the loader of programs acts upon before anybody could set it.
const readAtStart = /^(PYTHON|LD_|MALLOC_|GLIBC_)/

/** Starts Python tasks by forking, where that makes no difference but in time. */
export class WarmPython {
  readonly #servers: ForkServers
  readonly #bundles: CodeBundles

  constructor(options: WarmPythonOptions) {
    this.#servers = new ForkServers({ ...options, folder: join(options.folder, 'servers') })
    this.#bundles = new CodeBundles(join(options.folder, 'bundles'), options.storage)
  }

  /** Undefined for what has to be a fresh process. Never rejects. */
  async start(command: ProcessCommand, parts: CommandParts): Promise<StartedProcess | undefined> {
    const { python, secrets } = parts
    const argv = flyteArguments(command, parts)
    if (argv === undefined || python?.python == null) return undefined
    if (Object.keys(secrets).some((name) => readAtStart.test(name))) return undefined
    const env = sharedVariables(command, parts)
    const key = JSON.stringify([python.key, entriesInOrder(env)])
    const code = taskCodeOf(argv)
    const bundle = await this.#unpack(code)
    const request = { argv, env: command.env, cwd: command.workingDir, bundle }
    const usual = { key, python: python.python, env, shared: null, idleMs: null }
    const reused = toReused(usual, parts.attempt, code, bundle)
    return (reused && (await this.#servers.fork(reused, request))) ?? this.#servers.fork(usual, request)
  }

  /** Null for what is no bundle, or cannot be unpacked: the task says why not. */
  async #unpack({ bundleUri }: TaskCode): Promise<UnpackedBundle | null> {
    return bundleUri === undefined ? null : this.#bundles.unpack(bundleUri).catch(() => null)
  }

  get loads(): ReadonlyArray<PoolLoad> {
    return this.#servers.loads
  }

  stop(): Promise<void> {
    return this.#servers.stop()
  }
}

/** Names what an attempt shares processes with; undefined for tasks of no environment for reuse. */
export function reusePoolOf({ policy: { reuse }, run }: Attempt): string | undefined {
  if (reuse === null) return undefined
  return [run.project, run.domain, ...(reuse.isPerRun ? [run.run] : []), reuse.environment].join('/')
}

/** Tasks of an environment for reuse find their module loaded. */
function toReused(
  usual: WarmEnvironment,
  attempt: Attempt,
  { bundleUri, module }: TaskCode,
  bundle: UnpackedBundle | null,
): WarmEnvironment | undefined {
  const { reuse } = attempt.policy
  if (reuse === null || module === undefined || (bundleUri !== undefined && bundle === null)) return undefined
  return {
    ...usual,
    key: JSON.stringify([usual.key, reusePoolOf(attempt), bundleUri, module]),
    shared: { source: bundle?.folder ?? null, modules: [module] },
    idleMs: reuse.idleMs,
  }
}

function entriesInOrder(env: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> {
  return Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
}
