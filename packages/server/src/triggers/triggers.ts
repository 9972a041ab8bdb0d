import { fromBinary } from '@bufbuild/protobuf'
import { type Clock, FailedPreconditionError, NotFoundError } from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import { type TaskSpec, TaskSpecSchema, type TaskTrigger, type TriggerAutomationSpec } from '@tern/idl/task'
import type { TriggerSpec } from '@tern/idl/trigger'
import type { Projects } from '../projects/projects.ts'
import type { PlanName } from '../store/launch-plans-repository.ts'
import type { Page } from '../store/list-query.ts'
import type { DeployTogether, TaskKey, TasksRepository } from '../store/tasks-repository.ts'
import {
  type StoredTrigger,
  type TaskName,
  type TriggerChange,
  type TriggerKey,
  type TriggerRevisionRow,
  type TriggerScope,
  type TriggersRepository,
  type Write,
} from '../store/triggers-repository.ts'
import { type NewTrigger, toNewTrigger, toNewTriggers } from './new-trigger.ts'
import {
  checkOwnName,
  planChanges,
  planOfTrigger,
  type PlanTrigger,
  planTriggerPrefix,
  requireOwn,
} from './plan-triggers.ts'
import { touchedVersions } from './touched-versions.ts'
import { deleted, deployed, type Occasion, switched } from './trigger-changes.ts'

export interface TriggersParts {
  readonly repository: TriggersRepository
  readonly tasks: TasksRepository
  readonly projects: Projects
  readonly clock: Clock
  /** Whether runs may ask for emails. Defaults to false. */
  readonly canMail?: boolean | undefined
}

export interface TriggerDeployment {
  readonly key: TriggerKey
  readonly spec: TriggerSpec
  readonly automation: TriggerAutomationSpec | undefined
  /** The revision that the caller has seen; 0 to deploy whatever there is. */
  readonly expectedRevision: number
}

type Identity = Uint8Array | null

/** What becomes of the schedule of a launch plan, along with the plan. */
export interface PlanSchedule {
  readonly trigger: PlanTrigger
  readonly write: (together: {
    readonly before: ReadonlyArray<Write>
    readonly after: ReadonlyArray<Write>
  }) => Promise<void>
  /** Whether the plan is no longer what was read of it. */
  readonly isOutdated: () => Promise<boolean>
}

// Others change the same trigger in the meantime, each time: there is no such crowd.
const maxAttempts = 100

/** What is to be written, as far as what was read is still so. */
interface Plan {
  readonly changes: ReadonlyArray<TriggerChange>
  /** Undefined when there is nothing to do. */
  readonly write: (() => Promise<void>) | undefined
  /** Whether what was read has changed since, so that writing it failed for that. */
  readonly isOutdated: () => Promise<boolean>
}

/** Triggers of deployed tasks. Every change of one is a revision of its own, numbered without gaps. */
export class Triggers {
  readonly #parts: TriggersParts
  readonly #listeners = new Set<(trigger: StoredTrigger) => void>()

  constructor(parts: TriggersParts) {
    this.#parts = parts
  }

