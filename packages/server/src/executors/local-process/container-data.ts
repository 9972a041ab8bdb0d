import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { type TaskFailure, toTaskFailure } from '@tern/core'
import { ContainerFiles, containerLayoutOf } from '@tern/core/containers'
import type { Storage } from '@tern/core/storage'
import { type Inputs, InputsSchema, OutputsSchema, TaskSpecSchema } from '@tern/idl/task'
import type { Attempt } from '../executor.ts'
import type { AttemptPaths } from './paths.ts'

export interface ContainerDataParts {
  readonly attempt: Attempt
  readonly paths: AttemptPaths
  readonly storage: Storage
}

/** The inputs and outputs of an attempt whose task has them as files. */
export class ContainerData {
  readonly #parts: ContainerDataParts
  readonly #files: ContainerFiles

  private constructor(parts: ContainerDataParts, files: ContainerFiles) {
    this.#parts = parts
    this.#files = files
  }

  /** Writes the inputs. Null for tasks that are not of this kind. */
  static async stage(parts: ContainerDataParts): Promise<ContainerData | null> {
    const { attempt, paths, storage } = parts
    if (attempt.spec.taskType !== 'raw-container') return null
    const layout = containerLayoutOf(fromBinary(TaskSpecSchema, attempt.spec.bytes).taskTemplate)
    if (layout === undefined) return null
    const place = { folder: paths.workingDir, rawDataPrefix: paths.rawOutputDataPrefix, storage }
    return new ContainerData(parts, await ContainerFiles.stage(layout, await readInputs(attempt, storage), place))
  }

  /**
   * Part of a command, with the values and the places of the inputs.
   *
   * @param between what else is to be put in, where no input can pretend to ask for it
   */
  render(text: string, between: (text: string) => string = (unchanged) => unchanged): string {
    return this.#files.withValues(between(this.#files.withPaths(text)))
  }

  /** Makes an `outputs.pb` of the files that the task left. Resolves to what is wrong with them, if anything is. */
  async collect(): Promise<TaskFailure | undefined> {
    const { paths, storage } = this.#parts
    try {
      const bytes = toBinary(OutputsSchema, create(OutputsSchema, { literals: await this.#files.collect() }))
      await storage.write(`${paths.outputPrefix}/outputs.pb`, bytes)
      return undefined
    } catch (error) {
      return { ...toTaskFailure(error), stack: undefined }
    }
  }
}

async function readInputs({ inputs }: Attempt, storage: Storage): Promise<Inputs> {
  return fromBinary(InputsSchema, 'bytes' in inputs ? inputs.bytes : await storage.read(inputs.uri))
}
