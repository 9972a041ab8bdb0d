import { createHash } from 'node:crypto'
import { toBinaryDeterministic } from '@tern/core'
import { type TaskSpec, TaskSpecSchema, TraceSpecSchema } from '@tern/idl/task'
import { ActionType, type ConditionAction, ConditionActionSchema, type TraceAction } from '@tern/idl/workflow'
import type { SpecRecord } from '../engine/model.ts'

/** What an action can be an execution of. */
export type ActionSpec =
  | { readonly case: 'task'; readonly value: TaskSpec }
  | { readonly case: 'trace'; readonly value: TraceAction }
  | { readonly case: 'condition'; readonly value: ConditionAction }

/**
 * A spec as the store keeps it, under the digest of what it is: equal specs have equal digests, however their maps were
 * ordered when they came in.
 */
export function toSpecRecord(spec: ActionSpec): SpecRecord {
  switch (spec.case) {
    case 'task':
      return taskRecord(spec.value)
    case 'trace':
      return namedRecord(
        ActionType.TRACE,
        spec.value.name,
        toBinaryDeterministic(TraceSpecSchema, spec.value.spec ?? { $typeName: 'flyteidl2.task.TraceSpec' }),
      )
    case 'condition':
      return namedRecord(
        ActionType.CONDITION,
        spec.value.name,
        toBinaryDeterministic(ConditionActionSchema, spec.value),
      )
  }
}

/** The first 128 bits of the SHA-256 of the parts, as 22 characters that can stand in a path. */
export function digestOf(...parts: ReadonlyArray<Uint8Array | string>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest().subarray(0, 16).toString('base64url')
}

function taskRecord(spec: TaskSpec): SpecRecord {
  const template = spec.taskTemplate
  const bytes = toBinaryDeterministic(TaskSpecSchema, spec)
  return {
    digest: digestOf(bytes),
    actionType: ActionType.TASK,
    taskOrg: template?.id?.org ?? '',
    taskProject: template?.id?.project ?? '',
    taskDomain: template?.id?.domain ?? '',
    taskName: template?.id?.name ?? '',
    taskVersion: template?.id?.version ?? '',
    taskType: template?.type ?? '',
    shortName: spec.shortName,
    environmentName: spec.environment?.name ?? '',
    bytes,
  }
}

// The name of a trace is not part of its TraceSpec, so it goes into the digest: two traces of one interface differ.
function namedRecord(actionType: ActionType, name: string, bytes: Uint8Array): SpecRecord {
  return {
    digest: digestOf(`${actionType}:${name}:`, bytes),
    actionType,
    taskOrg: '',
    taskProject: '',
    taskDomain: '',
    taskName: name,
    taskVersion: '',
    taskType: '',
    shortName: '',
    environmentName: '',
    bytes,
  }
}
