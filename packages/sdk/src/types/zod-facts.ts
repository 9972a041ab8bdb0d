import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import { transformerFor } from './transformers.ts'

// What zod's schemas say about themselves, where more than one place asks.

export function isZodSchema(schema: unknown): schema is $ZodType {
  return typeof schema === 'object' && schema !== null && '_zod' in schema
}

/** What an optional schema is of; any other is itself. */
export function withoutOptional(schema: $ZodType): $ZodType {
  const { def } = (schema as $ZodTypes)._zod
  return def.type === 'optional' ? def.innerType : schema
}

/** Whether numbers of the schema are whole, by its format or by one of its checks. */
export function isIntegerSchema(schema: $ZodType): boolean {
  const def = schema._zod.def as { format?: string; checks?: { _zod: { def: { format?: string } } }[] }
  const formats = [def.format, ...(def.checks ?? []).map((check) => check._zod.def.format)]
  return formats.some((format) => format === 'safeint' || format === 'int32' || format === 'uint32')
}

/** The names of an enum's members; numeric TypeScript enums also list their values as keys. */
export function enumNames(entries: Readonly<Record<string, string | number>>): string[] {
  return Object.keys(entries).filter((key) => typeof entries[String(entries[key])] !== 'number')
}

export function isTransform(schema: $ZodType): boolean {
  return (schema as $ZodTypes)._zod.def.type === 'transform'
}

/** Whether reading a value of the schema can give another value than was written, beyond defaults. */
export function transformsValues(schema: $ZodType, seen = new Set<$ZodType>()): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  const def = (schema as $ZodTypes)._zod.def
  return (
    def.type === 'pipe' || def.type === 'transform' || members(def).some((member) => transformsValues(member, seen))
  )
}

/** Whether values of the schema may have something in them that is put into storage before they travel. */
export function holdsFiles(schema: $ZodType, seen = new Set<$ZodType>()): boolean {
  if (seen.has(schema)) return false
  seen.add(schema)
  const transformer = transformerFor(schema)
  if (transformer !== undefined) return transformer.holdsFiles === true
  const def = (schema as $ZodTypes)._zod.def
  const parts = def.type === 'pipe' ? [def.in, def.out] : members(def)
  return parts.some((member) => holdsFiles(member, seen))
}

function members(def: $ZodTypes['_zod']['def']): readonly $ZodType[] {
  switch (def.type) {
    case 'array':
      return [def.element]
    case 'record':
    case 'set':
      return [def.valueType]
    case 'map':
      return [def.keyType, def.valueType]
    case 'object':
      return Object.values(def.shape)
    case 'intersection':
      return [def.left, def.right]
    case 'tuple':
      return def.items
    case 'union':
      return def.options
    case 'lazy':
      return [def.getter()]
    default:
      return 'innerType' in def ? [def.innerType] : []
  }
}
