import { fromBinary } from '@bufbuild/protobuf'
import { NotFoundError, overrideTaskSpec, retryInPlace, type RetryInPlaceOptions, UnavailableError } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import { InputsSchema, type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { TaskOverride } from '@tern/idl/worker'
import type { ActionData, RunKey } from '../engine/model.ts'
import type { ChildRequest } from '../executors/executor.ts'
import { toSpecRecord } from '../store/specs.ts'
import type { TasksRepository } from '../store/tasks-repository.ts'
import { rootCacheKey } from './root-cache-key.ts'
import { resolveRunInputs } from './run-inputs.ts'

/** A deployed task, as a parent that has no code of it names it. */
export interface DeployedTaskName {
  readonly name: string
  /** Empty for the latest. */
  readonly version: string
  /** What its caller changes of its options. */
  readonly override?: Pick<TaskOverride, 'taskSpec' | 'options'> | undefined
  /** Does so, too. */
  readonly change?: ((spec: TaskSpec) => TaskSpec) | undefined
}

export interface DeployedChildrenParts {
  readonly repository: TasksRepository
  readonly storage: Storage
  readonly org: string
  readonly maxInlineBytes: number
  readonly maxInputBytes: number
}

/** Children of tasks that their parents know by name only. */
export class DeployedChildren {
  readonly #parts: DeployedChildrenParts

  constructor(parts: DeployedChildrenParts) {
    this.#parts = parts
  }

  /**
   * What to run: the task as it was deployed, with the options that its caller changes, the inputs completed with its defaults, and where its result is cached.
   *
   * Throws NotFoundError when it is not deployed where the run is, and InvalidArgumentError or DataValidationError,
   * naming the input, when it does not take these.
   */
  async resolve(
    { project, domain }: RunKey,
    task: DeployedTaskName,
    inputs: ActionData,
  ): Promise<Pick<ChildRequest, 'spec' | 'inputs' | 'cacheKey'>> {
    const { storage, org, maxInlineBytes, maxInputBytes } = this.#parts
    const found = await retryInPlace(() => this.#find(project, domain, task), databaseIsAway)
    const spec = withOverride(found, task)
    const resolved = await resolveRunInputs(
      'uri' in inputs
        ? {
            case: 'offloadedInputData',
            value: { $typeName: 'flyteidl2.common.OffloadedInputData', uri: inputs.uri, inputsHash: '' },
          }
        : { case: 'inputs', value: fromBinary(InputsSchema, inputs.bytes) },
      spec,
      { storage, place: { baseDir: '', org, project, domain }, maxInlineBytes, maxBytes: maxInputBytes },
    )
    return {
      spec: toSpecRecord({ case: 'task', value: spec }),
      inputs: resolved.data,
      cacheKey: rootCacheKey(spec, resolved.hash),
    }
  }

  async #find(project: string, domain: string, task: DeployedTaskName): Promise<TaskSpec> {
    const { repository } = this.#parts
    const { name } = task
    const version = task.version === '' ? await repository.latestVersion({ project, domain, name }) : task.version
    if (version === undefined) throw notDeployed(name, project, domain)
    const found = await repository.find({ project, domain, name, version })
    if (found === undefined) throw notDeployed(`${name} version ${version}`, project, domain)
    return fromBinary(TaskSpecSchema, found.spec)
  }
}

function withOverride(spec: TaskSpec, { override, change }: DeployedTaskName): TaskSpec {
  if (change !== undefined) return change(spec)
  if (override === undefined) return spec
  const { taskSpec, options } = override
  return overrideTaskSpec(spec, { values: fromBinary(TaskSpecSchema, taskSpec), options })
}

// Commits wait for the database, too: its restart is nothing that the code of a task should see.
const databaseIsAway: RetryInPlaceOptions = {
  isTransient: (error) => error instanceof UnavailableError,
  forMs: 10 * 60_000,
}

function notDeployed(task: string, project: string, domain: string): NotFoundError {
  return new NotFoundError(`task ${task} is not deployed in ${project}/${domain}`, {
    hint: 'Deploy it there, with the command of its language: tern deploy FILE, or flyte deploy FILE.',
  })
}
