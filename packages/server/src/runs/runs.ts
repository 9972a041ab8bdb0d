import { randomUUID } from 'node:crypto'
import { toBinary } from '@bufbuild/protobuf'
import {
  AlreadyExistsError,
  checkRunName,
  type Clock,
  fromTimestamp,
  InternalError,
  InvalidArgumentError,
  newRunName,
  rootActionName,
  toBinaryDeterministic,
} from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { type LaunchRequest, LaunchRequestSchema } from '@tern/idl/launchplan'
import { type InlineRule, RunSpecSchema } from '@tern/idl/task'
import { type CreateRunRequest, CreateRunRequestSchema, RunSource } from '@tern/idl/workflow'
import { checkWithin } from '../data/offloaded-inputs.ts'
import { defaultRawData } from '../data/run-files.ts'
import { nameTaken } from '../engine/failures.ts'
import type { ActionKey, Engine, Identity, NewRun, RunKey, RunTrigger } from '../engine/model.ts'
import { type Caller, toIdentityBytes } from '../identity/caller.ts'
import type { Plans } from '../launch-plans/plans.ts'
import type { PlanKey } from '../store/launch-plans-repository.ts'
import type { Projects } from '../projects/projects.ts'
import type { ScopedSettings } from '../settings/scoped-settings.ts'
import type { RunSummary, RunsRepository } from '../store/runs-repository.ts'
import { digestOf, toSpecRecord } from '../store/specs.ts'
import type { Tasks } from '../tasks/tasks.ts'
import type { StoredTrigger } from '../store/triggers-repository.ts'
import type { Triggers } from '../triggers/triggers.ts'
import type { Notifications } from '../notifications/notifications.ts'
import { checkRecovery } from './check-recovery.ts'
import { rootCacheKey } from './root-cache-key.ts'
import { completeRunSpec, labelWithPlan } from './run-spec.ts'
import { inputsOfOthers, type KickoffTime, resolveRunInputs } from './run-inputs.ts'
import { type RunTask, RunTasks, taskOfPlan } from './run-task.ts'

export interface RunsParts {
  readonly engine: Engine
  readonly repository: RunsRepository
  readonly projects: Projects
  readonly settings: ScopedSettings
  readonly tasks: Tasks
  readonly triggers: Triggers
  readonly plans: Plans
  readonly notifications: Pick<Notifications, 'rulesOf' | 'add'>
  readonly storage: Storage
  readonly clock: Clock
  readonly org: string
  readonly maxInlineBytes: number
  /** Largest inputs, in bytes. */
  readonly maxInputBytes: number
  /** Names of runs that the caller left to the server. */
  readonly newName?: () => string
}

export interface CreateRunOptions {
  /** Whoever asks executes the run, and reports it: its inputs are their affair, and need not be there. */
  readonly isExternal?: boolean
}

const defaultAbortReason = 'User requested abort'
const maxNameAttempts = 10

/** Starting and stopping runs. */
export class Runs {
  readonly #parts: RunsParts
  readonly #newName: () => string
  readonly #tasks: RunTasks

  constructor(parts: RunsParts) {
    this.#parts = parts
    this.#tasks = new RunTasks(parts)
    this.#newName = parts.newName ?? (() => newRunName())
  }

