import { fromBinary } from '@bufbuild/protobuf'
import {
  AlreadyExistsError,
  type Clock,
  FailedPreconditionError,
  InvalidArgumentError,
  toBinaryDeterministic,
} from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import { type LaunchPlanSpec, LaunchPlanSpecSchema } from '@tern/idl/launchplan'
import { TaskSpecSchema } from '@tern/idl/task'
import type { Projects } from '../projects/projects.ts'
import type {
  LaunchPlansRepository,
  NewPlan,
  PlanKey,
  PlanName,
  PlanScope,
  StoredPlan,
} from '../store/launch-plans-repository.ts'
import type { Page } from '../store/list-query.ts'
import type { TaskKey, TasksRepository } from '../store/tasks-repository.ts'
import type { StoredTrigger, TriggersRepository } from '../store/triggers-repository.ts'
import type { PlanTrigger } from '../triggers/plan-triggers.ts'
import type { Triggers } from '../triggers/triggers.ts'
import { upcomingInstants } from '../triggers/upcoming-instants.ts'
import { type CheckPlanOptions, checkPlan } from './check-plan.ts'
import { triggerKeyOf, triggerOf } from './plan-trigger.ts'
import { type Plan, type Plans, taskNotFound } from './plans.ts'

export interface LaunchPlansParts {
  readonly repository: LaunchPlansRepository
  readonly plans: Plans
  readonly tasks: Pick<TasksRepository, 'find' | 'latestVersion'>
  readonly projects: Projects
  readonly triggers: Triggers
  readonly triggerRows: Pick<TriggersRepository, 'find'>
  readonly clock: Clock
  /** Whether runs may ask for emails. */
  readonly canMail: boolean
  readonly checkDirectory: CheckPlanOptions['checkDirectory']
}

type Identity = Uint8Array | null

/** Launch plans: versions that never change, of which at most one of a name is active. */
export class LaunchPlans {
  readonly #parts: LaunchPlansParts

  constructor(parts: LaunchPlansParts) {
    this.#parts = parts
  }

  /**
   * Stores a version, and makes it the active one if asked to, both or neither.
   *
   * Throws NotFoundError for an unknown project or task, InvalidArgumentError for what its runs could not do, and
   * AlreadyExistsError where the version is there and says something else.
   */
  async deploy(key: PlanKey, spec: LaunchPlanSpec, by: Identity, { activate = false } = {}): Promise<Plan> {
    const { projects, repository } = this.#parts
    if (key.version === '') {
      throw new InvalidArgumentError('id.version: value is required', { field: 'id.version' })
    }
    await projects.require(key.project, key.domain, { writable: true })
    const wanted = await this.#checked(key, spec, by)
    await this.#change(key, by, async () => {
      const stored = await repository.find(key)
      if (stored !== undefined && Buffer.compare(stored.spec, wanted.spec) !== 0) throw otherContent(key)
      if (stored !== undefined && (stored.active || !activate)) return undefined
      const insert = stored === undefined ? repository.insertWrites(wanted) : []
      if (!activate) return { writes: insert, trigger: 'as it is' }
      const trigger = await this.#triggerOf(stored ?? { ...wanted, active: false, activatedAt: null })
      return { writes: [...insert, ...this.#activateWrites(key)], trigger }
    })
    return this.#parts.plans.get(key)
  }

  /** Throws NotFoundError. */
  get(key: PlanKey): Promise<Plan> {
    return this.#parts.plans.get(key)
  }

  list(scope: PlanScope, request: ListRequest | undefined): Promise<Page<StoredPlan>> {
    return this.#parts.repository.list(scope, request)
  }

  /** The default launch plan of a task; undefined where there is no such task, or another plan has taken its place. */
  async defaultOf(task: Omit<TaskKey, 'version'>): Promise<Plan | undefined> {
    const { repository, tasks, plans } = this.#parts
    if ((await tasks.latestVersion(task)) === undefined) return undefined
    return (await repository.findShown(task)) === undefined ? plans.get({ ...task, version: '' }) : undefined
  }

  /**
   * Makes a version the active one, and its schedule the one that starts runs, instead of whichever was. Returns that version's
   * name, if there was one.
   *
   * Throws NotFoundError, InvalidArgumentError where the version has to be named, FailedPreconditionError for a default plan.
   */
  async activate(key: PlanKey, by: Identity): Promise<string | undefined> {
    await this.#parts.projects.require(key.project, key.domain, { writable: true })
    const version = key.version || (await this.#onlyVersion(key))
    let previous: string | undefined
    await this.#change(key, by, async () => {
      const plan = await this.#parts.plans.get({ ...key, version })
      if (plan.stored === undefined) throw isDefault(key)
      previous = await this.#activeVersion(key)
      if (previous === version) return undefined
      const trigger = await this.#triggerOf(plan.stored)
      return { writes: this.#activateWrites({ ...key, version }), trigger }
    })
    return previous
  }

