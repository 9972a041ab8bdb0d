import type { Clock } from '@tern/core'
import type { Logger } from 'pino'
import type { QueueOptions } from './engine/limits.ts'
import { type PolicyDefaults, type ResourceAmounts, usualPolicy } from './engine/task-policy.ts'
import type { EnvironmentPolicy } from './images/environments.ts'
import type { ImageMapping } from './images/image-mapping.ts'
import type { MailOptions } from './notifications/mailer.ts'
import type { RetentionOptions } from './retention/retention.ts'

export const defaultPort = 30_080

/** How a server is started. */
export interface ServerOptions {
  /** Address to bind. Defaults to `127.0.0.1`, which only this machine reaches. */
  readonly host?: string | undefined
  /** Port to bind, 0 for a free one. Defaults to 30080. */
  readonly port?: number | undefined
  /** Folder of the embedded database and of stored files, made when it does not exist. Defaults to `.tern`. */
  readonly dataDir?: string | undefined
  /**
   * Address of a database on a Postgres server, which is then used instead of the embedded one:
   * `postgres://user:password@host:5432/database`. The database must exist; its tables are made and brought up to date.
   * Several servers may share it, which share the data folder's `storage`, `signing.key` and `secrets.key` then.
   */
  readonly database?: string | undefined
  /**
   * Where other servers on the same database reach this one. Defaults to `http://host:port`, with the name of this
   * machine for a host that means all addresses.
   */
  readonly advertiseUrl?: string | undefined
  /**
   * How long a server that is connected to the shared database may be silent before the others cut it off and take over
   * its runs, in milliseconds. Longer than the event loop ever stands still. Defaults to 15 seconds.
   */
  readonly leaseMs?: number | undefined
  /**
   * Origins of web pages that may call the API, such as `https://console.example.com`. Pages of this machine and the server's
   * own always may. Defaults to none.
   */
  readonly allowedOrigins?: ReadonlyArray<string> | undefined
  /** Domains that every project has. Defaults to `development`, `staging` and `production`. */
  readonly domains?: ReadonlyArray<string> | undefined
  /**
   * File with the key that secrets are encrypted with, 32 bytes in base64 or hexadecimal. Defaults to `secrets.key` in the
   * data folder, which is made where there is none.
   */
  readonly secretKeyFile?: string | undefined
  /** That key itself, instead of a file. Defaults to the variable TERN_SECRET_KEY. */
  readonly secretKey?: string | undefined
  /** Worker processes of one task environment at the same time. Defaults to the number of processors. */
  readonly maxWorkersPerPool?: number | undefined
  /** How long a worker, or a Python, with nothing to do is kept warm, in milliseconds. Defaults to a minute. */
  readonly workerIdleMs?: number | undefined
  /**
   * Named queues, with how many of their actions may be busy at once on this server, and who goes first where places are
   * short. Defaults to none: then every name is accepted, and means no limit.
   */
  readonly queues?: Readonly<Record<string, QueueOptions>> | undefined
  /**
   * What tasks that are processes of their own share out among them. Defaults to the processors and the memory of the
   * machine, and no gpu.
   */
  readonly capacity?: Partial<ResourceAmounts> | undefined
  /** The mail server that notifications are sent through. Defaults to none: runs that ask for an email are refused. */
  readonly mail?: MailOptions | undefined
  /** How long things are kept that are over. Defaults to for ever. */
  readonly retention?: RetentionOptions | undefined
  /**
   * What runs Python tasks whose image says nothing: an interpreter, a virtual environment, or a command on the PATH.
   * Defaults to the virtual environment that is active, or else to `python3` on the PATH.
   */
  readonly python?: string | undefined
  /**
   * Python tasks are forked from processes that have imported what all of them need, instead of starting an interpreter for
   * each. Defaults to true; means nothing where it would not be safe, which is everywhere but on Linux.
   */
  readonly warmPython?: boolean | undefined
  /** What runs the Python tasks of certain images instead: the first that fits. Defaults to none. */
  readonly images?: ReadonlyArray<ImageMapping> | undefined
  /** Which environments that were built for images are kept while nothing uses them. */
  readonly environments?: EnvironmentPolicy | undefined
  /**
   * Attempts that may follow failures that are not of the task: a lost worker, a storage that fails. The first comes at once,
   * the others after ever longer back-offs. Defaults to 3.
   */
  readonly systemRetries?: number | undefined
  /** Limits of time for tasks that set none. Default to none. */
  readonly defaultLimits?: DefaultLimits | undefined
  /** How long an aborted attempt may take to clean up, in milliseconds. Defaults to 10 seconds. */
  readonly abortGraceMs?: number | undefined
  /** How long requests may take to finish when the server stops, in milliseconds. Defaults to 5 seconds. */
  readonly stopGraceMs?: number | undefined
  /** Where the server logs. Defaults to warnings and errors on standard error. */
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  /**
   * Called when the store refuses a write for good: nothing more can be recorded, and the process should end. Whatever
   * had been acknowledged is stored, and the next server goes on from there. Defaults to ending the process.
   */
  readonly onFatal?: ((error: unknown) => void) | undefined
}

/** Limits of time for tasks that set none, in milliseconds. A task that sets one to 0 has none. */
export interface DefaultLimits {
  /** Running time of one attempt. */
  readonly maxRuntimeMs?: number | undefined
  /** Time that one attempt may wait to be run. */
  readonly maxQueuedMs?: number | undefined
  /** Time over all attempts, from when the action was first queued. */
  readonly deadlineMs?: number | undefined
}

/** What the engine does with tasks that do not say. */
export function toPolicyDefaults({ systemRetries, defaultLimits = {} }: ServerOptions): PolicyDefaults {
  const { maxRuntimeMs = null, maxQueuedMs = null, deadlineMs = null } = defaultLimits
  return { systemRetries: systemRetries ?? usualPolicy.systemRetries, maxRuntimeMs, maxQueuedMs, deadlineMs }
}
