import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Clock, TaskFailure } from '@tern/core'
import type { Logger } from 'pino'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { SpecRecord } from '../../engine/model.ts'
import type { TaskPolicy } from '../../engine/task-policy.ts'
import type { Attempt, ChildResolver, Executor, ExecutorHost, PoolLoad, StartedAttempt } from '../executor.ts'
import { MemoryWatch } from '../local-process/memory-watch.ts'
import { SecretFolders } from '../local-process/secret-folder.ts'
import { machineEnv } from '@tern/core/containers'
import { type PreparedSecrets, prepareSecrets, type SecretSource } from '../task-secrets.ts'
import { shareOf } from './process-share.ts'
import { WorkerPool } from './worker-pool.ts'

export interface LocalWorkerOptions {
  readonly org: string
  readonly serverVersion: string
  /** Workers of one environment and bundle at the same time. Defaults to the number of processors. */
  readonly maxWorkersPerPool?: number | undefined
  /** Inputs and outputs longer than this are passed by URI, in bytes. Defaults to 64 KiB. */
  readonly maxInlineBytes?: number | undefined
  /** How long a cancelled attempt may take to stop, in milliseconds. Defaults to 10 seconds. */
  readonly graceMs?: number | undefined
  /** How long a worker with nothing to do stays, in milliseconds. Defaults to a minute. */
  readonly idleMs?: number | undefined
  readonly secrets: SecretSource
  /** Folder for secrets that tasks have as files, which only the server's user can read. */
  readonly secretsDir: string
  readonly deployed: ChildResolver
  readonly clock: Clock
  readonly logger: Logger
}

type Env = Readonly<Record<string, string>>

const noSecrets: PreparedSecrets = { env: {}, files: [] }

/** Runs TypeScript tasks in warm Node processes on this machine, a pool for each environment and code bundle. */
export class LocalWorkerExecutor implements Executor {
  readonly name = 'local-worker'
  readonly usesCapacity = true
  readonly #options: LocalWorkerOptions
  readonly #host: ExecutorHost
  readonly #pools = new Map<string, WorkerPool>()
  /** The pool of a task in a run: found again for every action of the two, so not by its key. */
  readonly #recent = new WeakMap<TaskPolicy, WeakMap<Env, WorkerPool>>()
  readonly #memory = new MemoryWatch()
  readonly #secretFolders: SecretFolders
  #lastFolder = 0
  #isStopping = false

  constructor(host: ExecutorHost, options: LocalWorkerOptions) {
    this.#host = host
    this.#options = options
    this.#secretFolders = new SecretFolders(options.secretsDir)
  }

  /** Process ids of the workers, for whoever measures or supervises them. */
  get pids(): ReadonlyArray<number> {
    return [...this.#pools.values()].flatMap((pool) => pool.pids)
  }

  pools(): ReadonlyArray<PoolLoad> {
    return [...this.#pools.values()].map(({ load }) => load)
  }

  accepts(spec: SpecRecord): boolean {
    return spec.taskType === 'typescript'
  }

  start(attempt: Attempt): StartedAttempt {
    return attempt.policy.secrets.length === 0 ? this.#start(attempt) : this.#startWithSecrets(attempt)
  }

  #start(attempt: Attempt): StartedAttempt {
    const recent = isForAll(attempt) ? this.#recent.get(attempt.policy)?.get(attempt.env) : undefined
    const pool = recent === undefined || recent.isClosed ? this.#poolOf(attempt) : recent
    if (pool !== undefined) return pool.start(attempt)
    this.#fail(attempt, missingBundle(attempt))
    return { cancel: () => {}, deliver: () => {} }
  }

  #startWithSecrets(attempt: Attempt): StartedAttempt {
    let started: StartedAttempt | undefined
    let isCancelled = false
    void prepareSecrets(this.#options.secrets, attempt.run, attempt.policy.secrets).then((secrets) => {
      if (isCancelled || this.#isStopping) return
      if (secrets.outcome === 'failed') return this.#fail(attempt, secrets.failure)
      const pool = this.#poolWith(attempt, secrets)
      if (pool === undefined) this.#fail(attempt, missingBundle(attempt))
      else started = pool.start(attempt)
    })
    return {
      cancel(reason) {
        isCancelled = true
        return started?.cancel(reason)
      },
      deliver: (outcome) => started?.deliver(outcome),
    }
  }