  /**
   * Starts a run. The same request under the same name gives the run that it gave before.
   *
   * Throws NotFoundError for an unknown project, domain, task or trigger, InvalidArgumentError for inputs that do not fit, and
   * AlreadyExistsError when another request has taken the name.
   */
  async create(
    request: CreateRunRequest,
    caller: Caller | undefined,
    { isExternal = false }: CreateRunOptions = {},
  ): Promise<RunSummary> {
    const { source, runStartTime } = request
    const order = { place: placeOf(request), digest: digestOfRequest(request), source, runStartTime, isExternal }
    return this.#start(order, caller, async () => {
      const task = await this.#tasks.resolve(request)
      requireSamePlace(task.trigger, order.place)
      if (!task.isDeployed && !isExternal) await this.#parts.tasks.workflows.check(order.place, task.spec)
      return task
    })
  }

  /**
   * Starts a run of a launch plan. The same request under the same name gives the run that it gave before.
   *
   * Throws NotFoundError for an unknown launch plan, InvalidArgumentError for inputs that do not fit or are fixed,
   * FailedPreconditionError where no version is active and none is named, ResourceExhaustedError where too many of its
   * runs are under way, and AlreadyExistsError when another request has taken the name.
   */
  async launch(key: PlanKey, request: LaunchRequest, caller: Caller | undefined): Promise<RunSummary> {
    const { runName, inputs: value, runSpec } = request
    if (runName !== '') checkRunName(runName, 'run_name')
    const { project, domain } = key
    const order = {
      place: { project, domain, ...(runName !== '' && { name: runName }) },
      digest: digestOf('launch', toBinaryDeterministic(LaunchRequestSchema, request)),
      source: RunSource.UNSPECIFIED,
      runStartTime: undefined,
      isExternal: false,
    }
    return this.#start(order, caller, async () => {
      const plan = await this.#parts.plans.toCall(key)
      return taskOfPlan(plan, value === undefined ? { case: undefined } : { case: 'inputs', value }, runSpec)
    })
  }

  async #start(order: RunOrder, caller: Caller | undefined, resolve: () => Promise<RunTask>): Promise<RunSummary> {
    const { place, digest } = order
    const earlier = await this.#findEarlier(place, digest)
    if (earlier !== undefined) return this.#created(earlier)
    await this.#parts.projects.require(place.project, place.domain, { writable: true })
    const run = await this.#prepare(order, await resolve())
    const createdBy = caller && { subject: caller.subject, bytes: toIdentityBytes(caller) }
    const runId =
      place.name === undefined
        ? await this.#createNamed(run, place, createdBy)
        : await this.#create(run, { ...place, run: place.name }, digest, createdBy)
    return this.#created(runId)
  }

  /**
   * Aborts an action and everything below it; the root action stands for the run. Throws NotFoundError.
   *
   * @param by on whose behalf the caller asks, if it says so
   */
  async abort(key: ActionKey, reason: string | undefined, caller: Caller | undefined, by?: Identity): Promise<void> {
    await this.#parts.engine.abort(key, reason || defaultAbortReason, by ?? (caller && toIdentityBytes(caller)))
  }

  /** Before anything is resolved or stored: what a run was made of may be gone, and the run is the same. */
  async #findEarlier({ name, ...place }: Place, digest: string): Promise<number | undefined> {
    if (name === undefined) return undefined
    const key = { ...place, run: name }
    const stored = await this.#parts.repository.findRequest(key)
    if (stored !== undefined && stored.requestDigest !== digest) throw nameTaken(key)
    return stored?.id
  }

  async #created(runId: number): Promise<RunSummary> {
    const run = await this.#parts.repository.findById(runId)
    if (run === undefined) throw new InternalError(`run ${runId} is not in the store although it was committed`)
    return run
  }

  async #createNamed(run: PreparedRun, place: Place, createdBy: NewRun['createdBy']): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const name = this.#newName()
      try {
        // No two requests have this digest, so a name that is taken is never mistaken for this request's.
        return await this.#create(run, { ...place, run: name }, randomUUID(), createdBy)
      } catch (error) {
        if (!(error instanceof AlreadyExistsError) || attempt === maxNameAttempts) throw error
      }
    }
  }

  async #create(
    prepared: PreparedRun,
    { project, domain, run }: RunKey,
    requestDigest: string,
    createdBy: NewRun['createdBy'],
  ): Promise<number> {
    const { storage, org, engine, notifications } = this.#parts
    const { base, rules, ...rest } = prepared
    await notifications.add({ project, domain, run, requestDigest }, rules)
    const { runId } = await engine.createRun({
      ...rest,
      key: { project, domain, run },
      requestDigest,
      runBase: storage.join(base, org, project, domain, run),
      ...(createdBy && { createdBy }),
    })
    return runId
  }

  async #prepare({ place, isExternal, ...order }: RunOrder, task: RunTask): Promise<PreparedRun> {
    const { storage, org, clock, maxInlineBytes, maxInputBytes } = this.#parts
    const runSpec = completeRunSpec({
      runSpec: task.runSpec,
      settings: await this.#parts.settings.forRuns({ domain: place.domain, project: place.project }),
      runStartTime: order.runStartTime,
      task: task.spec,
      isDeployed: task.isDeployed,
      now: clock.now(),
      rawDataPrefix: defaultRawData(storage),
    })
    if (task.plan !== undefined) labelWithPlan(runSpec, task.plan.launchPlan)
    await checkRecovery(this.#parts.repository, runSpec)
    const rules = this.#parts.notifications.rulesOf(runSpec)
    const base =
      runSpec.runBaseDir === '' ? storage.root : checkWithin(storage, runSpec.runBaseDir, 'run_spec.run_base_dir')
    const startTime = runSpec.runStartTime ?? order.runStartTime
    const startedAt = startTime === undefined ? clock.now() : fromTimestamp(startTime)
    const resolve = isExternal ? inputsOfOthers : resolveRunInputs
    const inputs = await resolve(task.inputs, task.spec, {
      storage,
      place: { baseDir: '', org, project: place.project, domain: place.domain },
      maxInlineBytes,
      maxBytes: maxInputBytes,
      plan: task.plan?.inputs,
      ...(task.kickoffInput && { kickoff: { input: task.kickoffInput, at: startedAt } satisfies KickoffTime }),
    })
    return {
      source: sourceOf(order.source, task),
      ...(task.trigger && { trigger: toRunTrigger(task.trigger) }),
      ...(task.plan && { launchPlan: task.plan.launchPlan }),
      ...(task.plan?.maxRuns !== undefined && { maxRuns: task.plan.maxRuns }),
      spec: toSpecRecord({ case: 'task', value: task.spec }),
      runSpec: toBinary(RunSpecSchema, runSpec),
      inputs: inputs.data,
      cacheKey: isExternal ? '' : rootCacheKey(task.spec, inputs.hash),
      ...(isExternal && { isExternal }),
      rules,
      base,
    }
  }
}

