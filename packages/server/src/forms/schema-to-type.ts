import { create, fromJson, type JsonObject, type JsonValue } from '@bufbuild/protobuf'
import { literalTypes } from '@tern/core'
import {
  BlobType_BlobDimensionality,
  type LiteralType,
  LiteralTypeSchema,
  SimpleType,
  StructuredDatasetTypeSchema,
  TypeStructureSchema,
} from '@tern/idl/core'
import { at, type FormPath, invalidAt } from './form-error.ts'
import { isSchema, literalKey, resolveSchema, typeKey, variantKey } from './form-schema.ts'

export interface SchemaPlace {
  /** What references are looked up in. */
  readonly root: JsonObject
  readonly path: FormPath
}

const maxDepth = 32

/** The literal type that a schema of a form stands for. Throws InvalidArgumentError when it stands for none. */
export function toType(schema: JsonValue | undefined, place: SchemaPlace, depth = 0): LiteralType {
  const { root, path } = place
  if (!isSchema(schema)) throw invalidAt(path, 'a JSON schema is required')
  if (depth > maxDepth) throw invalidAt(path, `the schema is nested deeper than ${maxDepth} levels, or leads to itself`)
  if (schema[typeKey] !== undefined) return givenType(schema[typeKey], at(path, typeKey))
  if (schema['$ref'] !== undefined) return referredType(schema, place, depth)
  const inner = (key: string, value: JsonValue | undefined): LiteralType =>
    toType(value, { root, path: at(path, key) }, depth + 1)
  if (schema['format'] === 'union' || Array.isArray(schema['oneOf'])) return unionType(schema, place, depth)
  switch (schema['type']) {
    case 'string':
      return stringType(schema, path)
    case 'integer':
      return timeType(schema['format']) ?? literalTypes.integer()
    case 'number':
      return literalTypes.float()
    case 'boolean':
      return literalTypes.boolean()
    case 'array':
      return literalTypes.list(schema['items'] === undefined ? literalTypes.string() : inner('items', schema['items']))
    case 'object':
      if (schema['format'] === 'blob') return blobType(schema)
      if (schema['format'] === 'structured-dataset') return datasetType(schema, place, depth)
      if (isSchema(schema['additionalProperties']) && !hasShape(schema)) {
        return literalTypes.map(inner('additionalProperties', schema['additionalProperties']))
      }
      return structType(schema)
    case undefined:
      throw invalidAt(at(path, 'type'), 'value is required')
    default:
      if (typeof schema['type'] !== 'string') throw invalidAt(at(path, 'type'), 'must be the name of one type')
      return literalTypes.none()
  }
}

/** What a form or its author says about a value, which is no part of its type. */
const formKeys: ReadonlySet<string> = new Set([
  'default',
  'description',
  'title',
  'structure',
  'dataclass',
  typeKey,
  literalKey,
  variantKey,
])

function structType(schema: JsonObject): LiteralType {
  const plain = create(LiteralTypeSchema, { type: { case: 'simple', value: SimpleType.STRUCT } })
  if (!hasShape(schema)) return plain
  const metadata = Object.fromEntries(Object.entries(schema).filter(([key]) => !formKeys.has(key)))
  const title = schema['dataclass'] ?? schema['title']
  return { ...plain, metadata: typeof title === 'string' ? { ...metadata, title } : metadata }
}

function hasShape(schema: JsonObject): boolean {
  return isSchema(schema['properties']) || typeof schema['dataclass'] === 'string'
}

function stringType(schema: JsonObject, path: FormPath): LiteralType {
  const { format } = schema
  if (schema['enum'] !== undefined) return enumType(schema['enum'], at(path, 'enum'))
  if (format === 'binary') return literalTypes.binary()
  if (format === 'error') return create(LiteralTypeSchema, { type: { case: 'simple', value: SimpleType.ERROR } })
  return timeType(format) ?? literalTypes.string()
}

