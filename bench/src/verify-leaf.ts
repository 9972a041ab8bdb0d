import { fromLiteral, fromTimestamp } from '@tern/core'
import type { NamedLiteral } from '@tern/idl/task'
import type { ActionDetails, GetActionDataResponse } from '@tern/idl/workflow'

export interface LeafFacts {
  readonly details: ActionDetails
  readonly data: GetActionDataResponse
}

/** Says what is wrong with a leaf that has succeeded; undefined when all is well. */
export type LeafCheck = (leaf: LeafFacts) => string | undefined

export const answersTwiceItsInputPlusFive: LeafCheck = ({ details, data }) => {
  const { spec } = details
  const template = spec.case === 'task' ? spec.value.taskTemplate : undefined
  if (template?.interface?.outputs === undefined) return 'it is not typed'
  if (template.metadata?.retries?.retries !== 3) return 'it is not to be retried'
  const x = valueOf(data.inputs?.literals)
  const result = valueOf(data.outputs?.literals)
  if (result !== 2 * Number(x) + 5) return `it answered ${String(result)} to ${String(x)}`
  return undefined
}

export const sleptAsLongAsTold: LeafCheck = ({ details, data }) => {
  const { status } = details
  const told = valueOf(data.inputs?.literals) as { readonly milliseconds: number }
  const slept = timeOf(status?.endTime) - timeOf(status?.startTime)
  return slept >= told.milliseconds ? undefined : `it slept ${slept} ms of ${told.milliseconds}`
}

function valueOf(literals: ReadonlyArray<NamedLiteral> | undefined): unknown {
  const literal = literals?.[0]?.value
  return literal === undefined ? undefined : fromLiteral(literal)
}

function timeOf(timestamp: Parameters<typeof fromTimestamp>[0] | undefined): number {
  return timestamp === undefined ? Number.NaN : new Date(fromTimestamp(timestamp)).getTime()
}
