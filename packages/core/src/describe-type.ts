import type { LiteralType } from '@tern/idl/core'
import { BlobType_BlobDimensionality, SimpleType } from '@tern/idl/core'
import { isDateType, isTupleType, transformerTags } from './literal-types.ts'

const simpleNames: Readonly<Record<number, string>> = {
  [SimpleType.NONE]: 'none',
  [SimpleType.INTEGER]: 'integer',
  [SimpleType.FLOAT]: 'float',
  [SimpleType.STRING]: 'string',
  [SimpleType.BOOLEAN]: 'boolean',
  [SimpleType.DATETIME]: 'datetime',
  [SimpleType.DURATION]: 'duration',
  [SimpleType.BINARY]: 'bytes',
  [SimpleType.ERROR]: 'error',
}

/** A type as people read it: `list<integer>`, `integer | none`, `"RED" | "GREEN"`, `map<string, float>`, a struct's title. */
export function describeType(type: LiteralType | undefined): string {
  switch (type?.type.case) {
    case 'simple':
      return describeSimple(type, type.type.value)
    case 'collectionType':
      return `list<${describeType(type.type.value)}>`
    case 'mapValueType':
      return `map<string, ${describeType(type.type.value)}>`
    case 'enumType':
      return type.type.value.values.map((value) => JSON.stringify(value)).join(' | ')
    case 'unionType':
      return type.type.value.variants.map(describeType).join(' | ')
    case 'blob':
      return describeBlob(type.type.value)
    case 'structuredDatasetType':
      return withFormat('table', type.type.value.format)
    case 'schema':
      return 'schema'
    default:
      return 'unknown'
  }
}

function describeSimple(type: LiteralType, value: SimpleType): string {
  if (value === SimpleType.DATETIME && isDateType(type)) return 'date'
  if (value !== SimpleType.STRUCT) return simpleNames[value] ?? `simple type ${value}`
  if (isTupleType(type)) return `tuple of ${Object.keys(type.metadata?.properties ?? {}).length}`
  const title = type.metadata?.title
  if (typeof title === 'string' && title !== '') return title
  return type.structure?.tag === transformerTags.struct ? 'object' : 'struct'
}

function describeBlob(blob: { format: string; dimensionality: BlobType_BlobDimensionality }): string {
  const isDirectory = blob.dimensionality === BlobType_BlobDimensionality.MULTIPART
  return withFormat(isDirectory ? 'directory' : 'file', blob.format)
}

function withFormat(noun: string, format: string): string {
  return format === '' ? noun : `${noun}<${format}>`
}
