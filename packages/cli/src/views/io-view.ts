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
  const reference = referenceText(value)
  if (reference !== undefined) return `${name}: ${reference}`
  const text = typeof value === 'string' && value.includes('\n') ? value.trimEnd() : compact(value)
  return text.includes('\n') ? `${name}:\n${text.replace(/^(?=.)/gm, '  ')}` : `${name}: ${text}`
}

/** A file, a folder or a table: where it lies, and what it is. */
function referenceText(value: JsonValue): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind, uri, format } = value
  if (typeof uri !== 'string' || typeof kind !== 'string' || !references.has(kind)) return undefined
  return `${uri} (${kind}${typeof format === 'string' && format !== '' ? `, ${format}` : ''})`
}

const references = new Set(['file', 'directory', 'table'])

// For people the beginning tells what it is; programs read all of it as JSON.
const maxLines = 12
const maxWidth = 100

/** JSON on one line where it fits, otherwise one line for each element or property. */
function compact(value: JsonValue): string {
  const oneLine = JSON.stringify(value)
  if (oneLine.length <= maxWidth || typeof value !== 'object' || value === null) return oneLine
  const isList = Array.isArray(value)
  const items = isList
    ? value.map((item) => JSON.stringify(item))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`)
  const shown = items.length <= maxLines ? items : items.slice(0, maxLines - 2)
  const rest = items.length === shown.length ? [] : [`  … ${items.length - shown.length} more; -o json shows them all`]
  const lines = shown.map((item, index) => `  ${item}${index < items.length - 1 ? ',' : ''}`)
  return [isList ? '[' : '{', ...lines, ...rest, isList ? ']' : '}'].join('\n')
}