function timeType(format: JsonValue | undefined): LiteralType | undefined {
  if (format === 'datetime' || format === 'date-time') return literalTypes.datetime()
  return format === 'duration' ? literalTypes.duration() : undefined
}

function enumType(values: JsonValue, path: FormPath): LiteralType {
  const isTexts = Array.isArray(values) && values.every((value) => typeof value === 'string')
  if (!isTexts) throw invalidAt(path, 'must be a list of texts')
  return literalTypes.enumOf(values as string[])
}

function unionType(schema: JsonObject, { root, path }: SchemaPlace, depth: number): LiteralType {
  const options = schema['oneOf']
  if (!Array.isArray(options)) throw invalidAt(at(path, 'oneOf'), 'must be a list of schemas')
  const variants = options.map((option, index) => {
    return toVariant(option, { root, path: at(at(path, 'oneOf'), index) }, depth + 1)
  })
  // Not made by the builder of unions, which would flatten and mark what is to stay as it is.
  return create(LiteralTypeSchema, { type: { case: 'unionType', value: { variants } } })
}

/** The type of an entry of `oneOf`, which is marked with the tag that the entry says. */
export function toVariant(option: JsonValue | undefined, place: SchemaPlace, depth = 0): LiteralType {
  const type = toType(option, place, depth)
  const tag = isSchema(option) && option[typeKey] === undefined ? option['structure'] : undefined
  if (typeof tag !== 'string' || tag === '') return type
  return { ...type, structure: create(TypeStructureSchema, { tag }) }
}

function blobType(schema: JsonObject): LiteralType {
  const { format, dimensionality } = isSchema(schema['properties']) ? schema['properties'] : {}
  const kind = defaultOf(dimensionality)
  const isDirectory = kind === 'MULTIPART' || kind === BlobType_BlobDimensionality.MULTIPART
  const text = defaultOf(format)
  return isDirectory ? literalTypes.directory(textOf(text)) : literalTypes.file(textOf(text))
}

function datasetType(schema: JsonObject, { root, path }: SchemaPlace, depth: number): LiteralType {
  const { format } = isSchema(schema['properties']) ? schema['properties'] : {}
  const columns = schema['columns'] ?? []
  if (!Array.isArray(columns)) throw invalidAt(at(path, 'columns'), 'must be a list')
  const value = create(StructuredDatasetTypeSchema, {
    format: textOf(defaultOf(format)),
    columns: columns.map((column, index) => {
      const place = { root, path: at(at(path, 'columns'), index) }
      if (!isSchema(column)) throw invalidAt(place.path, 'must be an object with a name')
      const literalType = column['schema'] === undefined ? undefined : toType(column['schema'], place, depth + 1)
      return { name: textOf(column['name']), ...(literalType && { literalType }) }
    }),
  })
  return create(LiteralTypeSchema, { type: { case: 'structuredDatasetType', value } })
}

function referredType(schema: JsonObject, { root, path }: SchemaPlace, depth: number): LiteralType {
  const target = resolveSchema(schema, root)
  if (target === undefined) {
    throw invalidAt(at(path, '$ref'), `${JSON.stringify(schema['$ref'])} does not lead to a schema of the form`)
  }
  const type = toType(target, { root, path }, depth + 1)
  if (type.metadata === undefined) return type
  // The struct's own references are looked up in its schema from now on.
  return { ...type, metadata: { ...definitionsOf(root), ...type.metadata } }
}

function definitionsOf({ $defs, definitions }: JsonObject): JsonObject {
  return { ...(isSchema($defs) && { $defs }), ...(isSchema(definitions) && { definitions }) }
}

function givenType(json: JsonValue | undefined, path: FormPath): LiteralType {
  try {
    return fromJson(LiteralTypeSchema, json ?? null)
  } catch {
    throw invalidAt(path, 'must be a literal type')
  }
}

function defaultOf(schema: JsonValue | undefined): JsonValue | undefined {
  return isSchema(schema) ? schema['default'] : undefined
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
