import type { JsonValue } from '@bufbuild/protobuf'
import type { TableData } from './data-table.tsx'

const mostColumns = 40

/** A list of objects of the same keys as a table; undefined for what is none. */
export function toTable(json: JsonValue): TableData | undefined {
  if (!Array.isArray(json) || json.length < 2) return undefined
  const columns = new Set<string>()
  for (const item of json) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
    for (const [key, value] of Object.entries(item)) {
      // What is deep is better seen as a tree.
      if (typeof value === 'object' && value !== null) return undefined
      columns.add(key)
    }
    if (columns.size > mostColumns) return undefined
  }
  if (columns.size === 0) return undefined
  const names = [...columns]
  const rows = json.map((item) => names.map((name) => (item as Record<string, JsonValue>)[name]))
  return { columns: names, rows, total: rows.length }
}
