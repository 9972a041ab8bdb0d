import { type DescField, type DescMessage, type DescService, type FileRegistry, ScalarType } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'

/**
 * What is newer in one protocol than in another, a line of tab-separated cells for each difference:
 * kind, owner, number, name, type, note. The cells of additions.expected.tsv.
 */
export function difference(older: FileRegistry, newer: Pick<FileRegistry, 'files'>): string[] {
  const rows: Cells[] = []
  for (const file of newer.files) {
    for (const type of nestedTypes(file)) {
      if (type.kind === 'message') {
        rows.push(...messageDifference(older.getMessage(type.typeName), type))
      } else if (type.kind === 'enum') {
        const known = new Set(older.getEnum(type.typeName)?.values.map(({ number }) => number))
        const added = type.values.filter(({ number }) => !known.has(number))
        rows.push(...added.map(({ number, name }): Cells => ['value', type.typeName, number, name]))
      } else if (type.kind === 'service') {
        rows.push(...serviceDifference(older.getService(type.typeName), type))
      }
    }
  }
  return rows.map((cells) => cells.join('\t').trimEnd())
}

type Cells = readonly (string | number)[]

function messageDifference(older: DescMessage | undefined, newer: DescMessage): Cells[] {
  if (older === undefined && newer.fields.length === 0) return [['message', newer.typeName]]
  const known = new Set(older?.fields.map((field) => fieldRow(field).join()))
  const numbers = new Set(newer.fields.map(({ number }) => number))
  const added = newer.fields.map(fieldRow).filter((row) => !known.has(row.join()))
  const removed = (older?.fields ?? []).filter(({ number }) => !numbers.has(number))
  return [...added, ...removed.map(({ number, name }): Cells => ['removed', newer.typeName, number, name])]
}

function serviceDifference(older: DescService | undefined, newer: DescService): Cells[] {
  const known = new Set(older?.methods.map(({ name }) => name))
  const names = new Set(newer.methods.map(({ name }) => name))
  const added = newer.methods.filter(({ name }) => !known.has(name))
  const removed = (older?.methods ?? []).filter(({ name }) => !names.has(name))
  return [
    ...added.map(({ name, input, output, methodKind }): Cells => {
      return ['method', newer.typeName, '', name, `${input.typeName}>${output.typeName}`, methodKind]
    }),
    ...removed.map(({ name }): Cells => ['removed_method', newer.typeName, '', name]),
  ]
}

function fieldRow(field: DescField): Cells {
  const note = field.oneof ? `oneof ${field.oneof.name}` : field.proto.proto3Optional ? 'optional' : ''
  return ['field', field.parent.typeName, field.number, field.name, typeOf(field), note]
}

function typeOf(field: DescField): string {
  switch (field.fieldKind) {
    case 'list':
      return `repeated ${elementType(field)}`
    case 'map':
      return `map<${ScalarType[field.mapKey].toLowerCase()}, ${elementType(field)}>`
    default:
      return elementType(field)
  }
}

function elementType(field: DescField): string {
  if (field.message) return field.message.typeName
  if (field.enum) return field.enum.typeName
  return ScalarType[field.scalar].toLowerCase()
}
