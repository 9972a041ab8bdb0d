import { create, fromBinary } from '@bufbuild/protobuf'
import { FailedPreconditionError, NotFoundError } from '@tern/core'
import { type LaunchPlanSpec, LaunchPlanSpecSchema } from '@tern/idl/launchplan'
import { type TaskSpec, TaskSpecSchema } from '@tern/idl/task'
import type { LaunchPlansRepository, PlanKey, StoredPlan } from '../store/launch-plans-repository.ts'
import type { TaskKey, TasksRepository } from '../store/tasks-repository.ts'

/** A version of a launch plan, and the task that it launches. */
export interface Plan {
  readonly key: PlanKey
  readonly spec: LaunchPlanSpec
  readonly taskKey: TaskKey
  readonly task: TaskSpec
  /** As it is stored; undefined for the default one of a task. */
  readonly stored: StoredPlan | undefined
  readonly active: boolean
}

export interface PlansParts {
  readonly repository: Pick<LaunchPlansRepository, 'find' | 'findShown'>
  readonly tasks: Pick<TasksRepository, 'find' | 'latestVersion'>
}

/** Launch plans as they are found by name: those that are stored, or else the default ones, which every deployed task has. */
export class Plans {
  readonly #parts: PlansParts

  constructor(parts: PlansParts) {
    this.#parts = parts
  }

  /** Without a version the active one, or else the newest. Throws NotFoundError. */
  async get(key: PlanKey): Promise<Plan> {
    const { repository } = this.#parts
    const shown = await repository.findShown(key)
    if (shown === undefined) return this.#default(key)
    const stored = key.version === '' ? shown : await repository.find(key)
    if (stored === undefined) throw versionNotFound(key)
    return this.of(stored)
  }

  /** What a call of it runs: without a version the active one. Throws NotFoundError, and FailedPreconditionError where none is. */
  async toCall(key: PlanKey): Promise<Plan> {
    const plan = await this.get(key)
    if (plan.active || key.version !== '') return plan
    const { name, version } = plan.key
    throw new FailedPreconditionError(`launch plan ${name} has no active version in ${key.project}/${key.domain}`, {
      hint: `Name the version, of which ${version} is the newest, or activate one: tern activate ${name} ${version}`,
    })
  }

  /** Throws NotFoundError when the task that it launches is not there. */
  async of(stored: StoredPlan): Promise<Plan> {
    const { key, task: taskKey, active } = stored
    const spec = fromBinary(LaunchPlanSpecSchema, stored.spec)
    const found = await this.#parts.tasks.find(taskKey)
    if (found === undefined) throw taskNotFound(taskKey)
    return { key, spec, taskKey, task: fromBinary(TaskSpecSchema, found.spec), stored, active }
  }

  /** Every version of a task is a version of its default launch plan; the latest one is active. */
  async #default({ version, ...name }: PlanKey): Promise<Plan> {
    const { tasks } = this.#parts
    const latest = await tasks.latestVersion(name)
    const key = { ...name, version: version || (latest ?? '') }
    const found = latest === undefined ? undefined : await tasks.find(key)
    if (found === undefined) throw latest === undefined ? planNotFound(name) : versionNotFound(key)
    return {
      key,
      spec: create(LaunchPlanSpecSchema, { taskId: { $typeName: 'flyteidl2.task.TaskIdentifier', org: '', ...key } }),
      taskKey: key,
      task: fromBinary(TaskSpecSchema, found.spec),
      stored: undefined,
      active: key.version === latest,
    }
  }
}

export function taskNotFound({ project, domain, name, version }: TaskKey): NotFoundError {
  return new NotFoundError(`task ${name} version ${version} is not deployed in ${project}/${domain}`, {
    hint: 'Deploy the task first, then its launch plans.',
  })
}

function planNotFound({ project, domain, name }: Omit<PlanKey, 'version'>): NotFoundError {
  return new NotFoundError(`there is no launch plan ${name}, and no task of that name, in ${project}/${domain}`, {
    hint: 'Deploy it there first: tern deploy FILE',
  })
}

function versionNotFound({ project, domain, name, version }: PlanKey): NotFoundError {
  return new NotFoundError(`launch plan ${name} has no version ${version} in ${project}/${domain}`, {
    hint: 'Deploy that version first, or name no version for the active one.',
  })
}