/** The root action of a run, which stands for the run. */
export function rootOf(key: RunKey): ActionKey {
  return { ...key, action: rootActionName }
}

interface Place {
  readonly project: string
  readonly domain: string
  /** Undefined when the server is to choose one. */
  readonly name?: string
}

/** What is asked for, but for what it is to run. */
interface RunOrder {
  readonly place: Place
  /** Tells the request apart from others under the same name. */
  readonly digest: string
  readonly source: RunSource
  readonly runStartTime: Timestamp | undefined
  readonly isExternal: boolean
}

interface PreparedRun extends Omit<NewRun, 'key' | 'requestDigest' | 'runBase' | 'createdBy'> {
  /** What is sent when it ends. */
  readonly rules: ReadonlyArray<InlineRule>
  /** Directory that runs are placed in. */
  readonly base: string
}

function placeOf({ id }: CreateRunRequest): Place {
  switch (id.case) {
    case 'runId':
      checkRunName(id.value.name, 'run_id.name')
      return { project: id.value.project, domain: id.value.domain, name: id.value.name }
    case 'projectId':
      return { project: id.value.name, domain: id.value.domain }
    default:
      throw new InvalidArgumentError('id: one of run_id and project_id is required', { field: 'id' })
  }
}

// A run shows its trigger by name, beside its own project and domain.
function requireSamePlace(trigger: StoredTrigger | undefined, { project, domain }: Place): void {
  if (trigger === undefined) return
  const { key } = trigger
  if (key.project === project && key.domain === domain) return
  throw new InvalidArgumentError(
    `trigger_name: the trigger is in ${key.project}/${key.domain}, and so must its runs be, not in ${project}/${domain}`,
    { field: 'trigger_name' },
  )
}

function sourceOf(source: RunSource, { kickoffInput }: RunTask): RunSource {
  const isScheduled = kickoffInput !== undefined
  return source === RunSource.UNSPECIFIED && isScheduled ? RunSource.SCHEDULE_TRIGGER : source
}

function toRunTrigger({ key, revision }: StoredTrigger): RunTrigger {
  return { name: key.name, taskName: key.taskName, revision }
}

function digestOfRequest(request: CreateRunRequest): string {
  return digestOf(toBinaryDeterministic(CreateRunRequestSchema, request))
}
