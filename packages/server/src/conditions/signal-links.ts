import { PermissionDeniedError } from '@tern/core'
import type { ActionKey } from '../engine/model.ts'

/** Where whoever was told by a webhook POSTs the value of the condition. */
export const signalPath = '/conditions/signal'

/** A condition as the object of a signed link. */
export function toSignalObject({ project, domain, run, action }: ActionKey): string {
  return [project, domain, run, action].join('/')
}

/** Throws PermissionDeniedError for a link that is not to a condition. */
export function fromSignalObject(object: string): ActionKey {
  const [project, domain, run, action, ...rest] = object.split('/')
  if (!project || !domain || !run || !action || rest.length > 0) {
    throw new PermissionDeniedError('the link does not lead to a condition')
  }
  return { project, domain, run, action }
}
