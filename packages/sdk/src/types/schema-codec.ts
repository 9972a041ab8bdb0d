import type { JsonObject } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import type { Codec } from './codec.ts'
import { jsonSchemaCodec } from './json-schema-codec.ts'
import type { Schema } from './standard-schema.ts'
import { addKnownClasses } from './known-classes.ts'
import { transformerFor } from './transformers.ts'
import { zodCodec } from './zod-codec.ts'
import { isZodSchema } from './zod-facts.ts'

addKnownClasses()

/**
 * The codec of any schema: zod's are read directly, those of other libraries through their JSON schema.
 *
 * @param name of the input or output, which names a struct that has no title of its own
 * @throws InvalidArgumentError for a schema that has no wire form
 */
export function codecFor(schema: Schema, name: string): Codec {
  if (isZodSchema(schema)) return zodCodec(schema, name)
  const transformer = transformerFor(schema)
  if (transformer !== undefined) return transformer.codec(name)
  const { vendor, jsonSchema } = schema['~standard']
  if (vendor === 'zod') {
    throw new InvalidArgumentError('a schema of zod 3 has no wire form', {
      hint: "Use zod 4: import { z } from 'zod' (version 4), or from 'zod/v4'.",
    })
  }
  if (jsonSchema === undefined) {
    throw new InvalidArgumentError(`a schema of ${vendor} that does not offer its JSON schema has no wire form`, {
      hint: `Use a version of ${vendor} that implements Standard JSON Schema, use zod, or call registerTransformer().`,
    })
  }
  return jsonSchemaCodec(jsonSchema.input({ target: 'draft-2020-12' }) as JsonObject, name)
}
