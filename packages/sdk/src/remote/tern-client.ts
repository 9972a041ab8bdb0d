import { create } from '@bufbuild/protobuf'
import { type Client, createClient as createRpcClient, type Transport } from '@connectrpc/connect'
import { isTerminalPhase, NotFoundError, rootActionName } from '@tern/core'
import { IdentityService } from '@tern/idl/auth'
import { type Filter, Filter_Function, type ListRequest, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { DataProxyService, type GetActionDataResponse } from '@tern/idl/dataproxy'
import { ProjectService, type Project } from '@tern/idl/project'
import { type Inputs, type RunSpec, type Task, type TaskDetails, TaskService, type TaskSpec } from '@tern/idl/task'
import { type Action, type ActionDetails, type Run, type RunDetails, RunService } from '@tern/idl/workflow'
import type { CodeBundle } from '../bundling/bundle-file.ts'
import { type Configuration, type ConfigurationOptions, resolveConfiguration } from './configuration.ts'
import { type LogEntry, tailLogs } from './log-stream.ts'
import { resubscribe } from './resubscribe.ts'
import { fromRpcError } from './rpc-errors.ts'
import { createTransport } from './transport.ts'
import { upload } from './uploads.ts'

/** A deployed task. Without a version, the newest. */
export interface TaskReference {
  readonly name: string
  readonly version?: string
}

export interface CreateRunOptions {
  /** A task by value, or one that was deployed. */
  readonly task: { readonly spec: TaskSpec } | { readonly reference: TaskReference & { readonly version: string } }
  readonly inputs: Inputs
  /** Defaults to a name that the server makes up. */
  readonly name?: string | undefined
  readonly runSpec?: RunSpec | undefined
}

export interface ListOptions {
  /** At most so many in all. Defaults to no limit. */
  readonly limit?: number
  readonly filters?: readonly {
    readonly field: string
    readonly function: FilterFunction
    readonly values: readonly string[]
  }[]
  /** Defaults to `created_at`, newest first. */
  readonly sortBy?: { readonly key: string; readonly ascending?: boolean }
}

export type FilterFunction = keyof typeof Filter_Function

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined
}

const pageSize = 100

/** Connects to the configured server: nothing is sent before the first call. */
export function createClient(options: ConfigurationOptions = {}): TernClient {
  return new TernClient(resolveConfiguration(options))
}

/**
 * A server of Tern, or of Flyte 2, in one project and domain. Calls are repeated when the server is briefly unavailable.
 *
 * All methods throw errors of this package (`NotFoundError`, `InvalidArgumentError` …), `UnavailableError` when no server
 * can be reached.
 */
export class TernClient {
  readonly configuration: Configuration
  private readonly runs: Client<typeof RunService>
  private readonly tasks: Client<typeof TaskService>
  private readonly projects: Client<typeof ProjectService>
  private readonly dataProxy: Client<typeof DataProxyService>
  private readonly identity: Client<typeof IdentityService>
  // Where bundles were put, by name. Their names say what is in them, so they never change.
  private readonly uploaded = new Map<string, Promise<string>>()

  constructor(configuration: Configuration, transport: Transport = createTransport(configuration)) {
    this.configuration = configuration
    this.runs = createRpcClient(RunService, transport)
    this.tasks = createRpcClient(TaskService, transport)
    this.projects = createRpcClient(ProjectService, transport)
    this.dataProxy = createRpcClient(DataProxyService, transport)
    this.identity = createRpcClient(IdentityService, transport)
  }

  /** The console's page of a run. */
  runUrl(name: string): string {
    const { console, domain, project } = this.configuration
    return `${console}/v2/domain/${domain}/project/${project}/runs/${name}`
  }

  /** Stores a code bundle, unless this client has stored it before. @returns where workers find it */
  uploadBundle({ bytes, fileName }: Pick<CodeBundle, 'bytes' | 'fileName'>): Promise<string> {
    let place = this.uploaded.get(fileName)
    if (place === undefined) {
      place = this.call(() => upload(this.dataProxy, { ...this.place, fileName, bytes }))
      place.catch(() => this.uploaded.delete(fileName))
      this.uploaded.set(fileName, place)
    }
    return place
  }

