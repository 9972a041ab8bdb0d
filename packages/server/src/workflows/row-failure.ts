import { fromBinary } from '@bufbuild/protobuf'
import { fromTaskError, phaseName, type TaskFailure } from '@tern/core'
import { TaskErrorSchema } from '@tern/idl/worker'
import { wasAborted } from '../engine/failures.ts'
import { failureOf } from '../engine/failure-kinds.ts'
import type { ActionRow } from '../store/actions-repository.ts'

/** Why an action ended without success, as its parent was told. */
export function failureOfRow({ abortReason, error, phase }: ActionRow): TaskFailure {
  if (abortReason !== null) return wasAborted(abortReason)
  if (error !== null) return fromTaskError(fromBinary(TaskErrorSchema, error))
  return failureOf('Unknown', `it is ${phaseName(phase)}, and nothing says why`)
}
