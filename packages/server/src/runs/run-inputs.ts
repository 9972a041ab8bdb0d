import { toBinary } from '@bufbuild/protobuf'
import { checkInputs, inputsHash, InvalidArgumentError, toLiteral, typedLiteral } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { OffloadedInputData } from '@tern/idl/common'
import type { VariableMap } from '@tern/idl/core'
import { type Inputs, InputsSchema, type NamedLiteral, type TaskSpec } from '@tern/idl/task'
import { inputsFileIn } from '../data/run-files.ts'
import { type InputsPlace, isWithin, readOffloadedInputs, storeInputs } from '../data/offloaded-inputs.ts'
import type { ActionData } from '../engine/model.ts'
import { type PlanInputs, withPlanInputs } from '../launch-plans/plan-inputs.ts'

export type InputsRequest =
  | { readonly case: 'inputs'; readonly value: Inputs }
  | { readonly case: 'offloadedInputData'; readonly value: OffloadedInputData }
  | { readonly case: undefined }

export interface RunInputsOptions {
  readonly storage: Storage
  readonly place: InputsPlace
  readonly maxInlineBytes: number
  readonly maxBytes: number
  /** For runs of a trigger that tells its task when it fired. */
  readonly kickoff?: KickoffTime | undefined
  /** Of the launch plan that the run is of. */
  readonly plan?: PlanInputs | undefined
}

/** An input that takes the time a trigger fired for. */
export interface KickoffTime {
  readonly input: string
  /** UTC epoch milliseconds. */
  readonly at: number
}

export interface RunInputs {
  readonly data: ActionData
  /** Of the inputs that count for the cache. */
  readonly hash: string
}

/**
 * The inputs of a run: the request's, completed with the task's defaults, in the order of its interface. Inputs in a
 * storage of somebody else's are taken as they are.
 *
 * Throws InvalidArgumentError or DataValidationError, naming the input.
 */
export async function resolveRunInputs(
  request: InputsRequest,
  task: TaskSpec,
  options: RunInputsOptions,
): Promise<RunInputs> {
  const ignored = task.taskTemplate?.metadata?.cacheIgnoreInputVars ?? []
  if (request.case !== 'offloadedInputData') {
    const inputs = completeInputs(request.case === 'inputs' ? request.value : noInputs, task, options)
    return { data: await toData(inputs, options), hash: inputsHash(inputs.literals, ignored) }
  }
  const uri = inputsFileIn(request.value.uri)
  if (!isWithin(options.storage, uri)) {
    if (options.plan !== undefined) throw outOfReach(uri)
    return { data: { uri }, hash: hashAt(request.value.inputsHash, options.kickoff, ignored) }
  }
  const stored = await readOffloadedInputs(options.storage, uri, options.maxBytes)
  const inputs = completeInputs(stored, task, options)
  const before = new Set(stored.literals)
  const isWhole =
    inputs.literals.every((literal) => before.has(literal)) && inputs.context.length === stored.context.length
  return { data: isWhole ? { uri } : await toData(inputs, options), hash: inputsHash(inputs.literals, ignored) }
}

/** The inputs of a run that whoever asks for it executes: nothing is read, and nothing is missing. */
export async function inputsOfOthers(request: InputsRequest): Promise<RunInputs> {
  switch (request.case) {
    case 'inputs':
      return { data: { bytes: toBinary(InputsSchema, request.value) }, hash: '' }
    case 'offloadedInputData':
      return { data: { uri: inputsFileIn(request.value.uri) }, hash: request.value.inputsHash }
    default:
      return { data: { bytes: new Uint8Array() }, hash: '' }
  }
}

const noInputs: Inputs = { $typeName: 'flyteidl2.task.Inputs', literals: [], context: [] }

// Inputs that are out of reach get the time from the task's runtime: each firing has a result of its own all the same.
function hashAt(hash: string, kickoff: KickoffTime | undefined, ignored: ReadonlyArray<string>): string {
  if (kickoff === undefined || ignored.includes(kickoff.input)) return hash
  return `${hash}|runStartTime=${new Date(kickoff.at).toISOString()}`
}

/** In the context of inputs, names the input that runtimes put the run's start time into. */
const kickoffContextKey = '_u_kickoff_time_input_arg'

function withKickoff(inputs: Inputs, task: TaskSpec, { input, at }: KickoffTime): Inputs {
  const context = inputs.context.filter(({ key }) => key !== kickoffContextKey)
  context.push({ $typeName: 'flyteidl2.core.KeyValuePair', key: kickoffContextKey, value: input })
  const type = task.taskTemplate?.interface?.inputs?.variables.find(({ key }) => key === input)?.value?.type
  if (type === undefined || inputs.literals.some(({ name }) => name === input)) return { ...inputs, context }
  const value = toLiteral(new Date(at), type)
  return {
    ...inputs,
    context,
    literals: [...inputs.literals, { $typeName: 'flyteidl2.task.NamedLiteral', name: input, value }],
  }
}

type Additions = Pick<RunInputsOptions, 'kickoff' | 'plan'>

/**
 * Adds the time of the firing, what the launch plan says, and the defaults of inputs that are left out, then checks all
 * against the interface.
 */
function completeInputs(given: Inputs, task: TaskSpec, { kickoff, plan }: Additions): Inputs {
  const timed = kickoff === undefined ? given : withKickoff(given, task, kickoff)
  const inputs = plan === undefined ? timed : withPlanInputs(timed, plan)
  const variables = task.taskTemplate?.interface?.inputs
  const names = new Set(inputs.literals.map(({ name }) => name))
  const literals = inputs.literals.map((literal) => withDeclaredType(literal, variables))
  for (const { name, parameter } of task.defaultInputs) {
    if (names.has(name) || parameter?.behavior.case !== 'default') continue
    literals.push({ $typeName: 'flyteidl2.task.NamedLiteral', name, value: parameter.behavior.value })
  }
  checkInputs(literals, variables)
  return { ...inputs, literals: inOrder(literals, variables?.variables.map(({ key }) => key) ?? []) }
}

function outOfReach(uri: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `inputs at ${uri} cannot be given to a launch plan: they are not in this server's storage`,
    {
      field: 'inputs',
    },
  )
}

// Who calls a task by name alone does not know of what types its inputs are.
function withDeclaredType(given: NamedLiteral, variables: VariableMap | undefined): NamedLiteral {
  const { name, value } = given
  const type = variables?.variables.find(({ key }) => key === name)?.value?.type
  if (type === undefined || value === undefined) return given
  const typed = typedLiteral(value, type, `inputs.${name}`)
  return typed === value ? given : { ...given, value: typed }
}

function inOrder(literals: NamedLiteral[], names: ReadonlyArray<string>): NamedLiteral[] {
  const place = new Map(names.map((name, index) => [name, index]))
  return literals.sort((a, b) => (place.get(a.name) ?? 0) - (place.get(b.name) ?? 0))
}

async function toData(inputs: Inputs, options: RunInputsOptions): Promise<ActionData> {
  const bytes = toBinary(InputsSchema, inputs)
  if (bytes.length <= options.maxInlineBytes) return { bytes }
  return { uri: await storeInputs(options.storage, options.place, bytes) }
}
