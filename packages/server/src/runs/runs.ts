import { randomUUID } from 'node:crypto'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
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
import {
  type InlineRule,
  type RunSpec,
  RunSpecSchema,
  type TaskSpec,
  TriggerAutomationSpecSchema,
} from '@tern/idl/task'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import { type CreateRunRequest, CreateRunRequestSchema, RunSource } from '@tern/idl/workflow'
import { checkWithin } from '../data/offloaded-inputs.ts'
import { defaultRawData } from '../data/run-files.ts'
import { nameTaken } from '../engine/failures.ts'
import type { ActionKey, Engine, Identity, NewRun, RunKey, RunTrigger } from '../engine/model.ts'
import { type Caller, toIdentityBytes } from '../identity/caller.ts'
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
import { completeRunSpec } from './run-spec.ts'
import { inputsOfOthers, type InputsRequest, type KickoffTime, resolveRunInputs } from './run-inputs.ts'

export interface RunsParts {
  readonly engine: Engine
  readonly repository: RunsRepository
  readonly projects: Projects
  readonly settings: ScopedSettings
  readonly tasks: Tasks
  readonly triggers: Triggers
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

  constructor(parts: RunsParts) {
    this.#parts = parts
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
    const place = placeOf(request)
    const earlier = await this.#findEarlier(request, place)
    if (earlier !== undefined) return this.#created(earlier)
    await this.#parts.projects.require(place.project, place.domain, { writable: true })
    const task = await this.#resolveTask(request)
    requireSamePlace(task.trigger, place)
    if (!task.isDeployed && !isExternal) await this.#parts.tasks.workflows.check(place, task.spec)
    const run = await this.#prepare(request, task, place, isExternal)
    const createdBy = caller && { subject: caller.subject, bytes: toIdentityBytes(caller) }
    const runId =
      place.name === undefined
        ? await this.#createNamed(run, place, createdBy)
        : await this.#create(run, { ...place, run: place.name }, digestOfRequest(request), createdBy)
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
  async #findEarlier(request: CreateRunRequest, { name, ...place }: Place): Promise<number | undefined> {
    if (name === undefined) return undefined
    const key = { ...place, run: name }
    const stored = await this.#parts.repository.findRequest(key)
    if (stored !== undefined && stored.requestDigest !== digestOfRequest(request)) throw nameTaken(key)
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

  async #resolveTask(request: CreateRunRequest): Promise<ResolvedTask> {
    const { task } = request
    switch (task.case) {
      case 'taskId':
        return { spec: (await this.#parts.tasks.get(task.value)).spec, isDeployed: true }
      case 'taskSpec':
        checkTaskSpec(task.value)
        return { spec: task.value, isDeployed: false }
      case 'triggerName':
        return this.#resolveTrigger(request, await this.#parts.triggers.get(task.value))
      default:
        throw new InvalidArgumentError('task: one of task_id, task_spec and trigger_name is required', {
          field: 'task',
        })
    }
  }

  /** A run of a trigger is what the trigger says, where the request does not say otherwise. */
  async #resolveTrigger(request: CreateRunRequest, trigger: StoredTrigger): Promise<ResolvedTask> {
    const { key, taskVersion } = trigger
    const task = await this.#parts.tasks.get({ ...key, name: key.taskName, version: taskVersion })
    const { inputWrapper, runSpec } = fromBinary(TriggerSpecSchema, trigger.spec)
    const { automation } = fromBinary(TriggerAutomationSpecSchema, trigger.automation)
    return {
      spec: task.spec,
      isDeployed: true,
      trigger,
      ...(request.inputWrapper.case === undefined && { inputs: inputWrapper }),
      ...(request.runSpec === undefined && runSpec && { runSpec }),
      ...(automation.case === 'schedule' && { kickoffInput: automation.value.kickoffTimeInputArg }),
    }
  }

  async #prepare(
    request: CreateRunRequest,
    task: ResolvedTask,
    place: Place,
    isExternal: boolean,
  ): Promise<PreparedRun> {
    const { storage, org, clock, maxInlineBytes, maxInputBytes } = this.#parts
    const runSpec = completeRunSpec({
      runSpec: task.runSpec ?? request.runSpec,
      settings: await this.#parts.settings.forRuns({ domain: place.domain, project: place.project }),
      runStartTime: request.runStartTime,
      task: task.spec,
      isDeployed: task.isDeployed,
      now: clock.now(),
      rawDataPrefix: defaultRawData(storage),
    })
    await checkRecovery(this.#parts.repository, runSpec)
    const rules = this.#parts.notifications.rulesOf(runSpec)
    const base =
      runSpec.runBaseDir === '' ? storage.root : checkWithin(storage, runSpec.runBaseDir, 'run_spec.run_base_dir')
    const startTime = runSpec.runStartTime ?? request.runStartTime
    const startedAt = startTime === undefined ? clock.now() : fromTimestamp(startTime)
    const resolve = isExternal ? inputsOfOthers : resolveRunInputs
    const inputs = await resolve(task.inputs ?? request.inputWrapper, task.spec, {
      storage,
      place: { baseDir: '', org, project: place.project, domain: place.domain },
      maxInlineBytes,
      maxBytes: maxInputBytes,
      ...(task.kickoffInput && { kickoff: { input: task.kickoffInput, at: startedAt } satisfies KickoffTime }),
    })
    return {
      source: sourceOf(request, task),
      ...(task.trigger && { trigger: toRunTrigger(task.trigger) }),
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

interface ResolvedTask {
  readonly spec: TaskSpec
  readonly isDeployed: boolean
  readonly trigger?: StoredTrigger
  /** Of the trigger, where the request has none. */
  readonly inputs?: InputsRequest
  readonly runSpec?: RunSpec
  /** The input that takes the time of the firing; empty for none. */
  readonly kickoffInput?: string
}

interface PreparedRun
  extends Pick<NewRun, 'source' | 'spec' | 'runSpec' | 'inputs' | 'cacheKey' | 'trigger' | 'isExternal'> {
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

function sourceOf({ source }: CreateRunRequest, { kickoffInput }: ResolvedTask): RunSource {
  const isScheduled = kickoffInput !== undefined
  return source === RunSource.UNSPECIFIED && isScheduled ? RunSource.SCHEDULE_TRIGGER : source
}

function toRunTrigger({ key, revision }: StoredTrigger): RunTrigger {
  return { name: key.name, taskName: key.taskName, revision }
}

function checkTaskSpec(spec: TaskSpec): void {
  const id = spec.taskTemplate?.id
  if (id === undefined || id.name === '') {
    const field = `task_spec.task_template.id${id === undefined ? '' : '.name'}`
    throw new InvalidArgumentError(`${field}: value is required`, { field })
  }
}

function digestOfRequest(request: CreateRunRequest): string {
  return digestOf(toBinaryDeterministic(CreateRunRequestSchema, request))
}
