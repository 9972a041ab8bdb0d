import { fromBinary } from '@bufbuild/protobuf'
import { durationMs } from '@bufbuild/protobuf/wkt'
import {
  checkActionName,
  type Clock,
  fromErrorDocument,
  fromTimestamp,
  InvalidArgumentError,
  isTernError,
  rootActionName,
  type TaskFailure,
} from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Action } from '@tern/idl/actions'
import { ActionPhase } from '@tern/idl/common'
import { ErrorDocumentSchema } from '@tern/idl/core'
import type { ConditionAction, TaskAction, TraceAction } from '@tern/idl/workflow'
import { checkConditionType } from '../conditions/condition-value.ts'
import { isWithin } from '../data/offloaded-inputs.ts'
import { inputsFileIn } from '../data/run-files.ts'
import type { ActionKey, Engine, NewAction } from '../engine/model.ts'
import { toSpecRecord } from '../store/specs.ts'
import type { Tasks } from '../tasks/tasks.ts'

export interface EnqueueParts {
  readonly engine: Engine
  readonly tasks: Tasks
  readonly storage: Storage
  readonly clock: Clock
}

// An error document holds a message and a stack, not data.
const maxErrorBytes = 1024 * 1024

/** Adds a child action that a running task asks for. Asking again is harmless. */
export async function enqueueAction(parts: EnqueueParts, key: ActionKey, action: Action): Promise<void> {
  checkActionName(key.action, 'action.action_id.name')
  const parent = action.parentActionName ?? ''
  if (parent === '' || key.action === rootActionName) {
    throw new InvalidArgumentError('action.parent_action_name: value is required', {
      field: 'action.parent_action_name',
      hint: 'Root actions are started with RunService.CreateRun.',
    })
  }
  await parts.engine.enqueue({
    key,
    parent,
    // What a client names as inputs of a condition is not there.
    inputs: action.spec.case === 'condition' ? { bytes: new Uint8Array() } : { uri: inputsFileIn(action.inputUri) },
    group: action.group,
    ...(await toNewAction(parts, action, `${action.runOutputBase}/${key.action}`)),
  })
}

type SpecificParts = Pick<NewAction, 'spec' | 'cacheKey' | 'queue'> & Partial<Pick<NewAction, 'recorded'>>

/** What an action is an execution of, as the engine takes it. Its folder is where the error of a trace may be. */
export async function toNewAction(
  parts: EnqueueParts,
  { spec }: Pick<Action, 'spec'>,
  folder = '',
): Promise<SpecificParts> {
  switch (spec.case) {
    case 'task':
      return toTask(parts, spec.value)
    case 'trace':
      return {
        spec: toSpecRecord({ case: 'trace', value: spec.value }),
        cacheKey: '',
        queue: '',
        recorded: await toRecorded(parts, spec.value, folder),
      }
    case 'condition':
      return toCondition(spec.value)
    default:
      throw new InvalidArgumentError('action.spec: one of task, trace and condition is required', {
        field: 'action.spec',
      })
  }
}

function toCondition(condition: ConditionAction): SpecificParts {
  const field = 'action.condition'
  checkConditionType(condition.type, `${field}.type`)
  const { webhook, timeout } = condition
  if (timeout !== undefined && durationMs(timeout) < 0) {
    throw new InvalidArgumentError(`${field}.timeout: must not be negative`, { field: `${field}.timeout` })
  }
  if (webhook !== undefined && !/^https?:\/\//i.test(webhook.url)) {
    const field = 'action.condition.webhook.url'
    throw new InvalidArgumentError(`${field}: must be an http:// or https:// address`, { field })
  }
  return { spec: toSpecRecord({ case: 'condition', value: condition }), cacheKey: '', queue: '' }
}

async function toTask({ tasks }: EnqueueParts, { id, spec, cacheKey, queue }: TaskAction): Promise<SpecificParts> {
  const value = spec ?? (id && (await tasks.get(id)).spec)
  if (value === undefined) {
    throw new InvalidArgumentError('action.task: one of spec and id is required', { field: 'action.task' })
  }
  return { spec: toSpecRecord({ case: 'task', value }), cacheKey: cacheKey ?? '', queue }
}

async function toRecorded(
  parts: EnqueueParts,
  trace: TraceAction,
  folder: string,
): Promise<NonNullable<NewAction['recorded']>> {
  const endedAt = trace.endTime === undefined ? parts.clock.now() : fromTimestamp(trace.endTime)
  const outputsUri = trace.outputs?.outputUri ?? ''
  const recorded = {
    phase: trace.phase === ActionPhase.UNSPECIFIED ? ActionPhase.SUCCEEDED : trace.phase,
    startedAt: trace.startTime === undefined ? endedAt : fromTimestamp(trace.startTime),
    endedAt,
    outputs: outputsUri === '' ? null : { uri: outputsUri },
  }
  if (recorded.phase === ActionPhase.SUCCEEDED) return recorded
  return { ...recorded, failure: await readFailure(parts, outputsUri || `${folder}/error.pb`) }
}

/** What the task wrote about a trace that failed, which it puts where outputs would be. Python's SDK does not say where. */
async function readFailure({ storage }: EnqueueParts, uri: string): Promise<TaskFailure> {
  const unknown: TaskFailure = { code: 'Unknown', message: 'the trace failed', kind: 'user', recoverable: true }
  if (!isWithin(storage, uri)) return unknown
  const file = uri.endsWith('/error.pb') ? uri : `${uri.replace(/\/[^/]*\.pb$/, '')}/error.pb`
  try {
    return fromErrorDocument(fromBinary(ErrorDocumentSchema, await storage.read(file, { maxBytes: maxErrorBytes })))
  } catch (error) {
    if (isTernError(error)) return unknown
    throw error
  }
}