  #fail({ handle }: Attempt, failure: TaskFailure): void {
    this.#host.failed(handle, failure, 0, this.#options.clock.now())
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()))
    this.#secretFolders.clear()
  }

  #poolOf(attempt: Attempt): WorkerPool | undefined {
    const pool = this.#poolWith(attempt, noSecrets)
    if (pool === undefined || !isForAll(attempt)) return pool
    const { policy } = attempt
    const byEnv = this.#recent.get(policy) ?? new WeakMap<Env, WorkerPool>()
    this.#recent.set(policy, byEnv.set(attempt.env, pool))
    return pool
  }

  /** Secrets belong to a pool as variables do: it has those of its tasks, and no task that does not declare them is in it. */
  #poolWith(attempt: Attempt, { env: secrets, files }: PreparedSecrets): WorkerPool | undefined {
    const { policy } = attempt
    if (policy.bundleUri === '' || !existsSync(policy.bundleUri)) return undefined
    const env = { ...policy.env, ...attempt.env, ...secrets }
    const share = shareOf(policy)
    const about = [
      policy.bundleUri,
      attempt.spec.environmentName,
      companionsOf(attempt),
      share,
      reuseOf(attempt),
      files.map(digestOf),
    ]
    const key = poolKey(about, env)
    return this.#pools.get(key) ?? this.#open(key, attempt, env, files)
  }

  #open(key: string, attempt: Attempt, env: Env, files: PreparedSecrets['files']): WorkerPool {
    const { org, serverVersion, deployed, clock, logger, idleMs = 60_000 } = this.#options
    const { reuse } = attempt.policy
    const companions = companionsOf(attempt)
    const { attempts, memoryLimitBytes } = shareOf(attempt.policy)
    const isExclusive = companions === 1 && reuse === null && memoryLimitBytes !== null
    const folder = files.length === 0 ? null : ++this.#lastFolder
    const paths = folder === null ? {} : this.#secretFolders.fill(folder, files)
    const pool = new WorkerPool({
      bundlePath: attempt.policy.bundleUri,
      environment: attempt.spec.environmentName,
      env: { ...machineEnv(), ...env, ...paths, TERN_WORKER_ENVIRONMENT: attempt.spec.environmentName },
      org,
      serverVersion,
      maxWorkers: isExclusive ? Number.POSITIVE_INFINITY : this.#mostWorkers(attempt),
      maxAttempts: Math.min(
        ...[companions, attempts, reuse?.concurrency].map((most) => most ?? Number.POSITIVE_INFINITY),
      ),
      isExclusive,
      memory: memoryLimitBytes === null ? null : { limitBytes: memoryLimitBytes, watch: this.#memory },
      maxInlineBytes: this.#options.maxInlineBytes ?? 64 * 1024,
      graceMs: this.#options.graceMs ?? 10_000,
      fewestWorkers: reuse?.fewest ?? 0,
      idleMs: reuse?.idleMs ?? idleMs,
      scaledownMs: reuse?.scaledownMs ?? reuse?.idleMs ?? idleMs,
      host: this.#host,
      deployed,
      clock,
      logger,
      onEmpty: () => {
        this.#pools.delete(key)
        if (folder !== null) this.#secretFolders.remove(folder)
      },
    })
    this.#pools.set(key, pool)
    return pool
  }

  /** Where attempts take a part of the machine's capacity, that says how many there are at once. */
  #mostWorkers({ policy }: Attempt): number {
    const { maxWorkersPerPool } = this.#options
    if (policy.reuse !== null) return policy.reuse.replicas
    const byCapacity = shareOf(policy).attempts === null ? availableParallelism() : mostByCapacity
    return maxWorkersPerPool ?? byCapacity
  }
}

// However little each of them asks for.
const mostByCapacity = 64

/**
 * With how many of its kind in one worker an attempt runs, null for no limit. Whoever loses its worker again and again may be what
 * ends it, or may have been there when another did that: few together, then each alone, so that it is one of them in the end that
 * fails, and none that happened to be beside it.
 */
function companionsOf({ systemFailures, policy }: Attempt): number | null {
  // Who may have used up the memory of a process is told at once from those who were beside it.
  if (systemFailures > 0 && policy.memoryLimitBytes !== null) return 1
  if (systemFailures < 2) return null
  return systemFailures === 2 ? 16 : 1
}

/** The pool of a task in its run is for all its attempts: none of them is kept apart, and no run has a pool of its own. */
function isForAll(attempt: Attempt): boolean {
  return companionsOf(attempt) === null && attempt.policy.reuse?.isPerRun !== true
}

/** What tells the pools of environments that are reused from others. */
function reuseOf({ policy: { reuse }, run }: Attempt): unknown {
  return reuse === null ? null : [reuse, reuse.isPerRun ? run : null]
}

/** What tells a file from one that has another place or value. */
function digestOf({ name, value, envVars }: PreparedSecrets['files'][number]): ReadonlyArray<string> {
  return [name, ...envVars, createHash('sha256').update(value).digest('base64url')]
}

function poolKey(about: ReadonlyArray<unknown>, env: Env): string {
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([about, sorted]))
    .digest('base64url')
}

function missingBundle(attempt: Attempt): TaskFailure {
  const { bundleUri } = attempt.policy
  return failureOf(
    'CodeBundleError',
    bundleUri === ''
      ? `task ${attempt.spec.taskName} names no code bundle; deploy or run it again with the tern command`
      : `the code bundle ${bundleUri} of task ${attempt.spec.taskName} is gone; deploy or run the task again`,
  )
}
