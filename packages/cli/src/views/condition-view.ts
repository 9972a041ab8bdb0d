import { describeType, type PhaseName, phaseName } from '@tern/core'
import type { ActionDetails } from '@tern/idl/workflow'
import type { TextStyle } from '../output/print-result.ts'
import { renderTable } from '../output/table.ts'
import { ago, phaseColumn } from './action-text.ts'
import { isoTime, textOrNull } from './wire-values.ts'

/** A condition of a run as `-o json` shows it. */
export interface ConditionView {
  readonly name: string
  /** Name of the action that waits. */
  readonly action: string
  readonly run: string
  readonly phase: PhaseName
  /** What it takes: `boolean`, `integer`, `float` or `string`. */
  readonly type: string
  readonly prompt: string | null
  readonly description: string | null
  readonly startedAt: string | null
}

export function toConditionView({ id, status, spec }: ActionDetails): ConditionView {
  const condition = spec.case === 'condition' ? spec.value : undefined
  return {
    name: condition?.name ?? '',
    action: id?.name ?? '',
    run: id?.run?.name ?? '',
    phase: phaseName(status?.phase ?? 0),
    type: condition?.type === undefined ? 'string' : describeType(condition.type),
    prompt: textOrNull(condition?.prompt),
    description: textOrNull(condition?.description),
    startedAt: isoTime(status?.startTime),
  }
}

export function conditionsText(conditions: readonly ConditionView[], style: TextStyle): string {
  if (conditions.length === 0) return 'Nothing waits for a value.\n'
  return renderTable<ConditionView>(
    conditions,
    [
      { title: 'CONDITION', value: ({ name }) => name },
      { title: 'ACTION', value: ({ action }) => action },
      phaseColumn(style, ({ phase }) => phase),
      { title: 'TYPE', value: ({ type }) => type },
      { title: 'SINCE', value: ({ startedAt }) => ago(startedAt, style) },
      { title: 'PROMPT', value: ({ prompt }) => prompt ?? '', shrinks: true },
    ],
    style,
  )
}
