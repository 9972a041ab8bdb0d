import {
  checkBackoff,
  checkEnvironmentName,
  durationMs,
  InvalidArgumentError,
  nameLimits,
  toQuantity,
} from '@tern/core'
import { checkImage } from '../images/image.ts'
import { isSchema } from '../types/standard-schema.ts'
import { checkGpu } from './accelerators.ts'
import { checkBoolean, checkKeys, checkText, checkTexts, checkWhole, invalid, isRecord } from './check-values.ts'
import { checkLinks } from './links.ts'
import { levelsOf, type OptionLevel, optionsAt } from './option-levels.ts'
import { checkPluginConfig } from './plugin-config.ts'
import { checkPodTemplate } from './pod-template.ts'
import { checkReusePolicy } from './reuse-policy.ts'
import { checkTriggers } from './trigger.ts'
import { secretsFolder } from './task-options.ts'
import type {
  EffectiveOptions,
  Quantity,
  Resources,
  RetriesOption,
  TaskEnvironmentOptions,
  TimeoutOption,
  TimeoutPolicy,
} from './task-options.ts'

// JavaScript callers, and values of type `any`, get here what the types say to everyone else.

const environmentKeys = optionsAt('environment')
const taskKeys = optionsAt('task')
const overrideKeys = optionsAt('override')
const deployedTaskKeys = new Set(['name', 'version', 'inputs', 'output', 'outputs'])
const notOverridable = new Map([
  ['name', 'it is part of the identity of the task'],
  ['image', 'an environment has one image'],
  ['docs', 'they describe the task, not a call'],
  ['inputs', 'the interface is part of the identity of the task'],
  ['output', 'the interface is part of the identity of the task'],
  ['outputs', 'the interface is part of the identity of the task'],
  ['interface', 'the interface is part of the identity of the task'],
])
/** What processes have from their start, so that no call can change it where they are used again. */
const fixedByReuse = ['resources', 'envVars', 'secrets']
const takenAt: Readonly<Record<OptionLevel, string>> = {
  environment: 'new TaskEnvironment(…)',
  task: 'env.task(…)',
  override: 'task.override(…)',
}
const secretKeys = new Set(['key', 'group', 'envVar', 'mount'])
const variableName = /^[A-Za-z_]\w*$/
const cacheKeys = new Set(['version', 'ignoredInputs', 'dependencies', 'salt', 'serialize'])
const retryKeys = new Set(['count', 'backoff', 'on', 'onTimeout'])
const backoffKeys = new Set(['base', 'factor', 'cap'])
const timeoutKeys = new Set(['maxRuntime', 'maxQueuedTime', 'deadline'])
const resourceKeys = new Set(['cpu', 'memory', 'gpu', 'disk', 'sharedMemory'])
const maxRetries = 10
const inputNamePattern = /^[A-Za-z_][A-Za-z0-9_]*$/
const functionNamePattern = /^[A-Za-z_][A-Za-z0-9_-]*$/

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkEnvironmentOptions(options: object): void {
  const given = options as Record<string, unknown>
  checkLevel(given, environmentKeys, 'TaskEnvironment')
  const name = nameIn(given)
  checkEnvironmentName(name)
  const what = `environment ${name}`
  checkText(given['description'], `${what}: description`, 255)
  checkShared(given, what)
  prefixed(what, () => {
    checkImage(given['image'])
    checkReusePolicy(given['reusable'])
    checkPluginConfig(given['pluginConfig'], given['reusable'] !== undefined)
  })
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkTaskOptions(environment: TaskEnvironmentOptions, options: object): void {
  const environmentName = environment.name
  const given = options as Record<string, unknown>
  const name = nameIn(given)
  const what = `task ${environmentName}.${name}`
  if (!functionNamePattern.test(name)) {
    throw invalid('name', `${what}: name ${JSON.stringify(name)} must be a word of letters, digits, "_" and "-"`)
  }
  checkLevel(given, taskKeys, what)
  checkInterface(given, what)
  checkShared(given, what)
  prefixed(what, () => {
    checkBoolean(given['report'], 'report')
    checkTriggers(given['triggers'], given['inputs'])
  })
  if (given['podTemplate'] !== undefined && environment.reusable !== undefined) {
    throw invalid('podTemplate', `${what}: podTemplate belongs to the environment, since its processes are reused`)
  }
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
export function checkOverrides(
  taskName: string,
  { reusable, pluginConfig }: EffectiveOptions,
  overrides: object,
): void {
  const given = overrides as Record<string, unknown>
  const what = `override of task ${taskName}`
  for (const key of Object.keys(given)) {
    const reason = notOverridable.get(key)
    if (reason !== undefined) throw invalid(key, `task ${taskName}: ${key} cannot be overridden: ${reason}`)
  }
  checkLevel(given, overrideKeys, what)
  checkShared(given, what)
  const reuse = given['reusable'] ?? reusable
  prefixed(what, () => {
    if (given['reusable'] !== 'off') checkReusePolicy(given['reusable'])
    if (given['reusable'] !== undefined) checkPluginConfig(pluginConfig, given['reusable'] !== 'off')
  })
  const fixed = fixedByReuse.find((key) => given[key] !== undefined)
  if (fixed === undefined || reuse === undefined || reuse === 'off') return
  throw invalid(
    fixed,
    `${what}: ${fixed} cannot change where processes are reused`,
    "Give reusable: 'off' too, and the call has a process of its own.",
  )
}

/** @throws InvalidArgumentError naming the option that does not exist, or belongs elsewhere */
function checkLevel(given: object, allowed: ReadonlySet<string>, what: string): void {
  for (const key of Object.keys(given)) {
    const levels = levelsOf(key)
    if (allowed.has(key) || levels.length === 0) continue
    const places = levels.map((level) => takenAt[level]).join(' or ')
    throw invalid(key, `${what}: ${key} is no option here: it belongs to ${places}`)
  }
  checkKeys(given, allowed, what)
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
  prefixed(what, () => {
    checkBoolean(given['interruptible'], 'interruptible')
    checkWhole(given['maxInlineIoBytes'], 'maxInlineIoBytes', 0)
    checkLinks(given['links'])
    checkPodTemplate(given['podTemplate'])
    checkEnvVars(given['envVars'])
    checkSecrets(given['secrets'])
    checkCache(given['cache'])
    checkRetries(given['retries'])
    if (given['timeout'] !== undefined) toTimeoutsMs(given['timeout'] as TimeoutOption)
    checkResources(given['resources'])
  })
}

function checkEnvVars(value: unknown): void {
  checkTexts(value, 'envVars')
  for (const name of Object.keys(value ?? {})) {
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
    if (!isRecord(secret)) continue
    checkKeys(secret, secretKeys, 'a secret')
    const { group, envVar, mount } = secret
    checkText(group, `secret ${key}: group`)
    if (envVar !== undefined && (typeof envVar !== 'string' || !variableName.test(envVar))) {
      const wanted = 'a name has letters, digits and "_", and no digit first'
      throw invalid('secrets.envVar', `secret ${key}: envVar ${JSON.stringify(envVar)} is no variable: ${wanted}`)
    }
    if (mount !== undefined && typeof mount !== 'boolean' && mount !== secretsFolder) {
      const wanted = `true, or "${secretsFolder}", the one folder that Flyte mounts secrets in`
      throw invalid('secrets.mount', `secret ${key}: mount ${JSON.stringify(mount)} must be ${wanted}`)
    }
  }
}

function checkCache(value: unknown): void {
  if (value === undefined || value === 'auto' || value === 'disable') return
  if (!isRecord(value)) throw invalid('cache', `cache ${JSON.stringify(value)} must be 'auto', 'disable' or an object`)
  checkKeys(value, cacheKeys, 'cache')
  if (value['version'] === '') throw invalid('cache', 'cache.version must not be empty')
  checkBoolean(value['dependencies'], 'cache.dependencies')
  if (value['dependencies'] === true && value['version'] !== undefined) {
    throw invalid('cache', 'cache: with a version, no code counts: give either version or dependencies')
  }
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
  const { cpu, memory, gpu, disk, sharedMemory } = value as Resources
  checkQuantities(cpu, 'resources.cpu')
  checkQuantities(memory, 'resources.memory')
  checkQuantities(disk, 'resources.disk')
  checkGpu(gpu)
  checkText(sharedMemory, 'resources.sharedMemory')
  if (sharedMemory !== 'auto') checkQuantities(sharedMemory, 'resources.sharedMemory')
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

function nameIn(given: Record<string, unknown>): string {
  return typeof given['name'] === 'string' ? given['name'] : ''
}

function prefixed(what: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw new InvalidArgumentError(`${what}: ${error.message}`, { field: error.field, hint: error.hint, cause: error })
  }
}
