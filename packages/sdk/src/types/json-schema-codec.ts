import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { InvalidArgumentError, literalTypes } from '@tern/core'
import { type Codec, identity } from './codec.ts'
import { listCodec, mapCodec, structCodec, unionCodec } from './composite-codecs.ts'
import { pascalCase } from './json-schema.ts'
import { booleanCodec, enumCodec, floatCodec, integerCodec, noneCodec, stringCodec } from './scalar-codecs.ts'

/** The codec of a JSON schema, for schema libraries that the SDK does not know by itself. */
export function jsonSchemaCodec(schema: JsonObject, name: string): Codec {
  const alternatives = (schema['anyOf'] ?? schema['oneOf']) as JsonObject[] | undefined
  if (alternatives !== undefined) return unionCodec(alternatives.map((option) => variant(option, name)))
  const choices = schema['enum'] ?? (schema['const'] === undefined ? undefined : [schema['const']])
  if (isTextList(choices)) return enumCodec(new Map(choices.map((text) => [text, text])))
  if (Array.isArray(schema['type'])) {
    return unionCodec(schema['type'].map((type) => variant({ ...schema, type }, name)))
  }
  switch (schema['type']) {
    case 'string':
      return stringCodec
    case 'integer':
      return integerCodec
    case 'number':
      return floatCodec
    case 'boolean':
      return booleanCodec
    case 'null':
      return noneCodec(null)
    case 'array':
      return listCodec(jsonSchemaCodec(asSchema(schema['items']), name))
    case 'object':
      return objectCodec(schema, name)
    case undefined:
      return structCodec(literalTypes.dict(), identity)
    default:
      throw new InvalidArgumentError(`a JSON schema of type ${JSON.stringify(schema['type'])} has no wire form`)
  }
}

function objectCodec(schema: JsonObject, name: string): Codec {
  if (schema['properties'] === undefined && isSchemaObject(schema['additionalProperties'])) {
    return mapCodec(jsonSchemaCodec(schema['additionalProperties'], name))
  }
  const { $schema: _, ...rest } = schema
  return structCodec(literalTypes.struct({ ...rest, title: rest['title'] ?? pascalCase(name) }), identity)
}

function variant(schema: JsonObject, name: string) {
  const codec = jsonSchemaCodec(schema, name)
  return { codec, accepts: (value: unknown) => fits(schema, value) }
}

// Enough to tell the variants of a union apart; whether the value is valid is the library's own question.
function fits(schema: JsonObject, value: unknown): boolean {
  if (schema['const'] !== undefined) return schema['const'] === value
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value as JsonValue)
  switch (schema['type']) {
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isSchemaObject(value as JsonValue) && hasRequired(schema, value as object)
    case undefined:
      return true
    default:
      return typeof value === schema['type']
  }
}

function hasRequired(schema: JsonObject, value: object): boolean {
  const required = (schema['required'] ?? []) as string[]
  const properties = (schema['properties'] ?? {}) as JsonObject
  return required.every(
    (key) => key in value && fits(asSchema(properties[key]), (value as Record<string, unknown>)[key]),
  )
}

function asSchema(value: JsonValue | undefined): JsonObject {
  return isSchemaObject(value) ? value : {}
}

function isSchemaObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTextList(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