  async createRun(options: CreateRunOptions): Promise<Run> {
    const { org, project, domain } = this.place
    const projectId = { organization: org, name: project, domain }
    const runId = options.name === undefined ? undefined : this.runId(options.name)
    const task = this.toTask(options.task)
    return this.call(async () => {
      const { offloadedInputData } = await this.dataProxy.uploadInputs({
        id: runId === undefined ? { case: 'projectId', value: projectId } : { case: 'runId', value: runId },
        task,
        inputs: options.inputs,
      })
      if (offloadedInputData === undefined) throw new Error('the server did not say where it stored the inputs')
      const { run } = await this.runs.createRun({
        id: runId === undefined ? { case: 'projectId', value: projectId } : { case: 'runId', value: runId },
        task,
        inputWrapper: { case: 'offloadedInputData', value: offloadedInputData },
        ...(options.runSpec === undefined ? {} : { runSpec: options.runSpec }),
      })
      return required(run, 'a run')
    })
  }

  /** @returns false when this version of the task was deployed before */
  async deployTask(spec: TaskSpec): Promise<boolean> {
    const { name = '', version = '' } = spec.taskTemplate?.id ?? {}
    try {
      await this.call(() => this.tasks.deployTask({ taskId: { ...this.place, name, version }, spec }))
      return true
    } catch (error) {
      if (error instanceof Error && error.name === 'AlreadyExistsError') return false
      throw error
    }
  }

  /** @throws NotFoundError when no task of that name, or no such version, was deployed */
  async getTask({ name, version }: TaskReference): Promise<TaskDetails> {
    const chosen = version ?? (await this.latestVersion(name))
    const { details } = await this.call(() =>
      this.tasks.getTaskDetails({ taskId: { ...this.place, name, version: chosen } }),
    )
    return required(details, `task ${name}`)
  }

  listTasks(options: ListOptions = {}): AsyncGenerator<Task, void, undefined> {
    return this.pages(options, async (request) => {
      const { tasks, token } = await this.tasks.listTasks({ request, scopeBy: this.projectScope })
      return { items: tasks, token }
    })
  }

  async getRun(name: string): Promise<RunDetails> {
    const { details } = await this.call(() => this.runs.getRunDetails({ runId: this.runId(name) }))
    return required(details, `run ${name}`)
  }

  listRuns(options: ListOptions = {}): AsyncGenerator<Run, void, undefined> {
    return this.pages(options, async (request) => {
      const { runs, token } = await this.runs.listRuns({ request, scopeBy: this.projectScope })
      return { items: runs, token }
    })
  }

  async getAction(run: string, action: string = rootActionName): Promise<ActionDetails> {
    const { details } = await this.call(() => this.runs.getActionDetails({ actionId: this.actionId(run, action) }))
    return required(details, `action ${action} of run ${run}`)
  }

  listActions(run: string, options: ListOptions = {}): AsyncGenerator<Action, void, undefined> {
    return this.pages(options, async (request) => {
      const { actions, token } = await this.runs.listActions({ request, runId: this.runId(run) })
      return { items: actions, token }
    })
  }

