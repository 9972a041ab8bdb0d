import type { Member, Shape } from './derived-interface.ts'

const columnTypes: Readonly<Record<string, string>> = {
  number: 'double',
  integer: 'int64',
  bigint: 'bigint',
  string: 'string',
  boolean: 'boolean',
  date: 'timestamp',
}

/** The columns of a data frame's rows; the name of the one that no column can be. */
export function columnsOf(
  members: readonly Member[],
): { readonly columns: Readonly<Record<string, string>> } | { readonly refused: string } {
  const columns: Record<string, string> = {}
  for (const { name, shape } of members) {
    const type = columnType(shape)
    if (type === undefined) return { refused: name }
    columns[name] = type
  }
  return { columns }
}

function columnType(shape: Shape): string | undefined {
  if (typeof shape === 'string') return columnTypes[shape]
  if (shape.kind === 'optional' || shape.kind === 'nullable') return columnType(shape.of)
  if (shape.kind === 'enum') return 'string'
  const item = shape.kind === 'array' ? columnType(shape.of) : undefined
  return item === undefined || item.startsWith('list<') ? undefined : `list<${item}>`
}
