import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Client, createClient as createRpcClient } from '@connectrpc/connect'
import { isTerminalPhase, newRunName, NotFoundError, rootActionName } from '@tern/core'
import { IdentityService } from '@tern/idl/auth'
import { DataProxyService, type GetActionDataResponse } from '@tern/idl/dataproxy'
import { ProjectService, ProjectState, type Project } from '@tern/idl/project'
import {
  type Inputs,
  type ListVersionsResponse_VersionResponse as TaskVersion,
  type RunSpec,
  type Task,
  type TaskDetails,
  TaskService,
  type TaskSpec,
  type TaskTrigger,
} from '@tern/idl/task'
import {
  type Action,
  type ActionDetails,
  type EventPayload,
  type Run,
  type RunDetails,
  RunService,
  RunSource,
} from '@tern/idl/workflow'
import type { CodeBundle } from '../bundling/bundle-file.ts'
import type { Place } from '../io/place.ts'
import type { Reader } from '../io/reader.ts'
import { storeAll } from '../io/storing.ts'
import { Artifacts } from './artifacts.ts'
import { Conditions } from './conditions.ts'
import type { Configuration } from './configuration.ts'
import { Connection, type ListOptions, pageSize } from './connection.ts'
import { createOnce } from './create-once.ts'
import { type LogEntry, tailLogs } from './log-stream.ts'
import type { ClientPlatform } from './platform.ts'
import { Projects } from './projects.ts'
import { required } from './required.ts'
import { resubscribe } from './resubscribe.ts'
import { fromRpcError } from './rpc-errors.ts'
import { Runs } from './runs.ts'
import { Notifications } from './notifications.ts'
import { Secrets } from './secrets.ts'
import { ScopedSettings } from './settings.ts'
import { Status } from './status.ts'
import { Tasks } from './tasks.ts'
import { type TriggerReference, Triggers } from './triggers.ts'

/** A deployed task. Without a version, the newest. */
export interface TaskReference {
  readonly name: string
  readonly version?: string
}

/** A run as the wire has it. */
export interface CreateRunOptions {
  /** A task by value, or one that was deployed, or what a trigger starts. */
  readonly task:
    | { readonly spec: TaskSpec }
    | { readonly reference: TaskReference & { readonly version: string } }
    | { readonly trigger: TriggerReference }
  /** Left out, a trigger's are used. */
  readonly inputs?: Inputs | undefined
  /** Defaults to a name that the server makes up. */
  readonly name?: string | undefined
  /** Left out, a trigger's is used. */
  readonly runSpec?: RunSpec | undefined
  /** What the run is shown to come from. Defaults to nothing in particular. */
  readonly source?: RunSource | undefined
}

/** How long a stream is read. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * A server of Tern, or of Flyte 2, in one project and domain. Calls are repeated when the server is briefly unavailable.
 *
 * All methods throw errors of this package (`NotFoundError`, `InvalidArgumentError` …), `UnavailableError` when no server
 * can be reached.
 */
export class TernClient {
  readonly configuration: Configuration
  readonly runs: Runs
  readonly tasks: Tasks
  readonly conditions: Conditions
  readonly projects: Projects
  readonly triggers: Triggers
  readonly notifications: Notifications
  readonly secrets: Secrets
  readonly settings: ScopedSettings
  readonly artifacts: Artifacts
  readonly status: Status
  /** Where files go that runs are given. */
  readonly place: Place
  private readonly platform: ClientPlatform
  private readonly connection: Connection
  private readonly runService: Client<typeof RunService>
  private readonly taskService: Client<typeof TaskService>
  private readonly projectService: Client<typeof ProjectService>
  private readonly dataProxy: Client<typeof DataProxyService>
  private readonly identity: Client<typeof IdentityService>
  // Where bundles were put, by name. Their names say what is in them, so they never change.
  private readonly uploaded = new Map<string, Promise<string>>()

