import type { JsonObject } from '@bufbuild/protobuf'
import { custom, type ZodCustom } from 'zod'
import type { Codec } from '../types/codec.ts'
import { addTransformer } from '../types/transformers.ts'

/** A schema of values that stand for something in storage. It is one of zod's. */
export type ReferenceSchema<T> = ZodCustom<T, T>

/**
 * @param accepts a value, or says why not
 * @param jsonSchema of a value inside a struct
 */
export function referenceSchema<T>(
  accepts: (value: unknown) => true | string,
  codec: Codec,
  jsonSchema: JsonObject,
): ReferenceSchema<T> {
  const schema = custom<T>((value) => accepts(value) === true, {
    error: ({ input }) => {
      const reason = accepts(input)
      return reason === true ? 'is not accepted' : reason
    },
  })
  addTransformer(schema, {
    codec: () => codec,
    plain: () => codec.plain,
    holdsFiles: true,
    jsonSchema,
    name: typeof jsonSchema['title'] === 'string' ? jsonSchema['title'] : 'a reference',
  })
  return schema
}
