import type { TaskDetails, TaskSpec } from '@tern/idl/task'
import type { TaskReference, TernClient } from '@tern/sdk/client'
import { CommandError } from '../usage-error.ts'
import { orSuggest } from './not-found.ts'

export interface DeployedTask {
  readonly details: TaskDetails
  readonly name: string
  readonly version: string
  readonly spec: TaskSpec
}

/** A deployed task; where there is none, the error says which name or version may have been meant. */
export async function findDeployedTask(client: TernClient, reference: TaskReference): Promise<DeployedTask> {
  const details = await orSuggestTask(client.getTask(reference), reference, client)
  const { taskId, spec } = details
  if (taskId === undefined || spec === undefined) {
    throw new CommandError(`the server has no spec of task ${reference.name}`)
  }
  return { details, name: taskId.name, version: taskId.version, spec }
}

function orSuggestTask<T>(answer: Promise<T>, { name, version }: TaskReference, client: TernClient): Promise<T> {
  if (version === undefined) return orSuggest(answer, name, () => taskNames(client))
  const versions = async function* () {
    for await (const each of client.listVersions(name)) yield each.version
  }
  return orSuggest(orSuggest(answer, version, versions), name, () => taskNames(client))
}

/** The names of all deployed tasks. */
async function* taskNames(client: TernClient): AsyncGenerator<string, void, undefined> {
  for await (const task of client.listTasks()) yield task.taskId?.name ?? ''
}
