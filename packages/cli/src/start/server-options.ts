import { resolve } from 'node:path'
import { durationMs, formatDuration, InvalidArgumentError } from '@tern/core'
import type { ServerOptions } from '@tern/server'
import type { StartOptions } from '../commands/start.ts'
import { UsageError } from '../usage-error.ts'
import { checkStartOptions, domainsOf, originsOf } from './check-start-options.ts'

/**
 * What `tern start` starts a server with.
 *
 * @throws UsageError or CommandError for what cannot be
 */
export function toServerOptions(options: StartOptions, workingDirectory: string): ServerOptions {
  checkStartOptions(options)
  const { host, port, dataDir, database, advertiseUrl, python, secretKeyFile, maxWorkers } = options
  return {
    host,
    port,
    dataDir,
    database: database === 'sqlite' ? undefined : database,
    advertiseUrl: advertiseUrl?.replace(/\/+$/, ''),
    python,
    warmPython: options.warmPython,
    images: options.image,
    domains: domainsOf(options.domains),
    allowedOrigins: originsOf(options.allowOrigin),
    secretKeyFile: secretKeyFile === undefined ? undefined : resolve(workingDirectory, secretKeyFile),
    mail: options.smtpUrl === undefined ? undefined : { url: options.smtpUrl, from: options.smtpFrom },
    maxWorkersPerPool: maxWorkers,
    queues: options.queue,
    capacity: options.capacity,
    retention: {
      runsMs: readKeep(options.keepRuns, '--keep-runs'),
      cacheMs: readKeep(options.keepCache, '--keep-cache'),
    },
    systemRetries: options.systemRetries,
    defaultLimits: {
      maxRuntimeMs: readLimit(options.defaultMaxRuntime, '--default-max-runtime'),
      maxQueuedMs: readLimit(options.defaultMaxQueuedTime, '--default-max-queued-time'),
      deadlineMs: readLimit(options.defaultDeadline, '--default-deadline'),
    },
    environments: {
      keepMs: readKeep(options.keepEnvironments, '--keep-environments'),
      maxBytes: options.maxEnvironments,
    },
    leaseMs: readDuration(options.lease, '--lease', 1000),
    workerIdleMs: readDuration(options.workerIdle, '--worker-idle'),
    abortGraceMs: readDuration(options.abortGrace, '--abort-grace'),
    stopGraceMs: readDuration(options.stopGrace, '--stop-grace'),
  }
}

// A timer cannot wait for longer.
const longestMs = 2 ** 31 - 1

function readDuration(text: string, flag: string, least = 0): number {
  const ms = toMs(text, flag)
  if (ms >= least && ms <= longestMs) return ms
  throw new UsageError(`${flag} ${text} is out of range: from ${formatDuration(least)} to 24 days`)
}

// What is shorter would take away what people still look at.
const leastKeepMs = 1000

function readKeep(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined
  const ms = toMs(text, flag)
  if (ms >= leastKeepMs) return ms
  throw new UsageError(`${flag} ${text} is out of range: at least ${formatDuration(leastKeepMs)}`)
}

function readLimit(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined
  const ms = toMs(text, flag)
  if (ms > 0) return ms
  throw new UsageError(`${flag} ${text} is out of range: more than nothing`, {
    hint: 'Leave it out for no limit.',
  })
}

function toMs(text: string, flag: string): number {
  try {
    return durationMs(text, flag)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new UsageError(error.message, { hint: error.hint ?? 'Write for example 500ms, 15s or 2m.', cause: error })
  }
}
