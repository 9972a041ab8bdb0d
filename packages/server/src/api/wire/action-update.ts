import { create, fromBinary } from '@bufbuild/protobuf'
import { fromTaskError, toExecutionError } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { ContainerError_Kind, type ExecutionError } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import { TaskErrorSchema } from '@tern/idl/worker'
import { type ActionUpdate, ActionUpdateSchema, ActionType } from '@tern/idl/workflow'
import type { ActionRow } from '../../store/actions-repository.ts'
import type { RunSummary } from '../../store/runs-repository.ts'
import { toActionIdentifier } from './identifiers.ts'

/** What a parent is told of a child. `outputUri` is the prefix that has its outputs, or the file itself for a trace. */
export function toActionUpdate(org: string, run: RunSummary, child: ActionRow, outputUri: string): ActionUpdate {
  const update = create(ActionUpdateSchema, { phase: child.phase, outputUri })
  update.actionId = toActionIdentifier(org, run.key, child.name)
  // Parents look at the error only when the phase changes, so it comes with it.
  const hasFailed = child.phase === ActionPhase.FAILED || child.phase === ActionPhase.TIMED_OUT
  if (hasFailed && child.error !== null) update.error = toError(child.error)
  if (child.actionType === ActionType.CONDITION && child.outputs !== null) {
    const value = fromBinary(OutputsSchema, child.outputs).literals[0]?.value
    if (value !== undefined) update.value = value
  }
  return update
}

function toError(bytes: Uint8Array): ExecutionError {
  const failure = fromTaskError(fromBinary(TaskErrorSchema, bytes))
  const error = toExecutionError(failure)
  error.recoverability = failure.recoverable ? ContainerError_Kind.RECOVERABLE : ContainerError_Kind.NON_RECOVERABLE
  return error
}
