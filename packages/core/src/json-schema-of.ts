import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type LiteralType, SimpleType } from '@tern/idl/core'

/** A JSON schema, and the definitions that it refers to as `#/$defs/…`. */
export interface PartSchema {
  readonly schema: JsonObject
  readonly definitions: JsonObject
}

const ofSimple: Readonly<Record<number, JsonObject>> = {
  [SimpleType.INTEGER]: { type: 'integer' },
  [SimpleType.FLOAT]: { type: 'number' },
  [SimpleType.STRING]: { type: 'string' },
  [SimpleType.BOOLEAN]: { type: 'boolean' },
  [SimpleType.DATETIME]: { type: 'string', format: 'date-time' },
  [SimpleType.DURATION]: { type: 'string', format: 'duration' },
  [SimpleType.NONE]: { type: 'null' },
}

/**
 * The JSON schema of values of a type inside of a structured value: the counterpart of `typeOfJsonSchema`. Nothing is said about
 * what lies in storage, and about bytes.
 */
export function jsonSchemaOf(type: LiteralType): PartSchema {
  const definitions: JsonObject = {}
  return { schema: schemaOf(type, definitions), definitions }
}

function schemaOf({ type, metadata }: LiteralType, definitions: JsonObject): JsonObject {
  switch (type.case) {
    case 'simple':
      if (type.value === SimpleType.STRUCT && metadata !== undefined) return ofStruct(metadata, definitions)
      return ofSimple[type.value] ?? {}
    case 'collectionType':
      return { type: 'array', items: schemaOf(type.value, definitions) }
    case 'mapValueType':
      return { type: 'object', additionalProperties: schemaOf(type.value, definitions) }
    case 'unionType':
      return { anyOf: type.value.variants.map((variant) => schemaOf(variant, definitions)) }
    case 'enumType':
      return { type: 'string', enum: [...type.value.values] }
    default:
      return {}
  }
}

/** Its definitions move out, under names that nothing else has. */
function ofStruct(root: JsonObject, definitions: JsonObject): JsonObject {
  const { $defs, definitions: older, ...schema } = root
  const own = { ...(older as JsonObject | undefined), ...($defs as JsonObject | undefined) }
  const names = new Map(Object.keys(own).map((name) => [name, freeName(name, definitions)]))
  const isRecursive = JSON.stringify(root).includes('"$ref":"#"')
  const self = !isRecursive ? '' : freeName(typeof schema['title'] === 'string' ? schema['title'] : 'Root', definitions)
  const refersTo = (reference: string): string => {
    if (reference === '#') return `#/$defs/${self}`
    const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(reference)?.[1] ?? ''
    return `#/$defs/${names.get(name) ?? name}`
  }
  for (const [name, free] of names) definitions[free] = renamed(own[name]!, refersTo)
  if (!isRecursive) return renamed(schema, refersTo) as JsonObject
  definitions[self] = renamed(schema, refersTo)
  return { $ref: `#/$defs/${self}` }
}

function freeName(wanted: string, taken: JsonObject): string {
  let name = wanted
  for (let n = 2; Object.hasOwn(taken, name); n++) name = `${wanted}${n}`
  taken[name] = {}
  return name
}

function renamed(value: JsonValue, refersTo: (reference: string) => string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => renamed(item, refersTo))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? refersTo(item) : renamed(item, refersTo),
    ]),
  )
}
