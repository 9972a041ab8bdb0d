import { DataValidationError, describeValue } from '@tern/core'
import type { TaskInterface, Variable } from './task-interface.ts'
import type { ValidationIssue, ValidationResult } from './standard-schema.ts'

/** Either now or later: schemas may check asynchronously, and hardly any do. */
export type MaybePromise<T> = T | Promise<T>

type Side = 'input' | 'output'

/**
 * Checks what a caller gives to a task.
 *
 * @returns the values in the order of the interface, as the caller's side writes them: defaults filled in, not transformed
 * @throws DataValidationError naming the task, the input and both types
 */
export function checkGivenInputs(
  task: TaskInterface,
  given: Readonly<Record<string, unknown>>,
): MaybePromise<unknown[]> {
  checkNames(task, given)
  return checkAll(task, task.inputs, 'input', (variable) => given[variable.name], writtenValue)
}

/** Checks what arrived for a task and gives its function's argument: every input, transformed. */
export function checkArrivedInputs(
  task: TaskInterface,
  values: readonly unknown[],
): MaybePromise<Record<string, unknown>> {
  const checked = checkAll(task, task.inputs, 'input', (_, index) => values[index], readValue)
  return checked instanceof Promise ? checked.then((all) => byName(task.inputs, all)) : byName(task.inputs, checked)
}

/**
 * Checks what a task's function returned.
 *
 * @returns the values in the order of the interface
 * @throws DataValidationError naming the task, the output and both types
 */
export function checkReturned(task: TaskInterface, returned: unknown): MaybePromise<unknown[]> {
  if (task.outputKind === 'none') {
    if (returned === undefined) return []
    throw new DataValidationError(`${task.owner} declares no output, but returned ${describeValue(returned)}`, {
      path: 'output',
      hint: 'Declare it with `output`, or return nothing.',
    })
  }
  if (task.outputKind === 'single') return checkAll(task, task.outputs, 'output', () => returned, writtenValue)
  if (typeof returned !== 'object' || returned === null) {
    const names = task.outputs.map(({ name }) => name).join(', ')
    throw new DataValidationError(
      `${task.owner} must return an object of its outputs (${names}), got ${describeValue(returned)}`,
      { path: 'output' },
    )
  }
  const outputs = returned as Record<string, unknown>
  return checkAll(task, task.outputs, 'output', (variable) => outputs[variable.name], writtenValue)
}

/** Checks the outputs that arrived from a task, and gives them as callers get them. */
export function checkArrivedOutputs(task: TaskInterface, values: readonly unknown[]): MaybePromise<unknown> {
  const checked = checkAll(task, task.outputs, 'output', (_, index) => values[index], readValue)
  return checked instanceof Promise ? checked.then((all) => toResult(task, all)) : toResult(task, checked)
}

function toResult(task: TaskInterface, values: readonly unknown[]): unknown {
  if (task.outputKind === 'none') return undefined
  return task.outputKind === 'single' ? values[0] : byName(task.outputs, values)
}

type Pick = (variable: Variable, index: number) => unknown
type Choose = (variable: Variable, given: unknown, validated: unknown) => unknown

function readValue(_variable: Variable, _given: unknown, validated: unknown): unknown {
  return validated
}

// What is written must validate again where it is read; a transformed value would not.
function writtenValue(variable: Variable, given: unknown, validated: unknown): unknown {
  if (!variable.transforms) return validated
  return given === undefined ? variable.fallback?.value : given
}

function checkAll(
  task: TaskInterface,
  variables: readonly Variable[],
  side: Side,
  pick: Pick,
  choose: Choose,
): MaybePromise<unknown[]> {
  const values: unknown[] = []
  let pending: Promise<void>[] | undefined
  for (let i = 0; i < variables.length; i++) {
    const variable = variables[i] as Variable
    const given = pick(variable, i)
    const result = variable.schema['~standard'].validate(given)
    if (result instanceof Promise) {
      pending ??= []
      pending.push(result.then((late) => void (values[i] = accept(task, variable, side, given, late, choose))))
    } else {
      values[i] = accept(task, variable, side, given, result, choose)
    }
  }
  return pending === undefined ? values : Promise.all(pending).then(() => values)
}

