import {
  checkLiteral,
  describeType,
  InvalidArgumentError,
  isCastable,
  isTernError,
  literalTypes,
  typedLiteral,
} from '@tern/core'
import { type LaunchPlanSpec, OnLimit } from '@tern/idl/launchplan'
import type { NamedLiteral, RunSpec, Schedule, TaskSpec } from '@tern/idl/task'
import { rulesOf } from '../notifications/notification-rules.ts'
import type { TaskKey } from '../store/tasks-repository.ts'
import { toPolicy } from '../triggers/policy.ts'
import { toSchedule } from '@tern/core/schedule'
import { meant, namesOf, requiredInputs, typesOf } from './plan-inputs.ts'

export interface CheckPlanOptions {
  readonly now: number
  /** Whether its runs may ask for emails. */
  readonly canMail: boolean
  /** Checks where its runs are to be placed. Throws InvalidArgumentError. */
  readonly checkDirectory: (directory: string, field: string) => void
}

/**
 * The launch plan with inputs of the types that the task declares.
 *
 * Throws InvalidArgumentError, naming the field, for whatever its runs could not do.
 */
export function checkPlan(
  spec: LaunchPlanSpec,
  taskKey: TaskKey,
  task: TaskSpec,
  options: CheckPlanOptions,
): LaunchPlanSpec {
  const types = { task: `task ${taskKey.name} version ${taskKey.version}`, byName: typesOf(task) }
  const checked = {
    ...spec,
    fixedInputs: checkLiterals(spec.fixedInputs, 'spec.fixed_inputs', types),
    defaultInputs: checkLiterals(spec.defaultInputs, 'spec.default_inputs', types),
  }
  if (spec.runSpec !== undefined) checkRunSpec(spec.runSpec, options)
  checkConcurrency(spec)
  if (spec.schedule !== undefined) checkSchedule(spec.schedule, checked, task, types, options.now)
  return checked
}

interface InputTypes {
  /** In words. */
  readonly task: string
  readonly byName: ReturnType<typeof typesOf>
}

function checkLiterals(literals: ReadonlyArray<NamedLiteral>, field: string, types: InputTypes): NamedLiteral[] {
  const seen = new Set<string>()
  return literals.map((literal) => {
    const path = `${field}.${literal.name}`
    if (seen.has(literal.name)) throw refused(path, 'is there twice')
    seen.add(literal.name)
    return checkInput(literal, path, types)
  })
}

function checkInput(literal: NamedLiteral, path: string, { task, byName }: InputTypes): NamedLiteral {
  const type = byName.get(literal.name)
  if (type === undefined) throw refused(path, `${task} has no such input; ${meant(literal.name, byName.keys())}`)
  if (literal.value === undefined) throw refused(path, 'value is required')
  try {
    const value = typedLiteral(literal.value, type, path)
    checkLiteral(value, type, path)
    return { ...literal, value }
  } catch (error) {
    if (!isTernError(error)) throw error
    throw new InvalidArgumentError(error.message, { field: path, cause: error })
  }
}

// What a run comes from, and when, is said when it is launched.
const ofOneRun = {
  relatedTo: 'related_to',
  relation: 'relation',
  recover: 'recover',
  runStartTime: 'run_start_time',
} as const

function checkRunSpec(runSpec: RunSpec, { canMail, checkDirectory }: CheckPlanOptions): void {
  const field = 'spec.run_spec'
  for (const [name, protoName] of Object.entries(ofOneRun)) {
    if (runSpec[name as keyof typeof ofOneRun] === undefined) continue
    throw refused(`${field}.${protoName}`, 'is of one run, and cannot hold for all runs of a launch plan')
  }
  if (runSpec.runBaseDir !== '') checkDirectory(runSpec.runBaseDir, `${field}.run_base_dir`)
  toPolicy(runSpec, field)
  rulesOf(runSpec, { canMail }, field)
}

const onLimits: Readonly<Record<number, true>> = {
  [OnLimit.UNSPECIFIED]: true,
  [OnLimit.SKIP]: true,
  [OnLimit.QUEUE]: true,
}

function checkConcurrency({ concurrency }: LaunchPlanSpec): void {
  if (concurrency === undefined || concurrency.onLimit in onLimits) return
  throw refused('spec.concurrency.on_limit', `${concurrency.onLimit} is none of ON_LIMIT_SKIP and ON_LIMIT_QUEUE`)
}

function checkSchedule(schedule: Schedule, spec: LaunchPlanSpec, task: TaskSpec, types: InputTypes, now: number): void {
  const field = 'spec.schedule'
  toSchedule(schedule, now, field)
  const kickoff = schedule.kickoffTimeInputArg
  if (kickoff !== '') checkKickoff(kickoff, spec, types, `${field}.kickoff_time_input_arg`)
  const missing = requiredInputs(spec, task).filter((name) => name !== kickoff)
  if (missing.length === 0) return
  const [inputs, verb] = missing.length === 1 ? ['input', 'has'] : ['inputs', 'have']
  throw new InvalidArgumentError(
    `${field}: the ${inputs} ${missing.join(', ')} of ${types.task} ${verb} no value, and nobody gives one to runs that a schedule starts`,
    { field, hint: 'Fix them, give them defaults, or let one of them take the time of the kickoff.' },
  )
}

function checkKickoff(
  name: string,
  { fixedInputs }: LaunchPlanSpec,
  { task, byName }: InputTypes,
  field: string,
): void {
  const type = byName.get(name)
  if (type === undefined) {
    throw refused(field, `${task} has no input ${JSON.stringify(name.slice(0, 80))}; ${meant(name, byName.keys())}`)
  }
  if (!isCastable(literalTypes.datetime(), type)) {
    throw refused(field, `the input ${name} of ${task} is ${describeType(type)}, which does not take a datetime`)
  }
  if (namesOf(fixedInputs).has(name)) throw refused(field, `the input ${name} is fixed, and so takes no time`)
}

function refused(field: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: ${problem}`, { field })
}
