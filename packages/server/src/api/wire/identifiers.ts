import { InvalidArgumentError, NotFoundError } from '@tern/core'
import type { ActionIdentifier, ProjectIdentifier, RunIdentifier } from '@tern/idl/common'
import type { TaskIdentifier } from '@tern/idl/task'
import type { ActionKey, RunKey } from '../../engine/model.ts'
import type { TaskKey } from '../../store/tasks-repository.ts'

/** Identifiers are answered as plain objects of the message's shape, which costs a fraction of `create`. */
export function toRunIdentifier(org: string, key: RunKey): RunIdentifier {
  return {
    $typeName: 'flyteidl2.common.RunIdentifier',
    org,
    project: key.project,
    domain: key.domain,
    name: key.run,
  }
}

export function toActionIdentifier(org: string, key: RunKey, action: string): ActionIdentifier {
  return { $typeName: 'flyteidl2.common.ActionIdentifier', run: toRunIdentifier(org, key), name: action }
}

/** Throws InvalidArgumentError when it is not there. */
export function fromRunIdentifier(id: RunIdentifier | undefined, field = 'run_id'): RunKey {
  if (id === undefined) throw missing(field)
  return { project: id.project, domain: id.domain, run: id.name }
}

/** Throws InvalidArgumentError when it, or the run in it, is not there. */
export function fromActionIdentifier(id: ActionIdentifier | undefined, field = 'action_id'): ActionKey {
  if (id === undefined) throw missing(field)
  return { ...fromRunIdentifier(id.run, `${field}.run`), action: id.name }
}

/** Throws InvalidArgumentError when it is not there. */
export function fromTaskIdentifier(id: TaskIdentifier | undefined, field = 'task_id'): TaskKey {
  if (id === undefined) throw missing(field)
  return { project: id.project, domain: id.domain, name: id.name, version: id.version }
}

/** Project and domain of an identifier. */
export function fromProjectIdentifier(id: ProjectIdentifier): { readonly project: string; readonly domain: string } {
  return { project: id.name, domain: id.domain }
}

function missing(field: string): InvalidArgumentError {
  return new InvalidArgumentError(`${field}: value is required`, { field })
}

export function runNotFound(key: RunKey): NotFoundError {
  return new NotFoundError(`run ${key.run} does not exist in ${key.project}/${key.domain}`)
}

export function actionNotFound(key: ActionKey): NotFoundError {
  return new NotFoundError(`action ${key.action} of run ${key.run} does not exist in ${key.project}/${key.domain}`)
}
