import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { ActionPhase } from '@tern/idl/common'
import { RetryStrategySchema, TaskMetadataSchema } from '@tern/idl/core'
import type { TaskSpec } from '@tern/idl/task'
import {
  type ActionEvent,
  ActionEventSchema,
  type RecordActionRequest,
  RecordActionRequestSchema,
} from '@tern/idl/workflow'
import { aTaskSpec } from './fixtures.ts'
import { idOf } from './runs.ts'

/** A task that may be tried again that often. */
export function aRetriedTask(retries: number): TaskSpec {
  const spec = aTaskSpec()
  const template = spec.taskTemplate
  if (template === undefined) throw new TypeError('the task has a template')
  template.metadata ??= create(TaskMetadataSchema)
  template.metadata.retries = create(RetryStrategySchema, { retries })
  return spec
}

/** A request that records an external action: a task, below the root unless it is the root. */
export function aRecord(
  run: string,
  action: string,
  overrides: Extract<MessageInitShape<typeof RecordActionRequestSchema>, { $typeName?: never }> = {},
): RecordActionRequest {
  return create(RecordActionRequestSchema, {
    actionId: idOf(run, action),
    parent: action === 'a0' ? '' : 'a0',
    spec: { case: 'task', value: { spec: aTaskSpec() } },
    ...overrides,
  })
}

/** An event of an action's first attempt. */
export function anEvent(
  run: string,
  action: string,
  phase: ActionPhase,
  overrides: Extract<MessageInitShape<typeof ActionEventSchema>, { $typeName?: never }> = {},
): ActionEvent {
  return create(ActionEventSchema, { id: idOf(run, action), attempt: 1, phase, ...overrides })
}