  /** An action now and at every change until it has ended, over interruptions of the connection. */
  async *watchAction(
    run: string,
    action: string = rootActionName,
    options: StreamOptions = {},
  ): AsyncGenerator<ActionDetails, void, undefined> {
    const signal = options.signal ?? new AbortController().signal
    const request = { actionId: this.actionId(run, action) }
    try {
      const answers = resubscribe(
        () => this.runs.watchActionDetails(request, { signal }),
        ({ details }) => details?.status !== undefined && isTerminalPhase(details.status.phase),
        signal,
      )
      for await (const { details } of answers) if (details !== undefined) yield details
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }

  /** Waits until an action, the root action of a run if none is named, has ended. */
  async waitForAction(
    run: string,
    action: string = rootActionName,
    options: StreamOptions = {},
  ): Promise<ActionDetails> {
    let last: ActionDetails | undefined
    for await (const details of this.watchAction(run, action, options)) last = details
    return required(last, `action ${action} of run ${run}`)
  }

  /** An action's inputs and outputs. @throws NotFoundError while there are none */
  getActionData(run: string, action: string = rootActionName): Promise<GetActionDataResponse> {
    return this.call(() => this.dataProxy.getActionData({ actionId: this.actionId(run, action) }))
  }

  /** What an attempt writes, line by line, until it has ended. Waits for an attempt that has not begun to write. */
  async *logs(
    run: string,
    action: string = rootActionName,
    options: StreamOptions & { readonly attempt?: number } = {},
  ): AsyncGenerator<LogEntry, void, undefined> {
    const request = { actionId: this.actionId(run, action), attempt: options.attempt ?? 1 }
    try {
      yield* tailLogs(this.dataProxy, request, options.signal ?? new AbortController().signal)
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }

  async abortRun(name: string, reason = 'aborted by the user'): Promise<void> {
    await this.call(() => this.runs.abortRun({ runId: this.runId(name), reason }))
  }

  async abortAction(run: string, action: string, reason = 'aborted by the user'): Promise<void> {
    await this.call(() => this.runs.abortAction({ actionId: this.actionId(run, action), reason }))
  }

  async getProject(id: string): Promise<Project> {
    const { project } = await this.call(() => this.projects.getProject({ id, org: this.place.org }))
    return required(project, `project ${id}`)
  }

  async *listProjects(): AsyncGenerator<Project, void, undefined> {
    let token = ''
    do {
      const { projects } = await this.call(() =>
        this.projects.listProjects({ limit: pageSize, token, org: this.place.org }),
      )
      yield* projects?.projects ?? []
      token = projects?.token ?? ''
    } while (token !== '')
  }

  async createProject(project: { id: string; name?: string; description?: string }): Promise<void> {
    const { id, name = id, description = '' } = project
    await this.call(() => this.projects.createProject({ project: { id, name, description, org: this.place.org } }))
  }

  /** Who the server takes the caller for. */
  userInfo(): Promise<{ subject: string; name: string; email: string }> {
    return this.call(() => this.identity.userInfo({}))
  }

  private get place() {
    const { org, project, domain } = this.configuration
    return { org, project, domain }
  }

  private get projectScope() {
    const { org, project, domain } = this.place
    return { case: 'projectId', value: { organization: org, name: project, domain } } as const
  }

  private runId(name: string) {
    return { ...this.place, name }
  }

  private actionId(run: string, action: string) {
    return { run: this.runId(run), name: action }
  }

  private toTask(task: CreateRunOptions['task']) {
    if ('spec' in task) return { case: 'taskSpec', value: task.spec } as const
    const { name, version } = task.reference
    return { case: 'taskId', value: { ...this.place, name, version } } as const
  }

  private async latestVersion(name: string): Promise<string> {
    const filters = [{ field: 'name', function: 'EQUAL', values: [name] }] as const
    for await (const task of this.listTasks({ limit: 1, filters })) return task.taskId?.version ?? ''
    const { project, domain } = this.place
    throw new NotFoundError(`task ${name} is not deployed in project ${project}, domain ${domain}`, {
      hint: '`tern get task` lists what is; `tern deploy FILE` deploys.',
    })
  }

  private async *pages<T>(
    { limit = Number.POSITIVE_INFINITY, filters = [], sortBy }: ListOptions,
    fetchPage: (request: ListRequest) => Promise<{ items: readonly T[]; token: string }>,
  ): AsyncGenerator<T, void, undefined> {
    let token = ''
    let left = limit
    while (left > 0) {
      const request = create(ListRequestSchema, {
        limit: Math.min(left, pageSize),
        token,
        filters: filters.map(toFilter),
        ...(sortBy === undefined
          ? {}
          : {
              sortBy: {
                key: sortBy.key,
                direction: sortBy.ascending ? Sort_Direction.ASCENDING : Sort_Direction.DESCENDING,
              },
            }),
      })
      const page = await this.call(() => fetchPage(request))
      for (const item of page.items.slice(0, left)) yield item
      left -= page.items.length
      token = page.token
      if (token === '') return
    }
  }

  private async call<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw fromRpcError(error, this.configuration)
    }
  }
}

function toFilter(filter: NonNullable<ListOptions['filters']>[number]): Filter {
  return {
    $typeName: 'flyteidl2.common.Filter',
    field: filter.field,
    function: Filter_Function[filter.function],
    values: [...filter.values],
  }
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new NotFoundError(`the server knows no ${what}`)
  return value
}
