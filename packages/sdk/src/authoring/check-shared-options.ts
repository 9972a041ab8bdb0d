import { nameLimits, toQuantity } from '@tern/core'
import { checkGpu } from './accelerators.ts'
import {
  checkBoolean,
  checkKeys,
  checkText,
  checkTexts,
  checkWhole,
  invalid,
  isRecord,
  prefixed,
} from './check-values.ts'
import { checkLinks } from './links.ts'
import { checkPodTemplate } from './pod-template.ts'
import { checkRetries } from './retry-options.ts'
import { type Quantity, type Resources, secretsFolder, type TimeoutOption } from './task-options.ts'
import { toTimeoutsMs } from './timeout-options.ts'

const secretKeys = new Set(['key', 'group', 'envVar', 'mount'])
const variableName = /^[A-Za-z_]\w*$/
const cacheKeys = new Set(['version', 'ignoredInputs', 'dependencies', 'salt', 'serialize'])
const resourceKeys = new Set(['cpu', 'memory', 'gpu', 'disk', 'sharedMemory'])

/** What may be said of an environment, of a task and of a call alike. */
export function checkShared(given: Record<string, unknown>, what: string): void {
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
  for (const secret of Array.isArray(value) ? value : [value]) checkSecret(secret)
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkSecret(secret: unknown): void {
  const key = typeof secret === 'string' ? secret : isRecord(secret) ? secret['key'] : undefined
  if (typeof key !== 'string' || key === '') throw invalid('secrets', 'a secret must be a key, or an object with a key')
  if (!isRecord(secret)) return
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
