import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import { codecFor } from '../types/schema-codec.ts'
import type { Schema } from '../types/standard-schema.ts'
import type { Variable } from '../types/task-interface.ts'
import { transformerFor } from '../types/transformers.ts'
import { holdsFiles, isZodSchema, transformsValues } from '../types/zod-facts.ts'

/** The schema of a part of what a schema describes, where the schema says it. */
export function partOfSchema(schema: Schema, step: string | number): Schema | undefined {
  return isZodSchema(schema) ? (zodPart(schema, step) as Schema | undefined) : undefined
}

function zodPart(schema: $ZodType, step: string | number): $ZodType | undefined {
  if (transformerFor(schema) !== undefined) return undefined
  const def = (schema as $ZodTypes)._zod.def
  switch (def.type) {
    case 'object':
      return def.shape[step]
    case 'record':
      return def.valueType
    case 'array':
      return def.element
    case 'tuple':
      return def.items[Number(step)]
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return zodPart(def.innerType, step)
    default:
      return undefined
  }
}

/** What is known of values from their schema. */
export function describedBy(
  schema: Schema,
): Pick<Variable, 'schema' | 'codec' | 'transforms' | 'fallback' | 'holdsFiles'> {
  return {
    schema,
    codec: codecFor(schema, 'value'),
    transforms: isZodSchema(schema) && transformsValues(schema),
    holdsFiles: isZodSchema(schema) && holdsFiles(schema),
    fallback: undefined,
  }
}
