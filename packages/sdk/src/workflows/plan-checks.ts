import { closest, describeType, isCastable, literalTypes } from '@tern/core'
import {
  checkBoolean,
  checkKeys,
  checkText,
  checkTexts,
  checkWhole,
  invalid,
  isRecord,
} from '../authoring/check-values.ts'
import { checkRunOptions } from '../authoring/check-run-options.ts'
import { checkCustomContext } from '../authoring/check-custom-context.ts'
import { toRules } from '../authoring/notify.ts'
import type { TaskDefinition } from '../authoring/task-definition.ts'
import type { TaskInterface } from '../types/task-interface.ts'
import type { LaunchPlanOptions } from './launch-plan-types.ts'
import { checkSchedule, type PlanSchedule } from './plan-schedule.ts'

const planKeys: ReadonlySet<string> = new Set([
  'name',
  'description',
  'defaults',
  'fixed',
  'schedule',
  'notify',
  'labels',
  'annotations',
  'envVars',
  'customContext',
  'rawOutput',
  'maxActionConcurrency',
  'concurrency',
  'identity',
  'interruptible',
  'overwriteCache',
  'queue',
  'autoActivate',
] satisfies (keyof LaunchPlanOptions)[])

const namePattern = /^[A-Za-z0-9._-]+$/
const maxNameLength = 255

/** @throws InvalidArgumentError when `name` cannot be the name of a launch plan */
export function checkPlanName(name: unknown): void {
  if (typeof name === 'string' && namePattern.test(name) && name.length <= maxNameLength) return
  const given = JSON.stringify(name)
  throw invalid('name', `the name of a launch plan, ${given}, must be letters, digits, ".", "_" and "-", 255 at most`)
}

/** @throws InvalidArgumentError naming the option that is wrong */
export function checkPlanOptions(options: LaunchPlanOptions): void {
  if (!isRecord(options)) throw invalid('options', 'launchPlan: the second argument must be an object with a name')
  const given: Partial<LaunchPlanOptions> = options
  checkPlanName(given.name)
  const what = `launch plan ${given.name}`
  checkKeys(options, planKeys, what)
  checkText(given.description, `${what}: description`, 255)
  checkText(given.rawOutput, `${what}: rawOutput`)
  checkText(given.queue, `${what}: queue`)
  for (const key of ['autoActivate', 'interruptible', 'overwriteCache'] as const) {
    checkBoolean(given[key], `${what}: ${key}`)
  }
  for (const key of ['envVars', 'labels', 'annotations'] as const) checkTexts(given[key], `${what}: ${key}`)
  checkCustomContext(given.customContext)
  checkRunOptions({ maxActionConcurrency: given.maxActionConcurrency })
  toRules(given.notify)
  checkSchedule(given.schedule, what)
  checkConcurrency(given.concurrency, what)
  checkIdentity(given.identity, what)
}

function checkConcurrency(concurrency: unknown, what: string): void {
  if (concurrency === undefined) return
  if (!isRecord(concurrency)) throw invalid('concurrency', `${what}: concurrency must be { max, onLimit }`)
  checkKeys(concurrency, new Set(['max', 'onLimit']), `${what}: concurrency`)
  const { max, onLimit } = concurrency
  if (max === undefined) throw invalid('concurrency.max', `${what}: concurrency.max must be a number of runs`)
  checkWhole(max, `${what}: concurrency.max`, 1)
  if (onLimit === undefined || onLimit === 'skip' || onLimit === 'queue') return
  const message = `${what}: concurrency.onLimit ${JSON.stringify(onLimit)} must be 'skip' or 'queue'`
  throw invalid('concurrency.onLimit', message)
}

function checkIdentity(identity: unknown, what: string): void {
  if (identity === undefined) return
  if (!isRecord(identity)) throw invalid('identity', `${what}: identity must be { serviceAccount } or { iamRole }`)
  checkKeys(identity, new Set(['serviceAccount', 'iamRole']), `${what}: identity`)
  for (const key of ['serviceAccount', 'iamRole']) checkText(identity[key], `${what}: identity.${key}`)
}

/** @throws InvalidArgumentError for what cannot be launched by a plan */
export function checkTarget({ name: target, launchPlan, interfaceFor }: TaskDefinition, name: string): void {
  const what = `launch plan ${name}`
  if (launchPlan !== undefined) {
    const hint = 'Give it the workflow or the task, or make another plan of this one: plan.with({ … }).'
    throw invalid('target', `${what}: it cannot launch another launch plan, ${target}`, hint)
  }
  if (interfaceFor === undefined) return
  const hint = 'Declare it with its schemas: deployedTask({ name, inputs, output }).'
  throw invalid('target', `${what}: what task ${target} takes is not known here`, hint)
}

/**
 * Looks at a plan that starts runs by itself: nothing may be missing then.
 *
 * @throws InvalidArgumentError naming the input
 */
export function checkScheduled(name: string, { kickoffInput }: PlanSchedule, plan: TaskInterface): void {
  const what = `launch plan ${name}`
  if (kickoffInput !== undefined) checkKickoff(what, kickoffInput, plan)
  const missing = plan.inputs.filter(({ name: input, fallback }) => fallback === undefined && input !== kickoffInput)
  if (missing.length === 0) return
  const list = missing.map(({ name: input, label }) => `${input} (${label})`).join(', ')
  throw invalid('schedule', `${what} has a schedule, and no value for the input ${list}`, 'Save it: defaults or fixed.')
}

function checkKickoff(what: string, input: string, { inputs, fixedInputs = [] }: TaskInterface): void {
  const field = 'schedule.kickoffInput'
  if (fixedInputs.includes(input)) {
    throw invalid(field, `${what}: the input ${input} is fixed, and cannot be given the time of the schedule`)
  }
  const variable = inputs.find(({ name }) => name === input)
  if (variable === undefined) {
    const names = inputs.map(({ name }) => name)
    const meant = closest(input, names)
    const hint = meant === undefined ? `Its inputs are ${names.join(', ')}.` : `Did you mean ${meant}?`
    throw invalid(field, `${what}: kickoffInput ${input} is none of its inputs`, hint)
  }
  if (isCastable(literalTypes.datetime(), variable.codec.type)) return
  const type = describeType(variable.codec.type)
  throw invalid(
    field,
    `${what}: kickoffInput ${input} is of the type ${type}, and must be a date`,
    'Declare it z.date().',
  )
}

/** What `plan.override(…)` does. */
export function refuseOverride(name: string): never {
  const hint = 'Give options to launchPlan(…), or make another plan of it: plan.with({ … }).'
  throw invalid('override', `launch plan ${name} has no options of tasks to override`, hint)
}
