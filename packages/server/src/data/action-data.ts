import { fromBinary } from '@bufbuild/protobuf'
import { isSuccessPhase, NotFoundError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { type Inputs, InputsSchema, type Outputs, OutputsSchema } from '@tern/idl/task'
import { ActionType } from '@tern/idl/workflow'
import type { ActionRow } from '../store/actions-repository.ts'
import { attemptPrefix, inputsFileIn, inputsUri, outputsFileIn } from './run-files.ts'

export interface ActionDataParts {
  readonly storage: Storage
  /** Largest object to read, in bytes. */
  readonly maxBytes: number
}

export interface ActionDataUris {
  readonly inputsUri: string
  /** Empty until the action has succeeded, and for what has no outputs in storage. */
  readonly outputsUri: string
}

/** Inputs and outputs of actions, wherever they are kept. */
export class ActionDataReader {
  readonly #storage: Storage
  readonly #maxBytes: number

  constructor(parts: ActionDataParts) {
    this.#storage = parts.storage
    this.#maxBytes = parts.maxBytes
  }

  /** Undefined when they are in storage, but no longer there. */
  async inputs(action: ActionRow): Promise<Inputs | undefined> {
    const bytes = action.inputs ?? (await this.#read(action.inputsUri, inputsFileIn))
    return bytes && fromBinary(InputsSchema, bytes)
  }

  /** Undefined until the action has succeeded, and when they are in storage, but no longer there. */
  async outputs(action: ActionRow): Promise<Outputs | undefined> {
    if (!isSuccessPhase(action.phase)) return undefined
    const bytes = action.outputs ?? (await this.#read(action.outputsUri, outputsFileIn))
    return bytes && fromBinary(OutputsSchema, bytes)
  }

  /** URIs of the data, which is put there first where it is kept with the action. */
  async uris(runBase: string, action: ActionRow): Promise<ActionDataUris> {
    return {
      inputsUri: await this.#placeInputs(runBase, action),
      outputsUri: hasOutputsUri(action) ? await this.#placeOutputs(runBase, action) : '',
    }
  }

  /**
   * What a parent is told of a child's outputs: the directory that has them, or the file itself for a trace. In every
   * phase, as the place is known from the start.
   */
  async outputPrefix(runBase: string, action: ActionRow): Promise<string> {
    if (action.actionType === ActionType.CONDITION) return ''
    if (isSuccessPhase(action.phase)) {
      const uri = await this.#placeOutputs(runBase, action)
      if (action.actionType === ActionType.TRACE) return uri
      // Where there are none, nothing is read there: but Flyte's SDK warns of actions without a place.
      return uri === '' ? attemptPrefix(runBase, action.name, action.attempt) : uri.replace(/\/outputs\.pb$/, '')
    }
    return action.outputsUri ?? attemptPrefix(runBase, action.name, action.attempt)
  }

  async #placeInputs(runBase: string, action: ActionRow): Promise<string> {
    const uri = inputsFileIn(inputsUri(runBase, action))
    if (action.inputs !== null) await this.#place(uri, action.inputs)
    return uri
  }

  async #placeOutputs(runBase: string, action: ActionRow): Promise<string> {
    if (action.outputsUri !== null) return outputsFileIn(action.outputsUri)
    if (action.outputs === null) return ''
    const uri = outputsFileIn(attemptPrefix(runBase, action.name, action.attempt))
    await this.#place(uri, action.outputs)
    return uri
  }

  // The same bytes each time, so it does not matter who comes first.
  async #place(uri: string, bytes: Uint8Array): Promise<void> {
    if (!(await this.#storage.exists(uri))) await this.#storage.write(uri, bytes)
  }

  async #read(uri: string | null, fileIn: (uri: string) => string): Promise<Uint8Array | undefined> {
    if (uri === null || uri === '') return undefined
    try {
      return await this.#storage.read(fileIn(uri), { maxBytes: this.#maxBytes })
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }
}

/** A condition's value is part of its details, and no file. */
function hasOutputsUri({ phase, actionType }: ActionRow): boolean {
  return isSuccessPhase(phase) && actionType !== ActionType.CONDITION
}
