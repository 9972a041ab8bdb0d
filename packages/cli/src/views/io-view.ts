import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { literalToJson } from '@tern/core'
import type { NamedLiteral } from '@tern/idl/task'
import { renderSection } from '../output/details.ts'
import type { TextStyle } from '../output/print-result.ts'

/** What went into an action and came out of it, as `-o json` shows it. */
export interface IoView {
  readonly run: string
  readonly action: string
  readonly inputs?: JsonObject
  /** Null while there are none: the action has not ended, or did not succeed. */
  readonly outputs?: JsonObject | null
}

/** Values by name. A value that cannot be shown as JSON is described. */
export function toValues(literals: readonly NamedLiteral[]): JsonObject {
  return Object.fromEntries(
    literals.map(({ name, value }) => [name, value === undefined ? null : literalToJson(value)] as const),
  )
}

export function ioText({ inputs, outputs }: IoView, { colors }: TextStyle): string {
  const sections = [
    ...(inputs === undefined ? [] : [renderSection('Inputs', valuesText(inputs), colors)]),
    ...(outputs === undefined
      ? []
      : [renderSection('Outputs', outputs === null ? '(none)' : valuesText(outputs), colors)]),
  ]
  return sections.join('\n')
}

/** One value a line; text of several lines and what is long stands below its name. */
export function valuesText(values: JsonObject): string {
  const entries = Object.entries(values)
  if (entries.length === 0) return '(none)'
  return entries.map(([name, value]) => valueText(name, value)).join('\n')
}

function valueText(name: string, value: JsonValue): string {
  const text = typeof value === 'string' && value.includes('\n') ? value.trimEnd() : compact(value)
  return text.includes('\n') ? `${name}:\n${text.replace(/^(?=.)/gm, '  ')}` : `${name}: ${text}`
}

// For people the beginning tells what it is; programs read all of it as JSON.
const maxLines = 12

function compact(value: JsonValue): string {
  const oneLine = JSON.stringify(value)
  if (oneLine.length <= 100) return oneLine
  const lines = JSON.stringify(value, null, 2).split('\n')
  if (lines.length <= maxLines) return lines.join('\n')
  return [...lines.slice(0, maxLines), `… ${lines.length - maxLines} more lines; -o json shows them all`].join('\n')
}