  /** Tells of triggers that this server changes, after the commit; returns the function that ends that. */
  subscribe(listener: (trigger: StoredTrigger) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Makes a trigger what it is to be. Deploying what is there already changes nothing.
   *
   * Throws NotFoundError for an unknown project or task, InvalidArgumentError for what cannot be, FailedPreconditionError
   * when the trigger is at another revision than the caller expects.
   */
  async deploy({ key, spec, automation, expectedRevision }: TriggerDeployment, by: Identity): Promise<StoredTrigger> {
    const { projects, clock, repository } = this.#parts
    checkOwnName(key.name, 'name.name')
    await projects.require(key.project, key.domain, { writable: true })
    const task = await this.#taskSpec({ ...key, name: key.taskName, version: spec.taskVersion })
    const wanted = toNewTrigger(key, spec, automation, task, { now: clock.now(), canMail: this.#parts.canMail })
    await this.#change(async () => {
      const before = await repository.find(key)
      if (before !== undefined && expectedRevision > 0) requireRevision(before, expectedRevision)
      return [deployed(before, wanted, this.#occasion(by))]
    })
    return this.get(key)
  }

  /**
   * Makes these the only triggers of a task, in one transaction with what `write` adds. Triggers that stay as they are
   * get no revision; those that are not named are deleted.
   */
  async replace(
    task: TaskKey,
    spec: TaskSpec,
    triggers: ReadonlyArray<TaskTrigger>,
    by: Identity,
    write: (together: DeployTogether) => Promise<void>,
  ): Promise<void> {
    const wanted = toNewTriggers(task, task.version, triggers, spec, {
      now: this.#parts.clock.now(),
      canMail: this.#parts.canMail,
    })
    const { tasks } = this.#parts
    await this.#commit(async () => {
      const turn = await tasks.turnOf(task)
      const changes = await this.#replacing(task, wanted, by)
      const { before, after } = this.#writesOf(changes)
      return {
        changes,
        // What others do to the task meanwhile matters only to those who change which triggers there are.
        write: () => write({ before, after, ...(changes.length > 0 && { turn }) }),
        isOutdated: async () => (await tasks.turnOf(task)) !== turn || this.#haveChanged(changes),
      }
    })
  }

  /**
   * Makes this the trigger of a launch plan, in one transaction with what is written of the plan itself.
   *
   * @param read reads the plan, once more when somebody else was faster; undefined when there is nothing to do
   */
  async setPlanSchedule(plan: PlanName, by: Identity, read: () => Promise<PlanSchedule | undefined>): Promise<void> {
    const { repository } = this.#parts
    await this.#commit(async () => {
      const schedule = await read()
      if (schedule === undefined) return { changes: [], write: undefined, isOutdated: async () => false }
      const { trigger, write, isOutdated } = schedule
      const known = typeof trigger === 'object' ? await repository.find(trigger.key) : undefined
      const present = await repository.named({ ...plan, name: `${planTriggerPrefix}${plan.name}` })
      const changes = planChanges(present, known, trigger, this.#occasion(by))
      return {
        changes,
        write: () => write(this.#writesOf(changes)),
        isOutdated: async () => (await isOutdated()) || this.#haveChanged(changes),
      }
    })
  }

  async #replacing(task: TaskName, wanted: ReadonlyArray<NewTrigger>, by: Identity) {
    const names = new Set(wanted.map(({ key }) => key.name))
    const own = (await this.#parts.repository.ofTask(task)).filter(({ key }) => planOfTrigger(key) === undefined)
    const present = new Map(own.map((trigger) => [trigger.key.name, trigger]))
    const occasion = this.#occasion(by)
    const dropped = Array.from(present.values(), (trigger) =>
      names.has(trigger.key.name) ? undefined : deleted(trigger, occasion),
    )
    const put = wanted.map((trigger) => deployed(present.get(trigger.key.name), trigger, occasion))
    return [...dropped, ...put].filter((change) => change !== undefined)
  }

  /** Throws NotFoundError, also for a trigger that has been deleted. */
  async get(key: TriggerKey): Promise<StoredTrigger> {
    const found = await this.#parts.repository.find(key)
    if (found === undefined || found.deletedAt !== null) throw triggerNotFound(key)
    return found
  }

  /** Also one that has been deleted. Throws NotFoundError for one that never was. */
  async find(key: TriggerKey): Promise<StoredTrigger> {
    const found = await this.#parts.repository.find(key)
    if (found === undefined) throw triggerNotFound(key)
    return found
  }

  /** A revision, also of a trigger that has been deleted. Throws NotFoundError. */
  async getRevision(key: TriggerKey, revision: number): Promise<TriggerRevisionRow> {
    const found = await this.#parts.repository.findRevision(key, revision)
    if (found !== undefined) return found
    throw new NotFoundError(`${describe(key)} has no revision ${revision}`)
  }

  async list(scope: TriggerScope, request: ListRequest | undefined): Promise<Page<StoredTrigger>> {
    return this.#parts.repository.list(scope, request)
  }

  async history(key: TriggerKey, request: ListRequest | undefined): Promise<Page<TriggerRevisionRow>> {
    return this.#parts.repository.history(key, request)
  }

  /** Switches triggers on or off, all or none. Throws NotFoundError for one that is not there. */
  async setActive(keys: ReadonlyArray<TriggerKey>, active: boolean, by: Identity): Promise<void> {
    for (const key of keys) requireOwn(key)
    await this.#change(async () => {
      const triggers = await Promise.all(distinct(keys).map((key) => this.get(key)))
      return triggers.map((trigger) => switched(trigger, active, this.#occasion(by)))
    })
  }

  /** Deletes triggers, all or none. Deleting one again is harmless. Throws NotFoundError for one that never was. */
  async delete(keys: ReadonlyArray<TriggerKey>, by: Identity): Promise<void> {
    for (const key of keys) requireOwn(key)
    await this.#change(async () => {
      const triggers = await Promise.all(distinct(keys).map((key) => this.find(key)))
      return triggers.map((trigger) => deleted(trigger, this.#occasion(by)))
    })
  }

  async #taskSpec(task: TaskKey): Promise<TaskSpec> {
    const found = await this.#parts.tasks.find(task)
    if (found !== undefined) return fromBinary(TaskSpecSchema, found.spec)
    throw new NotFoundError(
      `task ${task.name} version ${task.version} is not deployed in ${task.project}/${task.domain}`,
      {
        hint: 'Deploy the task first, then its triggers.',
      },
    )
  }

