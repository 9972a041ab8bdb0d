import { type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf'
import { InvalidArgumentError, typesEqual } from '@tern/core'
import { BlobType_BlobDimensionality, type LiteralType, LiteralTypeSchema, SimpleType } from '@tern/idl/core'
import { rootPath } from './form-error.ts'
import { isSchema, typeKey } from './form-schema.ts'
import { toVariant } from './schema-to-type.ts'

/** The JSON schema that a launch form shows for a type. Throws InvalidArgumentError for types that forms do not have. */
export function toSchema(type: LiteralType): JsonObject {
  switch (type.type.case) {
    case 'simple':
      return type.type.value === SimpleType.STRUCT ? structSchema(type) : simpleSchema(type.type.value)
    case 'collectionType':
      return { type: 'array', items: toSchema(type.type.value) }
    case 'mapValueType':
      return { type: 'object', additionalProperties: toSchema(type.type.value) }
    case 'enumType':
      return { type: 'string', enum: [...type.type.value.values] }
    case 'unionType':
      return { format: 'union', oneOf: type.type.value.variants.map(variantSchema) }
    case 'blob':
      return blobSchema(type.type.value)
    case 'structuredDatasetType':
      return datasetSchema(type)
    case 'schema':
      throw new InvalidArgumentError('the type schema is deprecated, and forms do not have it', {
        hint: 'Use a structured dataset.',
      })
    default:
      return { type: 'null' }
  }
}

function simpleSchema(simple: SimpleType): JsonObject {
  switch (simple) {
    case SimpleType.STRING:
      return { type: 'string' }
    case SimpleType.INTEGER:
      return { type: 'integer' }
    case SimpleType.BOOLEAN:
      return { type: 'boolean' }
    case SimpleType.FLOAT:
      return { type: 'number', format: 'float' }
    case SimpleType.DATETIME:
      return { type: 'string', format: 'datetime' }
    case SimpleType.DURATION:
      return { type: 'string', format: 'duration' }
    case SimpleType.BINARY:
      return { type: 'string', format: 'binary' }
    case SimpleType.ERROR:
      return { type: 'string', format: 'error' }
    default:
      return { type: 'null' }
  }
}

// What a form shows of a struct is its own schema; that its values are read by the very same type has to be seen to.
function structSchema(type: LiteralType): JsonObject {
  if (type.metadata === undefined) {
    const schema = { type: 'object', additionalProperties: true }
    return isMsgpack(type) ? withType(schema, type) : schema
  }
  const { title, additionalProperties, ...rest } = type.metadata
  const schema: JsonObject = title === undefined ? rest : { ...rest, dataclass: title }
  if (isSchema(additionalProperties)) return withType(schema, type)
  return readsAlike(schema, type.metadata) ? schema : withType(schema, type)
}

function readsAlike(schema: JsonObject, metadata: JsonObject): boolean {
  const read = readBack(schema)
  if (read?.type.case !== 'simple' || read.type.value !== SimpleType.STRUCT || read.metadata === undefined) return false
  const { additionalProperties: _, description: _about, default: _value, ...rest } = metadata
  return JSON.stringify(sorted(read.metadata)) === JSON.stringify(sorted(rest))
}

/** The type that a schema is read as; undefined if it is none. */
function readBack(schema: JsonObject): LiteralType | undefined {
  try {
    return toVariant(schema, { root: schema, path: rootPath('type') })
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined
    throw error
  }
}

function sorted(object: JsonObject): ReadonlyArray<readonly [string, JsonValue]> {
  return Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1))
}

function blobSchema(type: {
  readonly format: string
  readonly dimensionality: BlobType_BlobDimensionality
}): JsonObject {
  const names = [BlobType_BlobDimensionality.SINGLE, BlobType_BlobDimensionality.MULTIPART] as const
  return {
    type: 'object',
    format: 'blob',
    properties: {
      uri: { type: 'string', default: '' },
      format: { type: 'string', default: type.format },
      dimensionality: {
        type: 'string',
        enum: names.map(dimensionalityName),
        default: dimensionalityName(type.dimensionality),
      },
    },
  }
}

/** `SINGLE` or `MULTIPART`. */
export function dimensionalityName(value: BlobType_BlobDimensionality): string {
  return value === BlobType_BlobDimensionality.MULTIPART ? 'MULTIPART' : 'SINGLE'
}

function datasetSchema(type: LiteralType): JsonObject {
  if (type.type.case !== 'structuredDatasetType') throw new TypeError('not a structured dataset')
  const { format, columns } = type.type.value
  const schema: JsonObject = {
    type: 'object',
    format: 'structured-dataset',
    properties: { uri: { type: 'string' }, format: { type: 'string', ...(format !== '' && { default: format }) } },
    ...(columns.length > 0 && {
      columns: columns.map((column) => ({
        name: column.name,
        ...(column.literalType && { schema: toSchema(column.literalType) }),
      })),
    }),
  }
  return exact(schema, { ...type, structure: undefined, annotation: undefined, metadata: undefined })
}

function variantSchema(variant: LiteralType): JsonObject {
  const schema = { ...toSchema(variant), title: titleOf(variant), structure: variant.structure?.tag ?? '' }
  return exact(schema, variant)
}

/** Says the type itself where the schema alone would be read as another one. */
function exact(schema: JsonObject, type: LiteralType): JsonObject {
  const { [typeKey]: _, ...plain } = schema
  const read = readBack(plain)
  return read !== undefined && typesEqual(read, type) ? plain : withType(schema, type)
}

function withType(schema: JsonObject, type: LiteralType): JsonObject {
  return { ...schema, [typeKey]: toJson(LiteralTypeSchema, type) }
}

/** Whether values of a struct are msgpack, as those of dataclasses and of models are, rather than a JSON struct. */
export function isMsgpack({ metadata, annotation }: LiteralType): boolean {
  if (metadata !== undefined) return true
  const cacheKey = annotation?.annotations?.['cache-key-metadata']
  return isSchema(cacheKey) && cacheKey['serialization-format'] === 'msgpack'
}

const simpleTitles: Readonly<Record<number, string>> = {
  [SimpleType.STRING]: 'string',
  [SimpleType.INTEGER]: 'integer',
  [SimpleType.FLOAT]: 'number',
  [SimpleType.BOOLEAN]: 'boolean',
  [SimpleType.DATETIME]: 'datetime',
  [SimpleType.DURATION]: 'duration',
  [SimpleType.BINARY]: 'binary',
  [SimpleType.ERROR]: 'error',
  [SimpleType.NONE]: 'none',
  [SimpleType.STRUCT]: 'object',
}

function titleOf(type: LiteralType): string {
  switch (type.type.case) {
    case 'simple': {
      const title = type.type.value === SimpleType.STRUCT ? type.metadata?.['title'] : undefined
      return typeof title === 'string' ? title : (simpleTitles[type.type.value] ?? 'none')
    }
    case 'collectionType':
      return 'array'
    case 'mapValueType':
      return 'object'
    case 'enumType':
      return 'enum'
    case 'unionType':
      return 'union'
    case 'blob':
      return 'blob'
    case 'structuredDatasetType':
      return 'structured_dataset'
    default:
      return 'none'
  }
}
