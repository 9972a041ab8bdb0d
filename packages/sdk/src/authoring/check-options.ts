import {
  checkBackoff,
  checkEnvironmentName,
  durationMs,
  InvalidArgumentError,
  nameLimits,
  toQuantity,
} from '@tern/core'
import { isSchema } from '../types/standard-schema.ts'
import type { Quantity, Resources, RetriesOption, TimeoutOption, TimeoutPolicy } from './task-options.ts'

// JavaScript callers, and values of type `any`, get here what the types say to everyone else.

const environmentKeys = new Set([
  'name',
  'description',
  'resources',
  'envVars',
  'secrets',
  'cache',
  'queue',
  'interruptible',
  'image',
  'dependsOn',
])
const taskKeys = new Set([
  'name',
  'inputs',
  'output',
  'outputs',
  'shortName',
  'docs',
  'cache',
  'retries',
  'timeout',
  'queue',
  'interruptible',
])
const deployedTaskKeys = new Set(['name', 'version', 'inputs', 'output', 'outputs'])
const overrideKeys = new Set([
  'shortName',
  'resources',
  'envVars',
  'secrets',
  'cache',
  'retries',
  'timeout',
  'queue',
  'interruptible',
])
const notOverridable = new Map([
  ['name', 'it is part of the identity of the task'],
  ['image', 'an environment has one image'],
  ['docs', 'they describe the task, not a call'],
  ['inputs', 'the interface is part of the identity of the task'],
  ['output', 'the interface is part of the identity of the task'],
  ['outputs', 'the interface is part of the identity of the task'],
  ['interface', 'the interface is part of the identity of the task'],
])
const cacheKeys = new Set(['version', 'ignoredInputs', 'salt', 'serialize'])
const retryKeys = new Set(['count', 'backoff', 'on', 'onTimeout'])
const backoffKeys = new Set(['base', 'factor', 'cap'])
const timeoutKeys = new Set(['maxRuntime', 'maxQueuedTime', 'deadline'])
const resourceKeys = new Set(['cpu', 'memory', 'gpu', 'disk'])
const maxRetries = 10
const inputNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
const functionNamePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkEnvironmentOptions(options: object): void {
  const given = options as Record<string, unknown>
  checkKeys(given, environmentKeys, 'TaskEnvironment')
  const name = nameIn(given)
  checkEnvironmentName(name)
  const what = `environment ${name}`
  checkText(given['description'], `${what}: description`, 255)
  checkText(given['image'], `${what}: image`)
  checkShared(given, what)
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkTaskOptions(environmentName: string, options: object): void {
  const given = options as Record<string, unknown>
  const name = nameIn(given)
  const what = `task ${environmentName}.${name}`
  if (!functionNamePattern.test(name)) {
    throw invalid('name', `${what}: name ${JSON.stringify(name)} must be a word of letters, digits, "_" and "-"`)
  }
  checkKeys(given, taskKeys, what)
  checkInterface(given, what)
  checkShared(given, what)
  checkIgnoredInputs(given['cache'], given['inputs'], what)
}

function checkInterface(given: Record<string, unknown>, what: string): void {
  if (given['output'] !== undefined && given['outputs'] !== undefined) {
    throw invalid('outputs', `${what}: give either output or outputs, not both`)
  }
  checkSchemas(given['inputs'], `${what}: inputs`)
  checkSchemas(given['outputs'], `${what}: outputs`)
  if (given['output'] !== undefined && !isSchema(given['output'])) {
    throw invalid('output', `${what}: output must be a schema such as z.string()`)
  }
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkDeployedTask(options: object): void {
  const given = options as Record<string, unknown>
  const what = `deployed task ${nameIn(given)}`
  checkKeys(given, deployedTaskKeys, what)
  checkInterface(given, what)
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkOverrides(taskName: string, overrides: object): void {
  const given = overrides as Record<string, unknown>
  for (const key of Object.keys(given)) {
    const reason = notOverridable.get(key)
    if (reason !== undefined) throw invalid(key, `task ${taskName}: ${key} cannot be overridden: ${reason}`)
  }
  checkKeys(given, overrideKeys, `override of task ${taskName}`)
  checkShared(given, `override of task ${taskName}`)
}

/** The retry options in full. */
export function toRetryPolicy(retries: RetriesOption): {
  count: number
  backoff?: BackoffMs
  on: 'any' | 'recoverable'
  onTimeout: boolean
} {
  if (typeof retries === 'number') return { count: retries, on: 'any', onTimeout: true }
  const { count, backoff, on = 'any', onTimeout = true } = retries
  if (backoff === undefined) return { count, on, onTimeout }
  return {
    count,
    on,
    onTimeout,
    backoff: {
      baseMs: durationMs(backoff.base, 'retries.backoff.base'),
      factor: backoff.factor ?? 1,
      capMs: backoff.cap === undefined ? undefined : durationMs(backoff.cap, 'retries.backoff.cap'),
    },
  }
}

interface BackoffMs {
  readonly baseMs: number
  readonly factor: number
  readonly capMs: number | undefined
}

/** The time limits in milliseconds; 0 means no limit. */
export function toTimeoutsMs(timeout: TimeoutOption): {
  maxRuntimeMs: number
  maxQueuedMs: number
  deadlineMs: number
} {
  const policy = isTimeoutPolicy(timeout) ? timeout : { maxRuntime: timeout }
  return {
    maxRuntimeMs: limitMs(policy.maxRuntime, 'timeout.maxRuntime'),
    maxQueuedMs: limitMs(policy.maxQueuedTime, 'timeout.maxQueuedTime'),
    deadlineMs: limitMs(policy.deadline, 'timeout.deadline'),
  }
}

/** Whether `timeout` is an object of limits, not itself a duration. */
export function isTimeoutPolicy(timeout: TimeoutOption): timeout is TimeoutPolicy {
  return typeof timeout === 'object' && Object.keys(timeout).every((key) => timeoutKeys.has(key))
}

function limitMs(limit: TimeoutPolicy['deadline'], field: string): number {
  if (limit === undefined || limit === 0) return 0
  const ms = durationMs(limit, field)
  if (ms < 0) throw invalid(field, `${field} ${JSON.stringify(limit)} must not be negative`)
  return ms
}

function checkShared(given: Record<string, unknown>, what: string): void {
  checkText(given['shortName'], `${what}: shortName`, nameLimits.shortName)
  checkText(given['queue'], `${what}: queue`)
  if (given['interruptible'] !== undefined && typeof given['interruptible'] !== 'boolean') {
    throw invalid('interruptible', `${what}: interruptible must be true or false`)
  }
  prefixed(what, () => {
    checkEnvVars(given['envVars'])
    checkSecrets(given['secrets'])
    checkCache(given['cache'])
    checkRetries(given['retries'])
    if (given['timeout'] !== undefined) toTimeoutsMs(given['timeout'] as TimeoutOption)
    checkResources(given['resources'])
  })
}

function checkEnvVars(value: unknown): void {
  if (value === undefined) return
  if (!isRecord(value)) throw invalid('envVars', 'envVars must be an object of texts')
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid('envVars', `envVars.${name} must be a text, got ${typeof text}`)
    if (name === '' || name.includes('=') || name.includes('\0')) {
      throw invalid('envVars', `envVars: ${JSON.stringify(name)} is not a name of an environment variable`)
    }
  }
}

function checkSecrets(value: unknown): void {
  if (value === undefined) return
  for (const secret of Array.isArray(value) ? value : [value]) {
    const key = typeof secret === 'string' ? secret : isRecord(secret) ? secret['key'] : undefined
    if (typeof key !== 'string' || key === '')
      throw invalid('secrets', 'a secret must be a key, or an object with a key')
    if (isRecord(secret)) checkKeys(secret, new Set(['key', 'group', 'envVar']), 'a secret')
  }
}

function checkCache(value: unknown): void {
  if (value === undefined || value === 'auto' || value === 'disable') return
  if (!isRecord(value)) throw invalid('cache', `cache ${JSON.stringify(value)} must be 'auto', 'disable' or an object`)
  checkKeys(value, cacheKeys, 'cache')
  if (value['version'] === '') throw invalid('cache', 'cache.version must not be empty')
}

function checkIgnoredInputs(cache: unknown, inputs: unknown, what: string): void {
  if (!isRecord(cache)) return
  const ignored = cache['ignoredInputs'] ?? []
  for (const name of Array.isArray(ignored) ? ignored : [ignored]) {
    if (!isRecord(inputs) || !(String(name) in inputs)) {
      throw invalid('cache', `${what}: cache.ignoredInputs names ${JSON.stringify(name)}, which is not an input`)
    }
  }
}

function checkRetries(value: unknown): void {
  if (value === undefined) return
  if (isRecord(value)) checkKeys(value, retryKeys, 'retries')
  const count = isRecord(value) ? value['count'] : value
  if (!Number.isInteger(count) || (count as number) < 0 || (count as number) > maxRetries) {
    throw invalid('retries', `retries ${JSON.stringify(count)} must be a whole number from 0 to ${maxRetries}`)
  }
  if (!isRecord(value)) return
  if (value['on'] !== undefined && value['on'] !== 'any' && value['on'] !== 'recoverable') {
    throw invalid('retries.on', `retries.on ${JSON.stringify(value['on'])} must be 'any' or 'recoverable'`)
  }
  if (value['onTimeout'] !== undefined && typeof value['onTimeout'] !== 'boolean') {
    throw invalid('retries.onTimeout', `retries.onTimeout ${JSON.stringify(value['onTimeout'])} must be true or false`)
  }
  if (isRecord(value['backoff'])) checkKeys(value['backoff'], backoffKeys, 'retries.backoff')
  const { backoff } = toRetryPolicy(value as unknown as RetriesOption)
  if (backoff !== undefined) checkBackoff(backoff)
}

function checkResources(value: unknown): void {
  if (value === undefined) return
  if (!isRecord(value)) throw invalid('resources', 'resources must be an object')
  checkKeys(value, resourceKeys, 'resources')
  const { cpu, memory, gpu, disk } = value as Resources
  checkQuantities(cpu, 'resources.cpu')
  checkQuantities(memory, 'resources.memory')
  checkQuantities(disk, 'resources.disk')
  if (gpu !== undefined && !(Number.isInteger(gpu) && gpu >= 0)) {
    throw invalid('resources.gpu', `resources.gpu ${gpu} must be a whole number of 0 or more`)
  }
}

function checkQuantities(value: Quantity | readonly Quantity[] | undefined, field: string): void {
  if (value === undefined) return
  if (Array.isArray(value) && value.length !== 2) throw invalid(field, `${field} must be one value or [request, limit]`)
  for (const quantity of Array.isArray(value) ? value : [value]) toQuantity(quantity as Quantity, field)
}

function checkSchemas(value: unknown, what: string): void {
  if (value === undefined) return
  if (!isRecord(value) || isSchema(value)) throw invalid('inputs', `${what} must be an object of schemas by name`)
  for (const [name, schema] of Object.entries(value)) {
    if (!inputNamePattern.test(name)) throw invalid('inputs', `${what}: ${JSON.stringify(name)} is not a usable name`)
    if (!isSchema(schema)) throw invalid('inputs', `${what}.${name} must be a schema such as z.string()`)
  }
}

function checkKeys(given: object, allowed: ReadonlySet<string>, what: string): void {
  for (const key of Object.keys(given)) {
    if (allowed.has(key)) continue
    throw invalid(key, `${what}: unknown option ${JSON.stringify(key)}`, `It takes ${[...allowed].join(', ')}.`)
  }
}

function nameIn(given: Record<string, unknown>): string {
  return typeof given['name'] === 'string' ? given['name'] : ''
}

function checkText(value: unknown, what: string, maxChars?: number): void {
  if (value === undefined) return
  if (typeof value !== 'string') throw invalid(what, `${what} must be a text`)
  if (maxChars !== undefined && value.length > maxChars) {
    throw invalid(what, `${what} has ${value.length} characters, at most ${maxChars} are allowed`)
  }
}

function prefixed(what: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError(`${what}: ${error.message}`, { field: error.field, hint: error.hint, cause: error })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(field: string, message: string, hint?: string): InvalidArgumentError {
  return new InvalidArgumentError(message, { field, hint })
}