  constructor(configuration: Configuration, platform: ClientPlatform) {
    const transport = platform.createTransport(configuration)
    this.configuration = configuration
    this.platform = platform
    this.connection = new Connection(configuration, transport)
    this.triggers = new Triggers(this.connection)
    this.secrets = new Secrets(this.connection)
    this.notifications = new Notifications(this.connection)
    this.settings = new ScopedSettings(this.connection)
    this.artifacts = new Artifacts(this.connection)
    this.status = new Status(this.connection)
    this.runService = createRpcClient(RunService, transport)
    this.taskService = createRpcClient(TaskService, transport)
    this.projectService = createRpcClient(ProjectService, transport)
    this.dataProxy = createRpcClient(DataProxyService, transport)
    this.identity = createRpcClient(IdentityService, transport)
    this.runs = new Runs(this)
    this.tasks = new Tasks(this)
    this.conditions = new Conditions(this)
    this.projects = new Projects(this)
    this.place = platform.createPlace((file) =>
      this.connection.call(() => platform.uploadContent(this.dataProxy, { ...this.connection.place, ...file })),
    )
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
      place = this.connection.call(() =>
        this.platform.upload(this.dataProxy, { ...this.connection.place, fileName, bytes }),
      )
      place.catch(() => this.uploaded.delete(fileName))
      this.uploaded.set(fileName, place)
    }
    return place
  }

  /**
   * The values with every `File`, `Dir` and `DataFrame` in them stored on the server that only this process has: what tasks can
   * be given. The same file is sent once.
   */
  async store<T>(values: T): Promise<T> {
    return (await storeAll(values, this.place)) as T
  }

  /** What reads the files that an action takes and gives, wherever the server is. */
  readerOf(run: string, action: string = rootActionName): Reader {
    return this.platform.createReader((uri) => this.fileLink(run, action, uri))
  }

  /** Where a file, or a listing of a folder, that an action takes or gives can be fetched for a while. */
  async fileLink(run: string, action: string, uri: string): Promise<{ url: string; expiresAtMs: number }> {
    const actionId = this.actionId(run, action)
    const { signedUrl, expiresAt } = await this.connection.call(() => this.dataProxy.createFileLink({ actionId, uri }))
    return { url: signedUrl, expiresAtMs: expiresAt === undefined ? 0 : timestampMs(expiresAt) }
  }

  /**
   * Makes a run. It has a name before it is asked for, so that a call whose answer was lost can be repeated: the run is made
   * once.
   *
   * @throws AlreadyExistsError when there is a run of the name that the options give
   */
  async createRun(options: CreateRunOptions): Promise<Run> {
    const name = options.name ?? newRunName()
    const id = { case: 'runId', value: this.runId(name) } as const
    const task = this.toTask(options.task)
    const { inputs } = options
    return this.connection.call(async () => {
      const uploaded = inputs === undefined ? undefined : await this.dataProxy.uploadInputs({ id, task, inputs })
      if (inputs !== undefined && uploaded?.offloadedInputData === undefined) {
        throw new Error('the server did not say where it stored the inputs')
      }
      const request = {
        id,
        task,
        source: options.source ?? RunSource.UNSPECIFIED,
        ...(uploaded?.offloadedInputData && {
          inputWrapper: { case: 'offloadedInputData', value: uploaded.offloadedInputData } as const,
        }),
        ...(options.runSpec && { runSpec: options.runSpec }),
      }
      const answer = await createOnce(
        () => this.runService.createRun(request),
        options.name === undefined ? () => this.runService.getRunDetails({ runId: this.runId(name) }) : undefined,
      )
      return required(answer.run, 'a run')
    })
  }

  /**
   * Deploys a version of a task.
   *
   * @param triggers all that the task is to have from now on: those that are not among them are deleted
   * @returns false when this version of the task was deployed before
   */
  async deployTask(spec: TaskSpec, triggers: readonly TaskTrigger[] = []): Promise<boolean> {
    const { name = '', version = '' } = spec.taskTemplate?.id ?? {}
    try {
      await this.connection.call(() =>
        this.taskService.deployTask({
          taskId: { ...this.connection.place, name, version },
          spec,
          triggers: [...triggers],
        }),
      )
      return true
    } catch (error) {
      if (error instanceof Error && error.name === 'AlreadyExistsError') return false
      throw error
    }
  }

  /** @throws NotFoundError when no task of that name, or no such version, was deployed */
  async getTask({ name, version }: TaskReference): Promise<TaskDetails> {
    const chosen = version ?? (await this.latestVersion(name))
    const { details } = await this.connection.call(() =>
      this.taskService.getTaskDetails({ taskId: { ...this.connection.place, name, version: chosen } }),
    )
    return required(details, `task ${name}`)
  }

  listTasks(options: ListOptions = {}): AsyncGenerator<Task, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { tasks, token } = await this.taskService.listTasks({ request, scopeBy: this.projectScope })
      return { items: tasks, token }
    })
  }

  /** The versions of a task, the newest first unless `sortBy` says otherwise. */
  listVersions(task: string, options: ListOptions = {}): AsyncGenerator<TaskVersion, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { versions, token } = await this.taskService.listVersions({
        request,
        taskName: { ...this.connection.place, name: task },
      })
      return { items: versions, token }
    })
  }

  async getRun(name: string): Promise<RunDetails> {
    const { details } = await this.connection.call(() => this.runService.getRunDetails({ runId: this.runId(name) }))
    return required(details, `run ${name}`)
  }

  listRuns(options: ListOptions = {}): AsyncGenerator<Run, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { runs, token } = await this.runService.listRuns({ request, scopeBy: this.projectScope })
      return { items: runs, token }
    })
  }

  async getAction(run: string, action: string = rootActionName): Promise<ActionDetails> {
    const { details } = await this.connection.call(() =>
      this.runService.getActionDetails({ actionId: this.actionId(run, action) }),
    )
    return required(details, `action ${action} of run ${run}`)
  }

  listActions(run: string, options: ListOptions = {}): AsyncGenerator<Action, void, undefined> {
    return this.connection.pages(options, async (request) => {
      const { actions, token } = await this.runService.listActions({ request, runId: this.runId(run) })
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
        () => this.runService.watchActionDetails(request, { signal }),
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
    return this.connection.call(() => this.dataProxy.getActionData({ actionId: this.actionId(run, action) }))
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
    await this.connection.call(() => this.runService.abortRun({ runId: this.runId(name), reason }))
  }

  async abortAction(run: string, action: string, reason = 'aborted by the user'): Promise<void> {
    await this.connection.call(() => this.runService.abortAction({ actionId: this.actionId(run, action), reason }))
  }

  /** Gives a condition that an action of a run waits for its value. */
  async signal(run: string, condition: string, parent: string, value: EventPayload['value']): Promise<void> {
    await this.connection.call(() =>
      this.runService.signalEvent({
        actionId: this.actionId(run, condition),
        parentActionName: parent,
        payload: { value },
      }),
    )
  }

  async getProject(id: string): Promise<Project> {
    const { project } = await this.connection.call(() =>
      this.projectService.getProject({ id, org: this.connection.place.org }),
    )
    return required(project, `project ${id}`)
  }

  /** @param includeArchived whether archived projects are listed too. Defaults to false. */
  async *listProjects({ includeArchived = false } = {}): AsyncGenerator<Project, void, undefined> {
    const filters = includeArchived ? `value_in(state,${Object.values(ProjectState).join(';')})` : ''
    let token = ''
    do {
      const { projects } = await this.connection.call(() =>
        this.projectService.listProjects({ limit: pageSize, token, filters, org: this.connection.place.org }),
      )
      yield* projects?.projects ?? []
      token = projects?.token ?? ''
    } while (token !== '')
  }

  async createProject(project: {
    id: string
    name?: string | undefined
    description?: string | undefined
    labels?: Readonly<Record<string, string>> | undefined
  }): Promise<void> {
    const { id, name = id, description = '', labels } = project
    await this.connection.call(() =>
      this.projectService.createProject({
        project: {
          id,
          name,
          description,
          org: this.connection.place.org,
          ...(labels && { labels: { values: { ...labels } } }),
        },
      }),
    )
  }

  /** Replaces everything about a project but its id and its domains. @throws NotFoundError */
  async updateProject(project: Project): Promise<void> {
    const { org } = this.connection.place
    await this.connection.call(() => this.projectService.updateProject({ project: { ...project, domains: [], org } }))
  }

  /** Who the server takes the caller for. */
  userInfo(): Promise<{ subject: string; name: string; email: string }> {
    return this.connection.call(() => this.identity.userInfo({}))
  }

  private get projectScope() {
    return { case: 'projectId', value: this.connection.projectId } as const
  }

  private runId(name: string) {
    return { ...this.connection.place, name }
  }

  private actionId(run: string, action: string) {
    return { run: this.runId(run), name: action }
  }

  private toTask(task: CreateRunOptions['task']) {
    if ('spec' in task) return { case: 'taskSpec', value: task.spec } as const
    if ('trigger' in task) {
      const { task: taskName, name } = task.trigger
      return { case: 'triggerName', value: { ...this.connection.place, taskName, name } } as const
    }
    const { name, version } = task.reference
    return { case: 'taskId', value: { ...this.connection.place, name, version } } as const
  }

  private async latestVersion(name: string): Promise<string> {
    const filters = [{ field: 'name', function: 'EQUAL', values: [name] }] as const
    for await (const task of this.listTasks({ limit: 1, filters })) return task.taskId?.version ?? ''
    const { project, domain } = this.connection.place
    throw new NotFoundError(`task ${name} is not deployed in project ${project}, domain ${domain}`, {
      hint: '`tern get task` lists what is; `tern deploy FILE` deploys.',
    })
  }
}
