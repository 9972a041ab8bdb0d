import { type Client, createClient as createRpcClient } from '@connectrpc/connect'
import { NotFoundError } from '@tern/core'
import {
  type ListVersionsResponse_VersionResponse as TaskVersion,
  type Task,
  type TaskDetails,
  TaskService,
  type TaskSpec,
  type TaskTrigger,
} from '@tern/idl/task'
import type { Configuration } from './configuration.ts'
import type { ListOptions } from './connection.ts'
import type { ClientPlatform } from './platform.ts'
import { ProjectClient } from './project-client.ts'
import { required } from './required.ts'

/** A deployed task. Without a version, the newest. */
export interface TaskReference {
  readonly name: string
  readonly version?: string | undefined
  /** Default to those of the client. */
  readonly project?: string | undefined
  readonly domain?: string | undefined
}

interface Place {
  readonly org: string
  readonly project: string
  readonly domain: string
}

/** Calls about deployed tasks. */
export class TaskClient extends ProjectClient {
  private readonly taskService: Client<typeof TaskService>

  constructor(configuration: Configuration, platform: ClientPlatform) {
    super(configuration, platform)
    this.taskService = createRpcClient(TaskService, this.connection.transport)
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
  async getTask({ name, version, ...given }: TaskReference): Promise<TaskDetails> {
    const { org, project, domain } = this.connection.place
    const place = { org, project: given.project ?? project, domain: given.domain ?? domain }
    const chosen = version ?? (await this.latestVersion(name, place))
    const { details } = await this.connection.call(() =>
      this.taskService.getTaskDetails({ taskId: { ...place, name, version: chosen } }),
    )
    return required(details, `task ${name}`)
  }

  /** The tasks of the project and domain, each with its newest version. */
  listTasks(options: ListOptions = {}): AsyncGenerator<Task, void, undefined> {
    return this.tasksIn(this.connection.place, options)
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

  private tasksIn({ org, project, domain }: Place, options: ListOptions): AsyncGenerator<Task, void, undefined> {
    const scopeBy = { case: 'projectId', value: { organization: org, name: project, domain } } as const
    return this.connection.pages(options, async (request) => {
      const { tasks, token } = await this.taskService.listTasks({ request, scopeBy })
      return { items: tasks, token }
    })
  }

  private async latestVersion(name: string, place: Place): Promise<string> {
    const filters = [{ field: 'name', function: 'EQUAL', values: [name] }] as const
    for await (const task of this.tasksIn(place, { limit: 1, filters })) return task.taskId?.version ?? ''
    const { project, domain } = place
    throw new NotFoundError(`task ${name} is not deployed in project ${project}, domain ${domain}`, {
      hint: '`tern get task` lists what is; `tern deploy FILE` deploys.',
    })
  }
}
