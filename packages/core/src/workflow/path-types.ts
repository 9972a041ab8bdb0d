import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { type LiteralType, SimpleType } from '@tern/idl/core'
import type { PathSegment } from '@tern/idl/graph'
import { resolveSchema } from '../castable.ts'
import { describeType } from '../describe-type.ts'
import { isRecord } from '../plain-object.ts'

/**
 * The type of what a path leads to, inside a value of a type; undefined where nothing says so, as inside structured values.
 * A text says why the path leads nowhere.
 */
export function typeAt(
  type: LiteralType,
  path: ReadonlyArray<PathSegment>,
): { readonly type: LiteralType | undefined } | string {
  let current = type
  for (let at = 0; at < path.length; at++) {
    current = withoutNone(current)
    const { kind } = path[at]!
    const { type: shape } = current
    if (shape.case === 'collectionType' && kind.case === 'index') current = shape.value
    else if (shape.case === 'mapValueType' && kind.case === 'key') current = shape.value
    else if (shape.case === 'simple' && shape.value === SimpleType.STRUCT) {
      const problem = current.metadata === undefined ? undefined : schemaProblem(current.metadata, path.slice(at))
      return problem ?? { type: undefined }
    } else if (shape.case === 'unionType') return { type: undefined }
    else return `${describeType(current)} has no ${stepName(path[at]!)}`
  }
  return { type: current }
}

function stepName({ kind }: PathSegment): string {
  return kind.case === 'index' ? `item ${kind.value}` : `part ${JSON.stringify(kind.value ?? '')}`
}

/** A value that is null has no parts: that is found out when it is there. */
function withoutNone(type: LiteralType): LiteralType {
  if (type.type.case !== 'unionType') return type
  const variants = type.type.value.variants.filter(
    (each) => !(each.type.case === 'simple' && each.type.value === SimpleType.NONE),
  )
  return variants.length === 1 ? variants[0]! : type
}

function schemaProblem(root: JsonObject, path: ReadonlyArray<PathSegment>): string | undefined {
  let schema: JsonValue | undefined = root
  for (const segment of path) {
    if (!isRecord(schema)) return undefined
    const at = resolveSchema(schema as JsonObject, root)
    const { kind } = segment
    if (kind.case === 'index') {
      if (typeof at['type'] === 'string' && at['type'] !== 'array' && at['prefixItems'] === undefined)
        return `there is no ${stepName(segment)}`
      schema = at['items']
    } else {
      const properties = at['properties']
      if (!isRecord(properties)) return undefined
      const name = kind.value ?? ''
      if (!Object.hasOwn(properties, name)) {
        if (isRecord(at['additionalProperties']) || at['additionalProperties'] === true) return undefined
        return `there is no ${stepName(segment)}; there is ${Object.keys(properties).join(', ') || 'none'}`
      }
      schema = properties[name] as JsonValue
    }
  }
  return undefined
}