function accept(
  task: TaskInterface,
  variable: Variable,
  side: Side,
  given: unknown,
  result: ValidationResult<unknown>,
  choose: Choose,
): unknown {
  if (result.issues !== undefined) throw mismatch(task, variable, side, given, result.issues)
  return choose(variable, given, result.value)
}

/** The error for a value that does not fit: names the task, the input or output, and both types. */
function mismatch(
  task: TaskInterface,
  variable: Variable,
  side: Side,
  given: unknown,
  issues: readonly ValidationIssue[],
): DataValidationError {
  const reasons = issues.slice(0, 5).map(describeIssue)
  if (issues.length > 5) reasons.push(`and ${issues.length - 5} more`)
  const isOfType = issues.every(isAboutValue)
  const what = isOfType
    ? `${describeValue(given)} is refused`
    : `expected ${variable.label}, got ${describeValue(given)}`
  return new DataValidationError(`${variable.where}: ${what}: ${reasons.join('; ')}`, {
    path: `${side}s.${variable.name}${pathText(issues[0]?.path)}`,
  })
}

// What zod says of a value that has the right type, and that a check such as `min` does not let pass.
const checks: ReadonlySet<unknown> = new Set(['too_small', 'too_big', 'not_multiple_of', 'invalid_format', 'custom'])

function isAboutValue(issue: ValidationIssue): boolean {
  return 'code' in issue && checks.has(issue.code)
}

function checkNames(task: TaskInterface, given: Readonly<Record<string, unknown>>): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new DataValidationError(`${task.owner} takes one object of inputs, got ${describeValue(given)}`, {
      path: 'inputs',
      hint: inputsHint(task),
    })
  }
  const { inputs } = task
  for (const name in given) {
    if (!inputs.some((variable) => variable.name === name)) {
      if (task.fixedInputs?.includes(name)) throw fixedInput(task, name)
      throw new DataValidationError(`${task.owner} has no input ${name}`, {
        path: 'inputs',
        hint: inputsHint(task),
      })
    }
  }
  if (inputs.every((variable) => given[variable.name] !== undefined || variable.fallback !== undefined)) return
  const missing = inputs.filter((variable) => given[variable.name] === undefined && isRequired(variable))
  if (missing.length === 0) return
  const list = missing.map(({ name, label }) => `${name} (${label})`).join(', ')
  throw new DataValidationError(`${task.owner}: missing input ${list}`, {
    path: 'inputs',
    hint: inputsHint(task),
  })
}

function fixedInput(task: TaskInterface, name: string): DataValidationError {
  return new DataValidationError(`${task.owner} fixes the input ${name}, which cannot be given`, {
    path: `inputs.${name}`,
    hint: inputsHint(task),
  })
}

// An asynchronous schema has not told yet whether it accepts nothing.
function isRequired(variable: Variable): boolean {
  return variable.fallback === undefined && !(variable.schema['~standard'].validate(undefined) instanceof Promise)
}

function inputsHint(task: TaskInterface): string {
  if (task.inputs.length === 0) return 'It takes no inputs.'
  return `It takes ${task.inputs.map(({ name, label }) => `${name} (${label})`).join(', ')}.`
}

function describeIssue({ message, path }: ValidationIssue): string {
  const text = pathText(path)
  return text === '' ? message : `${text.replace(/^\./, '')}: ${message}`
}

function pathText(path: ValidationIssue['path']): string {
  return (path ?? [])
    .map((part) => (typeof part === 'object' ? part.key : part))
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
}

function byName(variables: readonly Variable[], values: readonly unknown[]): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (let i = 0; i < variables.length; i++) result[(variables[i] as Variable).name] = values[i]
  return result
}
