import { clone } from '@bufbuild/protobuf'
import { acceptsNone, closest, InvalidArgumentError, literalTypes } from '@tern/core'
import type { Literal, LiteralType, TypedInterface } from '@tern/idl/core'
import { TypedInterfaceSchema } from '@tern/idl/core'
import type { LaunchPlanSpec } from '@tern/idl/launchplan'
import type { Inputs, NamedLiteral, NamedParameter, TaskSpec } from '@tern/idl/task'

/** What a launch plan says of the inputs of its runs. */
export type PlanInputs = Pick<LaunchPlanSpec, 'fixedInputs' | 'defaultInputs' | 'context'>

/** What can be given at a launch: the inputs of the task that are not fixed, in their order, with the defaults that hold. */
export function parametersOf(plan: PlanInputs, task: TaskSpec): NamedParameter[] {
  const fixed = namesOf(plan.fixedInputs)
  const defaults = new Map<string, Literal>()
  for (const { name, parameter } of task.defaultInputs) {
    if (parameter?.behavior.case === 'default') defaults.set(name, parameter.behavior.value)
  }
  for (const { name, value } of plan.defaultInputs) if (value !== undefined) defaults.set(name, value)
  return variablesOf(task).flatMap(({ key: name, value: variable }) => {
    if (fixed.has(name)) return []
    const value = defaults.get(name)
    const behavior =
      value === undefined ? ({ case: 'required', value: true } as const) : ({ case: 'default', value } as const)
    const parameter = { $typeName: 'flyteidl2.core.Parameter' as const, behavior, ...(variable && { var: variable }) }
    return [{ $typeName: 'flyteidl2.task.NamedParameter', name, parameter }]
  })
}

/** The interface of the task without the fixed inputs. */
export function interfaceOf({ fixedInputs }: PlanInputs, { taskTemplate }: TaskSpec): TypedInterface | undefined {
  if (taskTemplate?.interface === undefined) return undefined
  const typed = clone(TypedInterfaceSchema, taskTemplate.interface)
  const fixed = namesOf(fixedInputs)
  if (typed.inputs) typed.inputs.variables = typed.inputs.variables.filter(({ key }) => !fixed.has(key))
  return typed
}

/** The inputs that a launch has to give, as there is no value for them. */
export function requiredInputs(plan: PlanInputs, task: TaskSpec): ReadonlyArray<string> {
  return parametersOf(plan, task)
    .filter(({ parameter }) => parameter?.behavior.case === 'required' && !acceptsNone(parameter.var?.type ?? anything))
    .map(({ name }) => name)
}

/**
 * The inputs of a run of the plan, as far as it says anything: what is fixed, then what is given, then its defaults.
 *
 * Throws InvalidArgumentError, naming the input, for one that is given and fixed.
 */
export function withPlanInputs(given: Inputs, { fixedInputs, defaultInputs, context }: PlanInputs): Inputs {
  const fixed = namesOf(fixedInputs)
  for (const { name } of given.literals) if (fixed.has(name)) throw isFixed(name)
  const settled = new Set([...fixed, ...namesOf(given.literals)])
  const literals = [...fixedInputs, ...given.literals, ...defaultInputs.filter(({ name }) => !settled.has(name))]
  const keys = new Set(given.context.map(({ key }) => key))
  const added = Object.entries(context).filter(([key]) => !keys.has(key))
  return { ...given, literals, context: [...given.context, ...added.map(([key, value]) => toPair(key, value))] }
}

export function namesOf(literals: ReadonlyArray<NamedLiteral>): ReadonlySet<string> {
  return new Set(literals.map(({ name }) => name))
}

function variablesOf({ taskTemplate }: TaskSpec) {
  return taskTemplate?.interface?.inputs?.variables ?? []
}

export function typesOf(task: TaskSpec): ReadonlyMap<string, LiteralType> {
  return new Map(variablesOf(task).flatMap(({ key, value }) => (value?.type ? [[key, value.type] as const] : [])))
}

/** What to add about a name that there is not among these. */
export function meant(name: string, known: Iterable<string>): string {
  const names = [...known]
  const near = closest(name, names)
  if (near !== undefined) return `did you mean ${near}?`
  return names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`
}

const anything = literalTypes.none()

function isFixed(name: string): InvalidArgumentError {
  return new InvalidArgumentError(`inputs.${name}: the launch plan fixes this input, and it cannot be given`, {
    field: `inputs.${name}`,
    hint: 'Leave it out, or deploy a launch plan that has it as a default.',
  })
}

function toPair(key: string, value: string) {
  return { $typeName: 'flyteidl2.core.KeyValuePair' as const, key, value }
}
