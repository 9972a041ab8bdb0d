import { fromBinary, type JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError, NotFoundError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Literal, VariableMap } from '@tern/idl/core'
import type { NamedLiteral, TaskSpec } from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import type { ActionDataReader } from '../data/action-data.ts'
import { readOffloadedInputs } from '../data/offloaded-inputs.ts'
import { inputsFileIn, outputsFileIn } from '../data/run-files.ts'
import type { ActionKey } from '../engine/model.ts'
import type { ActionsRepository } from '../store/actions-repository.ts'
import type { RunsRepository } from '../store/runs-repository.ts'
import type { TriggerKey } from '../store/triggers-repository.ts'
import type { Triggers } from '../triggers/triggers.ts'
import { type FormField, toLaunchForm } from './launch-form.ts'

export interface TranslatorParts {
  readonly triggers: Triggers
  readonly runs: RunsRepository
  readonly actions: ActionsRepository
  readonly actionData: ActionDataReader
  readonly storage: Storage
  /** Largest inputs to read, in bytes. */
  readonly maxBytes: number
}

/** Launch forms of tasks, empty or filled with literals from wherever they are. */
export class Translator {
  readonly #parts: TranslatorParts

  constructor(parts: TranslatorParts) {
    this.#parts = parts
  }

  /** The form that starts a task, filled with the task's defaults. */
  taskForm(task: TaskSpec): JsonObject {
    const defaults = new Map<string, Literal>()
    const optional = new Set<string>()
    for (const { name, parameter } of task.defaultInputs) {
      const { case: kind, value } = parameter?.behavior ?? {}
      if (kind === 'default' && value !== undefined) defaults.set(name, value as Literal)
      if (kind === 'default' || (kind === 'required' && value === false)) optional.add(name)
    }
    return toLaunchForm(
      variablesOf(task.taskTemplate?.interface?.inputs).map((field) => ({
        ...field,
        literal: defaults.get(field.name),
        isOptional: optional.has(field.name),
      })),
    )
  }

  /** The form of the literals that have a variable, in the order of the variables. */
  literalsForm(literals: ReadonlyArray<NamedLiteral>, variables: VariableMap | undefined): JsonObject {
    const byName = new Map(literals.map(({ name, value }) => [name, value]))
    const filled = variablesOf(variables).map((field) => ({ ...field, literal: byName.get(field.name) }))
    return toLaunchForm(filled.filter(({ literal }) => literal !== undefined))
  }

  /** The inputs of a revision of a trigger. Throws NotFoundError, and InvalidArgumentError when it has none. */
  async triggerInputs(key: TriggerKey, revision: number): Promise<ReadonlyArray<NamedLiteral>> {
    const { spec } = await this.#parts.triggers.getRevision(key, revision)
    const { inputWrapper } = fromBinary(TriggerSpecSchema, spec)
    if (inputWrapper.case === 'inputs') return inputWrapper.value.literals
    if (inputWrapper.case === 'offloadedInputData') {
      const { storage, maxBytes } = this.#parts
      return (await readOffloadedInputs(storage, inputsFileIn(inputWrapper.value.uri), maxBytes)).literals
    }
    throw new InvalidArgumentError(`trigger_id: revision ${revision} of trigger ${key.name} has no inputs`, {
      field: 'trigger_id',
    })
  }

  /**
   * The inputs or outputs of an action, whichever are at the URI. Throws NotFoundError for an unknown action and for data
   * that is gone, InvalidArgumentError for any other URI.
   */
  async actionLiterals(key: ActionKey, uri: string): Promise<ReadonlyArray<NamedLiteral>> {
    const { runs, actions, actionData } = this.#parts
    const [run, action] = await Promise.all([runs.find(key), actions.find(key)])
    if (run === undefined || action === undefined) {
      throw new NotFoundError(`action ${key.action} of run ${key.run} does not exist in ${key.project}/${key.domain}`)
    }
    const uris = await actionData.uris(run.runBase, action)
    const isInputs = inputsFileIn(uri) === uris.inputsUri
    if (!isInputs && (uris.outputsUri === '' || outputsFileIn(uri) !== uris.outputsUri)) {
      throw new InvalidArgumentError(`literals_uri: ${uri} is neither the inputs nor the outputs of the action`, {
        field: 'literals_uri',
        hint: 'Ask RunService.GetActionDataURIs where they are.',
      })
    }
    const data = await (isInputs ? actionData.inputs(action) : actionData.outputs(action))
    if (data === undefined) throw new NotFoundError(`there is nothing at ${uri}`)
    return data.literals
  }
}

function variablesOf(variables: VariableMap | undefined): FormField[] {
  return (variables?.variables ?? []).flatMap(({ key, value }) =>
    value === undefined ? [] : [{ name: key, variable: value }],
  )
}
