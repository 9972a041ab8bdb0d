import { fromBinary } from '@bufbuild/protobuf'
import {
  checkTaskName,
  checkTaskVersion,
  type Clock,
  functionNameOf,
  InvalidArgumentError,
  NotFoundError,
} from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import { type TaskSpec, TaskSpecSchema, type TaskTrigger } from '@tern/idl/task'
import { buildTask, buildTaskSpec, isBuildTask } from '../images/build-task.ts'
import { type Caller, toIdentityBytes } from '../identity/caller.ts'
import type { Plans } from '../launch-plans/plans.ts'
import type { Projects } from '../projects/projects.ts'
import type { Page } from '../store/list-query.ts'
import { toSpecRecord } from '../store/specs.ts'
import type { TaskKey, TaskPage, TaskScope, TaskSummary, TasksRepository } from '../store/tasks-repository.ts'
import type { Triggers } from '../triggers/triggers.ts'
import { WorkflowChecks } from '../workflows/workflow-checks.ts'

export interface TasksParts {
  readonly repository: TasksRepository
  readonly projects: Projects
  readonly triggers: Triggers
  readonly plans: Plans
  readonly clock: Clock
}

export interface DeployedTask {
  readonly summary: TaskSummary
  readonly spec: TaskSpec
}

/** Deployed tasks. */
export class Tasks {
  readonly #repository: TasksRepository
  readonly #projects: Projects
  readonly #triggers: Triggers
  readonly #clock: Clock
  /** Of tasks that are compiled workflows. */
  readonly workflows: WorkflowChecks

  constructor(parts: TasksParts) {
    this.#repository = parts.repository
    this.#projects = parts.projects
    this.#triggers = parts.triggers
    this.#clock = parts.clock
    this.workflows = new WorkflowChecks({ tasks: parts.repository, plans: parts.plans })
  }

  /**
   * Stores a version of a task, and makes these the triggers of the task, both or neither. Deploying a version again
   * replaces its spec.
   */
  async deploy(
    key: TaskKey,
    spec: TaskSpec,
    triggers: ReadonlyArray<TaskTrigger>,
    caller: Caller | undefined,
  ): Promise<void> {
    checkTaskName(key.name, 'task_id.name')
    if (key.name.includes('/')) {
      throw new InvalidArgumentError(`task_id.name: ${JSON.stringify(key.name)} must not contain "/"`, {
        field: 'task_id.name',
        hint: 'Names stand in paths. Flyte joins the environment and the function with a dot.',
      })
    }
    checkTaskVersion(key.version, 'task_id.version')
    await this.#projects.require(key.project, key.domain, { writable: true })
    await this.workflows.check(key, spec)
    const stored = withIdentity(key, spec)
    const task = {
      key,
      environment: stored.environment?.name ?? '',
      functionName: functionNameOf(key.name, stored.environment?.name),
      deployedBy: caller?.subject ?? '',
      environmentDescription: stored.environment?.description ?? '',
      shortDescription: stored.documentation?.shortDescription ?? '',
      isEntrypoint: stored.taskTemplate?.metadata?.isEntrypoint ?? false,
      spec: toSpecRecord({ case: 'task', value: stored }),
    }
    const by = caller === undefined ? null : toIdentityBytes(caller)
    await this.#triggers.replace(key, stored, triggers, by, (together) =>
      this.#repository.deploy(task, this.#clock.now(), together),
    )
  }

  /** Throws NotFoundError, naming the way on. */
  async get(key: TaskKey): Promise<DeployedTask> {
    await this.#deployBuildTask(key)
    const found = await this.#repository.find(key)
    if (found === undefined) throw taskNotFound(key)
    const { spec, ...summary } = found
    return { summary, spec: fromBinary(TaskSpecSchema, spec) }
  }

  async listLatest(scope: TaskScope, request: ListRequest | undefined): Promise<TaskPage> {
    await this.#deployBuildTask({ ...scope, name: buildTask.name })
    return this.#repository.listLatest(scope, request)
  }

  async listVersions(task: Omit<TaskKey, 'version'>, request: ListRequest | undefined): Promise<Page<TaskSummary>> {
    await this.#deployBuildTask(task)
    return this.#repository.listVersions(task, request)
  }

  /** The task that builds images comes with the server: it is there for whoever asks for it. */
  async #deployBuildTask({ project = '', domain = '', name }: Partial<TaskKey>): Promise<void> {
    const task = { project, domain, name: name ?? '' }
    if (!isBuildTask(task) || !this.#projects.domains.includes(domain)) return
    if ((await this.#repository.latestVersion(task)) === buildTask.version) return
    const spec = buildTaskSpec(domain)
    await this.#repository.deploy(
      {
        key: { ...task, version: buildTask.version },
        environment: spec.environment?.name ?? '',
        functionName: spec.shortName,
        deployedBy: '',
        environmentDescription: '',
        shortDescription: spec.documentation?.shortDescription ?? '',
        isEntrypoint: false,
        spec: toSpecRecord({ case: 'task', value: spec }),
      },
      this.#clock.now(),
    )
  }
}

function taskNotFound({ project, domain, name, version }: TaskKey): NotFoundError {
  return new NotFoundError(`task ${name} version ${version} is not deployed in ${project}/${domain}`, {
    hint: 'Deploy it with: tern deploy FILE. List what is deployed with: tern get task.',
  })
}

/** The spec names the task that it is deployed as, also when its template came without a name. */
function withIdentity(key: TaskKey, spec: TaskSpec): TaskSpec {
  const template = spec.taskTemplate
  const id = template?.id
  if (template === undefined || id === undefined) {
    throw new InvalidArgumentError('spec.task_template.id: value is required', { field: 'spec.task_template.id' })
  }
  return { ...spec, taskTemplate: { ...template, id: { ...id, ...key } } }
}
