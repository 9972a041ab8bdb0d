import type { LiteralType } from '@tern/idl/core'

const simple = ['none', 'integer', 'float', 'text', 'boolean', 'time', 'duration', 'bytes', 'error', 'object']

/** What a type is called: `list of integer`, `text or none`, the title of a structure. */
export function typeName(type: LiteralType | undefined): string {
  switch (type?.type.case) {
    case 'simple': {
      const title = type.metadata?.title
      return typeof title === 'string' && title !== '' ? title : (simple[type.type.value] ?? 'value')
    }
    case 'collectionType':
      return `list of ${typeName(type.type.value)}`
    case 'mapValueType':
      return `map of ${typeName(type.type.value)}`
    case 'enumType':
      return type.type.value.values.join(' | ')
    case 'unionType':
      return type.type.value.variants.map(typeName).join(' or ')
    case 'blob':
      return named(type.type.value.dimensionality === 1 ? 'folder' : 'file', type.type.value.format)
    case 'structuredDatasetType':
      return named('table', type.type.value.format)
    default:
      return 'value'
  }
}

function named(noun: string, format: string): string {
  return format === '' ? noun : `${noun}, ${format}`
}
