import type {
  EffectiveOptions,
  RetriesOption,
  RetryPolicy,
  SecretRequest,
  TaskEnvironmentOptions,
  TaskOptions,
  TaskOverrides,
  TimeoutOption,
  TimeoutPolicy,
} from './task-options.ts'
import { isTimeoutPolicy } from './timeout-options.ts'

/** What inputs, and outputs, may have together where a task does not say; Flyte's own limit. */
export const usualInlineIoBytes = 10 * 1024 * 1024

/** The options of a task as declared: the environment's, replaced by the task's own. */
export function declaredOptions(
  environment: TaskEnvironmentOptions,
  task: TaskOptions,
  plainTimeout: EffectiveOptions['plainTimeout'] = 'maxRuntime',
): EffectiveOptions {
  return {
    shortName: task.shortName ?? task.name,
    resources: environment.resources ?? {},
    envVars: environment.envVars ?? {},
    secrets: toSecretList(environment.secrets ?? []),
    cache: task.cache ?? environment.cache ?? 'disable',
    retries: toPolicy(task.retries ?? 0),
    timeout: task.timeout === undefined ? {} : toTimeoutPolicy(task.timeout, plainTimeout),
    plainTimeout,
    queue: task.queue ?? environment.queue ?? '',
    interruptible: task.interruptible ?? environment.interruptible,
    reusable: environment.reusable,
    podTemplate: task.podTemplate ?? environment.podTemplate ?? '',
    pluginConfig: environment.pluginConfig,
    deprecated: task.deprecated ?? '',
    report: task.report ?? false,
    links: toList(task.links ?? []),
    maxInlineIoBytes: task.maxInlineIoBytes ?? usualInlineIoBytes,
  }
}

/** Replaces the options that are given; one that is `undefined` is not given. */
export function applyOverrides(options: EffectiveOptions, overrides: TaskOverrides): EffectiveOptions {
  const { secrets, retries, timeout, links, reusable, ...plain } = overrides
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
  return {
    ...options,
    ...given,
    secrets: secrets === undefined ? options.secrets : toSecretList(secrets),
    retries: retries === undefined ? options.retries : toPolicy(retries),
    timeout: timeout === undefined ? options.timeout : toTimeoutPolicy(timeout, options.plainTimeout),
    links: links === undefined ? options.links : toList(links),
    reusable: reusable === undefined ? options.reusable : reusable === 'off' ? undefined : reusable,
  }
}

function toSecretList(secrets: SecretRequest | readonly SecretRequest[]): EffectiveOptions['secrets'] {
  return toList(secrets).map((secret) => (typeof secret === 'string' ? { key: secret } : secret))
}

function toList<T>(given: T | readonly T[]): readonly T[] {
  return Array.isArray(given) ? (given as readonly T[]) : [given as T]
}

function toPolicy(retries: RetriesOption): RetryPolicy {
  return typeof retries === 'number' ? { count: retries } : retries
}

function toTimeoutPolicy(timeout: TimeoutOption, plain: EffectiveOptions['plainTimeout']): TimeoutPolicy {
  if (isTimeoutPolicy(timeout)) return timeout
  // Nor is an attempt of such a task to be ended by what the server has for attempts.
  return plain === 'deadline' ? { deadline: timeout, maxRuntime: 0 } : { maxRuntime: timeout }
}