  #occasion(by: Identity): Occasion {
    return { at: this.#parts.clock.now(), by }
  }

  async #change(plan: () => Promise<ReadonlyArray<TriggerChange | undefined>>): Promise<void> {
    await this.#commit(async () => {
      const changes = (await plan()).filter((change) => change !== undefined)
      const { before, after } = this.#writesOf(changes)
      return {
        changes,
        write: changes.length === 0 ? undefined : () => this.#parts.repository.write([...before, ...after]),
        isOutdated: () => this.#haveChanged(changes),
      }
    })
  }

  /** Plans and writes; once more when somebody else was faster with one of the same triggers. */
  async #commit(plan: () => Promise<Plan>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { changes, write, isOutdated } = await plan()
      try {
        await write?.()
      } catch (error) {
        if (attempt === maxAttempts || !(await isOutdated())) throw error
        continue
      }
      for (const { after } of changes) for (const listener of this.#listeners) listener(after)
      return
    }
  }

  async #haveChanged(changes: ReadonlyArray<TriggerChange>): Promise<boolean> {
    for (const { before, after } of changes) {
      const present = await this.#parts.repository.find(after.key)
      if (present?.revision !== before?.revision) return true
    }
    return false
  }

  #writesOf(changes: ReadonlyArray<TriggerChange>): { readonly before: Write[]; readonly after: Write[] } {
    const { repository } = this.#parts
    const touched = touchedVersions(changes)
    return {
      before: touched.flatMap(({ task, versions }) => repository.lockWritesOf(task, versions)),
      after: [
        ...repository.writesOf(changes),
        ...touched.flatMap(({ task, versions }) => repository.summaryWritesOf(task, versions)),
      ],
    }
  }
}

function requireRevision({ key, revision }: StoredTrigger, expected: number): void {
  if (revision === expected) return
  throw new FailedPreconditionError(
    `${describe(key)} is at revision ${revision}, not ${expected}: it was changed since`,
    {
      hint: 'Look at what has changed, then deploy with the present revision, or with 0 to replace it whatever it is.',
    },
  )
}

function distinct(keys: ReadonlyArray<TriggerKey>): ReadonlyArray<TriggerKey> {
  const byId = new Map(keys.map((key) => [JSON.stringify([key.project, key.domain, key.taskName, key.name]), key]))
  return Array.from(byId.values())
}

function triggerNotFound(key: TriggerKey): NotFoundError {
  return new NotFoundError(`${describe(key)} does not exist in ${key.project}/${key.domain}`)
}

function describe({ name, taskName }: TriggerKey): string {
  return `trigger ${name} of task ${taskName}`
}