  /** No version is active any more. Returns the one that was. Throws like `activate`. */
  async deactivate(name: PlanName, by: Identity): Promise<string | undefined> {
    const { projects, plans, repository, clock } = this.#parts
    await projects.require(name.project, name.domain, { writable: true })
    let previous: string | undefined
    await this.#change(name, by, async () => {
      if ((await plans.get({ ...name, version: '' })).stored === undefined) throw isDefault(name)
      previous = await this.#activeVersion(name)
      if (previous === undefined) return undefined
      return { writes: repository.activateWrites(name, undefined, clock.now()), trigger: 'off' }
    })
    return previous
  }

  /** The next instant of its schedule; undefined while it is not active. */
  async nextLaunchAt({ key, task, active }: Pick<StoredPlan, 'key' | 'task' | 'active'>): Promise<number | undefined> {
    if (!active) return undefined
    const trigger: StoredTrigger | undefined = await this.#parts.triggerRows.find(triggerKeyOf(key, task.name))
    return trigger && upcomingInstants(trigger, this.#parts.clock.now(), 1)[0]
  }

  async #checked(key: PlanKey, spec: LaunchPlanSpec, deployedBy: Identity): Promise<NewPlan> {
    const { tasks, clock, canMail, checkDirectory } = this.#parts
    if (spec.taskId === undefined) {
      throw new InvalidArgumentError('spec.task_id: value is required', { field: 'spec.task_id' })
    }
    const { project, domain, name, version } = spec.taskId
    const task = { project, domain, name, version }
    const found = await tasks.find(task)
    if (found === undefined) throw taskNotFound(task)
    const now = clock.now()
    const checked = checkPlan(spec, task, fromBinary(TaskSpecSchema, found.spec), { now, canMail, checkDirectory })
    return { key, spec: toBinaryDeterministic(LaunchPlanSpecSchema, checked), task, deployedBy, deployedAt: now }
  }

  /** Checks the plan again: its task may have been deployed again since, and be another. */
  async #triggerOf(stored: StoredPlan): Promise<PlanTrigger> {
    const { plans, clock, canMail, checkDirectory } = this.#parts
    const plan = await plans.of(stored)
    const now = clock.now()
    checkPlan(plan.spec, plan.taskKey, plan.task, { now, canMail, checkDirectory })
    return triggerOf(plan, now) ?? 'none'
  }

  #activateWrites(key: PlanKey) {
    return this.#parts.repository.activateWrites(key, key.version, this.#parts.clock.now())
  }

  async #activeVersion(name: PlanName): Promise<string | undefined> {
    const shown = await this.#parts.repository.findShown(name)
    return shown?.active === true ? shown.key.version : undefined
  }

  async #onlyVersion(key: PlanKey): Promise<string> {
    const versions = await this.#parts.repository.versions(key, 5)
    const [only, other] = versions
    if (only === undefined || other === undefined)
      return (await this.#parts.plans.get({ ...key, version: '' })).key.version
    throw new InvalidArgumentError(
      `id.version: launch plan ${key.name} has several versions; name one of ${versions.join(', ')}`,
      { field: 'id.version' },
    )
  }

  /** Reads and writes, once more when somebody else was faster with the same plan. */
  async #change(name: PlanName, by: Identity, read: () => Promise<PlannedChange | undefined>): Promise<void> {
    const { repository, triggers } = this.#parts
    await triggers.setPlanSchedule(name, by, async () => {
      const turn = await repository.turnOf(name)
      const change = await read()
      if (change === undefined) return undefined
      const { writes, trigger } = change
      return {
        trigger,
        write: ({ before, after }) =>
          repository.write([...repository.turnWrites(name, turn), ...before, ...writes, ...after]),
        isOutdated: async () => (await repository.turnOf(name)) !== turn,
      }
    })
  }
}

interface PlannedChange {
  readonly writes: ReturnType<LaunchPlansRepository['activateWrites']>
  readonly trigger: PlanTrigger
}

function otherContent({ name, version }: PlanKey): AlreadyExistsError {
  return new AlreadyExistsError(`launch plan ${name} has a version ${version}, which says something else`, {
    hint: 'Deploy it under another version: versions never change.',
  })
}

function isDefault({ name }: PlanName): FailedPreconditionError {
  return new FailedPreconditionError(`${name} is the default launch plan of a task, and is always there`, {
    hint: 'Deploy a launch plan of your own, and switch that one on and off.',
  })
}
