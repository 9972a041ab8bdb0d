import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import { isRecord } from '../plain-object.ts'

/** The schema that another one of the same document only refers to; itself, if it says something. Nothing is known of one that is not there. */
export function referredSchema(schema: JsonObject, root: JsonObject): JsonObject {
  const reference = schema['$ref']
  if (typeof reference !== 'string' || !reference.startsWith('#')) return schema
  let at: JsonValue | undefined = root
  for (const part of reference.split('/').slice(1)) {
    at = isRecord(at) ? (at as JsonObject)[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isRecord(at) ? (at as JsonObject) : {}
}
