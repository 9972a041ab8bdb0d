import { create } from '@bufbuild/protobuf'
import { toTimestamp } from '@tern/core'
import { type CreateRunRequest, CreateRunRequestSchema, RunSource } from '@tern/idl/workflow'
import type { TriggerKey } from '../store/triggers-repository.ts'
import { firingName } from './firing-name.ts'

/** The request that starts the run of a trigger for an instant: whoever makes it makes the same one. */
export function firingRequest(org: string, key: TriggerKey, at: number): CreateRunRequest {
  const { project, domain } = key
  return create(CreateRunRequestSchema, {
    id: { case: 'runId', value: { org, project, domain, name: firingName(key, at) } },
    task: { case: 'triggerName', value: { org, ...key } },
    source: RunSource.SCHEDULE_TRIGGER,
    runStartTime: toTimestamp(at),
  })
}
