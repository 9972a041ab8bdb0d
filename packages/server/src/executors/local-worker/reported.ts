import { fromBinary } from '@bufbuild/protobuf'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { fromTaskError, type TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { EnqueueChild, TaskError, TraceRecord } from '@tern/idl/worker'
import { ConditionActionSchema, TraceActionSchema } from '@tern/idl/workflow'
import { failureOf } from '../../engine/failure-kinds.ts'
import type { ActionData, SpecRecord } from '../../engine/model.ts'
import { toSpecRecord } from '../../store/specs.ts'
import type { TraceReport } from '../executor.ts'

// What workers report, as the engine takes it. Bytes that an action keeps are copied: a view would keep the whole frame
// alive for as long as the action lives.

export function toInputs(value: EnqueueChild['inputsValue']): ActionData {
  return value.case === 'inputsUri' ? { uri: value.value } : { bytes: value.value?.slice() ?? new Uint8Array() }
}

/** Null where there are none. Outputs are written soon and not kept, so they need no copy. */
export function toData(
  value:
    | { case: 'outputs'; value: Uint8Array }
    | { case: 'outputsUri'; value: string }
    | { case: undefined; value?: undefined },
): ActionData | null {
  if (value.case === undefined) return null
  return value.case === 'outputs' ? { bytes: value.value } : { uri: value.value }
}

/** @param condition a serialised flyteidl2.workflow.ConditionAction */
export function toConditionSpec(condition: Uint8Array): SpecRecord {
  return toSpecRecord({ case: 'condition', value: fromBinary(ConditionActionSchema, condition) })
}

export function toTraceReport({ name, traceAction, inputsValue, result, group }: TraceRecord): TraceReport {
  const action = fromBinary(TraceActionSchema, traceAction)
  const endedAt = action.endTime === undefined ? 0 : timestampMs(action.endTime)
  const times = { startedAt: action.startTime === undefined ? endedAt : timestampMs(action.startTime), endedAt }
  return {
    name,
    spec: toSpecRecord({ case: 'trace', value: action }),
    inputs: toInputs(inputsValue),
    group,
    outcome:
      result.case === 'error'
        ? { ...times, phase: ActionPhase.FAILED, outputs: null, failure: fromTaskError(result.value) }
        : { ...times, phase: ActionPhase.SUCCEEDED, outputs: toData(result) },
  }
}

export function toFailure(error: TaskError | undefined): TaskFailure {
  return error === undefined
    ? failureOf('Unknown', 'the worker reported a failure without saying which')
    : fromTaskError(error)
}
