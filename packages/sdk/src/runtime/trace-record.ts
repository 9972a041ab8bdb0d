import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { toTaskError, toTimestamp } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { TraceRecordSchema } from '@tern/idl/worker'
import { TraceActionSchema } from '@tern/idl/workflow'
import type { FinishedTrace } from '../authoring/context.ts'

/** A serialised message that is sent as it is, or where it lies. */
export type Sent = { readonly bytes: Uint8Array } | { readonly uri: string }

/** A trace as the worker protocol has it. */
export function toTraceRecord(
  parent: number,
  trace: FinishedTrace,
  inputs: Sent,
  outputs: Sent | undefined,
): MessageInitShape<typeof TraceRecordSchema> {
  const { name, group, functionName, startedAtMs, endedAtMs, result } = trace
  const traceAction = toBinary(
    TraceActionSchema,
    create(TraceActionSchema, {
      name: functionName,
      phase: 'failure' in result ? ActionPhase.FAILED : ActionPhase.SUCCEEDED,
      startTime: toTimestamp(startedAtMs),
      endTime: toTimestamp(endedAtMs),
      spec: { interface: trace.interface },
    }),
  )
  return {
    parent,
    name,
    group,
    traceAction,
    inputsValue: 'uri' in inputs ? { case: 'inputsUri', value: inputs.uri } : { case: 'inputs', value: inputs.bytes },
    result:
      'failure' in result
        ? { case: 'error', value: toTaskError(result.failure) }
        : outputs !== undefined && 'uri' in outputs
          ? { case: 'outputsUri', value: outputs.uri }
          : { case: 'outputs', value: result.outputs },
  }
}
