import { create, toBinary } from '@bufbuild/protobuf'
import { inputsHash, InvalidArgumentError, sha256Base64 } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { UploadInputsRequest } from '@tern/idl/dataproxy'
import { InputsSchema, type TaskSpec } from '@tern/idl/task'
import type { Projects } from '../projects/projects.ts'
import type { Tasks } from '../tasks/tasks.ts'
import type { Triggers } from '../triggers/triggers.ts'
import { storeInputs } from './offloaded-inputs.ts'

export interface UploadInputsParts {
  readonly storage: Storage
  readonly projects: Projects
  readonly tasks: Tasks
  readonly triggers: Triggers
  readonly config: { readonly org: string }
}

/** Stores the inputs of a run to be, and returns where they are and their hash, without what the cache ignores. */
export async function uploadInputs(
  parts: UploadInputsParts,
  request: UploadInputsRequest,
): Promise<{ readonly uri: string; readonly inputsHash: string }> {
  const { project, domain } = placeOf(request)
  await parts.projects.require(project, domain, { writable: true })
  const spec = await taskOf(parts, request)
  const inputs = request.inputs ?? create(InputsSchema)
  const place = { baseDir: request.baseDir, org: parts.config.org, project, domain }
  const hash = inputsHash(inputs.literals, spec.taskTemplate?.metadata?.cacheIgnoreInputVars)
  return {
    uri: await storeInputs(parts.storage, place, toBinary(InputsSchema, inputs)),
    // Never empty: clients take that for an error.
    inputsHash: hash === '' ? sha256Base64('') : hash,
  }
}

function placeOf({ id }: UploadInputsRequest): { readonly project: string; readonly domain: string } {
  switch (id.case) {
    case 'runId':
      return id.value
    case 'projectId':
      return { project: id.value.name, domain: id.value.domain }
    default:
      throw new InvalidArgumentError('id: one of run_id and project_id is required', { field: 'id' })
  }
}

async function taskOf({ tasks, triggers }: UploadInputsParts, { task }: UploadInputsRequest): Promise<TaskSpec> {
  switch (task.case) {
    case 'taskSpec':
      return task.value
    case 'taskId':
      return (await tasks.get(task.value)).spec
    case 'triggerName': {
      const { key, taskVersion } = await triggers.get(task.value)
      return (await tasks.get({ ...key, name: key.taskName, version: taskVersion })).spec
    }
    default:
      throw new InvalidArgumentError('task: one of task_id, task_spec and trigger_name is required', { field: 'task' })
  }
}
