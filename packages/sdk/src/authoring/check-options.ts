import { checkEnvironmentName } from '@tern/core'
import { checkImage } from '../images/image.ts'
import { checkInterface } from './check-interface.ts'
import { checkShared } from './check-shared-options.ts'
import { checkBoolean, checkKeys, checkText, invalid, isRecord, prefixed } from './check-values.ts'
import { levelsOf, type OptionLevel, optionsAt } from './option-levels.ts'
import { checkPluginConfig } from './plugin-config.ts'
import { checkReusePolicy } from './reuse-policy.ts'
import type { EffectiveOptions, TaskEnvironmentOptions } from './task-options.ts'
import { checkTriggers } from './trigger.ts'

// JavaScript callers, and values of type `any`, get here what the types say to everyone else.

const environmentKeys = optionsAt('environment')
const taskKeys = optionsAt('task')
const overrideKeys = optionsAt('override')
const deployedTaskKeys = new Set(['name', 'version', 'project', 'domain', 'inputs', 'output', 'outputs'])
const notOverridable = new Map([
  ['name', 'it is part of the identity of the task'],
  ['image', 'an environment has one image'],
  ['docs', 'they describe the task, not a call'],
  ['deprecated', 'it is said of the task, not of a call'],
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
    checkText(given['deprecated'], 'deprecated')
    checkTriggers(given['triggers'], given['inputs'])
  })
  if (given['podTemplate'] !== undefined && environment.reusable !== undefined) {
    throw invalid('podTemplate', `${what}: podTemplate belongs to the environment, since its processes are reused`)
  }
  checkIgnoredInputs(given['cache'], given['inputs'], what)
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkDeployedTask(options: object): void {
  const given = options as Record<string, unknown>
  const what = `deployed task ${nameIn(given)}`
  checkKeys(given, deployedTaskKeys, what)
  for (const key of ['project', 'domain']) {
    if (given[key] !== undefined) checkText(given[key], `${what}: ${key}`)
    if (given[key] === '') throw invalid(key, `${what}: ${key} is empty; leave it out for that of the run`)
  }
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

function checkIgnoredInputs(cache: unknown, inputs: unknown, what: string): void {
  if (!isRecord(cache)) return
  const ignored = cache['ignoredInputs'] ?? []
  for (const name of Array.isArray(ignored) ? ignored : [ignored]) {
    if (!isRecord(inputs) || !(String(name) in inputs)) {
      throw invalid('cache', `${what}: cache.ignoredInputs names ${JSON.stringify(name)}, which is not an input`)
    }
  }
}

function nameIn(given: Record<string, unknown>): string {
  return typeof given['name'] === 'string' ? given['name'] : ''
}
