import type { JsonObject, JsonValue } from '@bufbuild/protobuf'

// What a launch form carries beside JSON Schema, so that a literal comes back from it exactly as it went in.

/** The literal type itself (protobuf JSON), on a schema that would otherwise be read as another type. */
export const typeKey = 'x-literal-type'
/** The literal itself (protobuf, base64) that a default was made of, when the default alone does not say it all. */
export const literalKey = 'x-literal'
/** Which entry of `oneOf` the value of a union was made of: its place, from 0. */
export const variantKey = 'x-variant'

/** What a value that is nothing looks like in a form. */
export const nullMarker: JsonObject = { type: 'null' }

export function isNullMarker(value: JsonValue | undefined): boolean {
  return value === null || (isSchema(value) && value['type'] === 'null' && Object.keys(value).length === 1)
}

export function isSchema(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether JSON has more levels of objects and lists than that. */
export function isDeeper(json: JsonValue | undefined, levels: number): boolean {
  if (typeof json !== 'object' || json === null) return false
  return levels < 0 || Object.values(json).some((part: JsonValue | undefined) => isDeeper(part, levels - 1))
}

const maxHops = 16

/** The schema that a reference leads to, within `root`. Undefined when it leads nowhere, or back to itself. */
export function resolveSchema(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  let current = schema
  for (let hops = 0; hops < maxHops; hops++) {
    const { $ref } = current
    if (typeof $ref !== 'string') return current
    const target = lookUp($ref, root)
    if (target === undefined) return undefined
    current = target
  }
  return undefined
}

function lookUp(reference: string, root: JsonObject): JsonObject | undefined {
  if (!reference.startsWith('#')) return undefined
  let found: JsonValue | undefined = root
  for (const part of reference.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(found)) found = found[Number(key)]
    else if (isSchema(found)) found = Object.hasOwn(found, key) ? found[key] : undefined
    else return undefined
  }
  return isSchema(found) ? found : undefined
}
