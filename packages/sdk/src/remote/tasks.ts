import type {
  ListVersionsResponse_VersionResponse as TaskVersion,
  Task,
  TaskDetails,
  TaskSpec,
  TaskTrigger,
} from '@tern/idl/task'
import type { ListOptions } from './connection.ts'
import type { TaskReference } from './task-client.ts'
import type { TernClient } from './tern-client.ts'

/** The deployed tasks of a project and domain. */
export class Tasks {
  readonly #client: TernClient

  constructor(client: TernClient) {
    this.#client = client
  }

  /**
   * @param task its full name, or also its version; the latest if there is none
   * @throws NotFoundError when no task of that name, or no such version, was deployed
   */
  get(task: string | TaskReference): Promise<TaskDetails> {
    return this.#client.getTask(typeof task === 'string' ? { name: task } : task)
  }

  /** The latest version of every task, or of those of an environment. */
  list(
    options: ListOptions & { readonly environment?: string | undefined } = {},
  ): AsyncGenerator<Task, void, undefined> {
    const { environment, filters = [], ...rest } = options
    if (environment === undefined) return this.#client.listTasks(options)
    const own = { field: 'environment', function: 'EQUAL', values: [environment] } as const
    return this.#client.listTasks({ ...rest, filters: [...filters, own] })
  }

  /** The versions of a task, the newest first unless the options say otherwise. */
  versions(task: string, options: ListOptions = {}): AsyncGenerator<TaskVersion, void, undefined> {
    return this.#client.listVersions(task, options)
  }

  /**
   * Deploys a version of a task.
   *
   * @param triggers all that the task is to have from now on: those that are not among them are deleted
   * @returns false when this version of the task was deployed before
   */
  deploy(spec: TaskSpec, triggers: readonly TaskTrigger[] = []): Promise<boolean> {
    return this.#client.deployTask(spec, triggers)
  }
}
