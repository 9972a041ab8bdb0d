import { toBinary } from '@bufbuild/protobuf'
import type { Literal, LiteralType, VariableMap } from '@tern/idl/core'
import type { Inputs, NamedLiteral, Outputs } from '@tern/idl/task'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import { checkLiteral } from './check-literal.ts'
import { describeType } from './describe-type.ts'
import { DataValidationError } from './errors.ts'
import { fromLiteral } from './from-literal.ts'
import { acceptsNone } from './literal-types.ts'
import { setOwn } from './plain-object.ts'
import { jsonToLiteral, toLiteral } from './to-literal.ts'
import type { ValueSource } from './value-source.ts'

/** Values by the names of their variables. */
export type TaskValues = Readonly<Record<string, unknown>>

export interface ToInputsOptions {
  /** Used where a value is left out. */
  readonly defaults?: ReadonlyMap<string, Literal> | undefined
  /** Set to `json` for values that came as JSON. Defaults to `value`. */
  readonly source?: ValueSource | undefined
}

/**
 * A task's inputs for the wire, in the order of `variables`. What is left out takes its default, or nothing if its type
 * allows that.
 *
 * @throws DataValidationError for a value of the wrong type, one that is missing, and one that the task does not have
 */
export function toInputs(
  values: TaskValues,
  variables: VariableMap | undefined,
  options: ToInputsOptions = {},
): Inputs {
  return {
    $typeName: 'flyteidl2.task.Inputs',
    literals: toNamedLiterals(values, variables, 'inputs', options),
    context: [],
  }
}

/**
 * A task's outputs for the wire, in the order of `variables`.
 *
 * @throws DataValidationError as for inputs
 */
export function toOutputs(values: TaskValues, variables: VariableMap | undefined): Outputs {
  return {
    $typeName: 'flyteidl2.task.Outputs',
    literals: toNamedLiterals(values, variables, 'outputs', {}),
    producedArtifacts: [],
  }
}

/** A task's inputs as values by name. What the interface does not name is read as it says itself. */
export function fromInputs(inputs: Inputs, variables?: VariableMap): Record<string, unknown> {
  return fromNamedLiterals(inputs.literals, variables, 'inputs')
}

/** A task's outputs as values by name. */
export function fromOutputs(outputs: Outputs, variables?: VariableMap): Record<string, unknown> {
  return fromNamedLiterals(outputs.literals, variables, 'outputs')
}

/** Serialises inputs. */
export function encodeInputs(inputs: Inputs): Uint8Array<ArrayBuffer> {
  return toBinary(InputsSchema, inputs)
}

/** Serialises outputs. */
export function encodeOutputs(outputs: Outputs): Uint8Array<ArrayBuffer> {
  return toBinary(OutputsSchema, outputs)
}

/**
 * Checks inputs that came over the wire against a task's interface: each known, each of its type, none missing.
 *
 * @throws DataValidationError naming the input
 */
export function checkInputs(inputs: readonly NamedLiteral[], variables: VariableMap | undefined): void {
  const seen = new Set<string>()
  const types = typesOf(variables)
  for (const { name, value } of inputs) {
    const type = types.get(name)
    if (type === undefined) throw unknownVariable(name, 'inputs', types)
    if (seen.has(name)) throw new DataValidationError(`inputs.${name}: given twice`, { path: `inputs.${name}` })
    seen.add(name)
    if (value !== undefined) checkLiteral(value, type, `inputs.${name}`)
  }
  for (const [name, type] of types) {
    if (!seen.has(name) && !acceptsNone(type)) throw missing(name, 'inputs', type)
  }
}

type Side = 'inputs' | 'outputs'

const noType: LiteralType = { $typeName: 'flyteidl2.core.LiteralType', type: { case: undefined } }

function toNamedLiterals(
  values: TaskValues,
  variables: VariableMap | undefined,
  side: Side,
  { defaults, source }: ToInputsOptions,
): NamedLiteral[] {
  const literals: NamedLiteral[] = []
  const convert = source === 'json' ? jsonToLiteral : toLiteral
  let given = 0
  for (const { key, value: variable } of variables?.variables ?? []) {
    const type = variable?.type ?? noType
    const isGiven = Object.hasOwn(values, key)
    const value = isGiven ? values[key] : undefined
    if (isGiven) given++
    const fallback = value === undefined ? defaults?.get(key) : undefined
    // An output that is undefined was returned so: it has the wrong type, rather than being forgotten.
    const isMissing = value === undefined && !(isGiven && side === 'outputs')
    if (isMissing && fallback === undefined && !acceptsNone(type)) throw missing(key, side, type)
    literals.push({
      $typeName: 'flyteidl2.task.NamedLiteral',
      name: key,
      value: fallback ?? convert(value, type, `${side}.${key}`),
    })
  }
  if (given < Object.keys(values).length) refuseUnknown(values, variables, side)
  return literals
}

function refuseUnknown(values: TaskValues, variables: VariableMap | undefined, side: Side): void {
  const types = typesOf(variables)
  for (const name of Object.keys(values)) {
    if (!types.has(name) && values[name] !== undefined) throw unknownVariable(name, side, types)
  }
}

function fromNamedLiterals(
  literals: readonly NamedLiteral[],
  variables: VariableMap | undefined,
  side: Side,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name, value } of literals) {
    if (value === undefined) continue
    setOwn(values, name, fromLiteral(value, typeOf(name, variables), `${side}.${name}`))
  }
  return values
}

function typeOf(name: string, variables: VariableMap | undefined): LiteralType | undefined {
  for (const entry of variables?.variables ?? []) {
    if (entry.key === name) return entry.value?.type
  }
  return undefined
}

function typesOf(variables: VariableMap | undefined): Map<string, LiteralType> {
  return new Map((variables?.variables ?? []).map(({ key, value }) => [key, value?.type ?? noType]))
}

function missing(name: string, side: Side, type: LiteralType): DataValidationError {
  const path = `${side}.${name}`
  return new DataValidationError(`${path}: missing, expected ${describeType(type)}`, { path })
}

function unknownVariable(name: string, side: Side, types: ReadonlyMap<string, LiteralType>): DataValidationError {
  const known = [...types.keys()].join(', ')
  const path = `${side}.${name}`
  return new DataValidationError(`${path}: the task has no such ${side === 'inputs' ? 'input' : 'output'}`, {
    path,
    hint: known === '' ? `It has no ${side}.` : `Its ${side} are: ${known}.`,
  })
}
