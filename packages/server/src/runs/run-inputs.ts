import { toBinary } from '@bufbuild/protobuf'
import { checkInputs, inputsHash } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { OffloadedInputData } from '@tern/idl/common'
import { type Inputs, InputsSchema, type NamedLiteral, type TaskSpec } from '@tern/idl/task'
import { inputsFileIn } from '../data/run-files.ts'
import { type InputsPlace, isWithin, readOffloadedInputs, storeInputs } from '../data/offloaded-inputs.ts'
import type { ActionData } from '../engine/model.ts'

export type InputsRequest =
  | { readonly case: 'inputs'; readonly value: Inputs }
  | { readonly case: 'offloadedInputData'; readonly value: OffloadedInputData }
  | { readonly case: undefined }

export interface RunInputsOptions {
  readonly storage: Storage
  readonly place: InputsPlace
  readonly maxInlineBytes: number
  readonly maxBytes: number
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
    const inputs = completeInputs(request.case === 'inputs' ? request.value : noInputs, task)
    return { data: await toData(inputs, options), hash: inputsHash(inputs.literals, ignored) }
  }
  const uri = inputsFileIn(request.value.uri)
  if (!isWithin(options.storage, uri)) return { data: { uri }, hash: request.value.inputsHash }
  const stored = await readOffloadedInputs(options.storage, uri, options.maxBytes)
  const inputs = completeInputs(stored, task)
  const isWhole = inputs.literals.length === stored.literals.length
  return { data: isWhole ? { uri } : await toData(inputs, options), hash: inputsHash(inputs.literals, ignored) }
}

const noInputs: Inputs = { $typeName: 'flyteidl2.task.Inputs', literals: [], context: [] }

/** Adds the defaults of inputs that are left out, then checks all of them against the task's interface. */
function completeInputs(inputs: Inputs, task: TaskSpec): Inputs {
  const variables = task.taskTemplate?.interface?.inputs
  const given = new Set(inputs.literals.map(({ name }) => name))
  const literals = [...inputs.literals]
  for (const { name, parameter } of task.defaultInputs) {
    if (given.has(name) || parameter?.behavior.case !== 'default') continue
    literals.push({ $typeName: 'flyteidl2.task.NamedLiteral', name, value: parameter.behavior.value })
  }
  checkInputs(literals, variables)
  return { ...inputs, literals: inOrder(literals, variables?.variables.map(({ key }) => key) ?? []) }
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
