import { DataValidationError, previewKey, truncateText } from '@tern/core'
import type { Codec, PlainCodec } from './codec.ts'
import { codecFor } from './schema-codec.ts'
import { isSchema, type Schema } from './standard-schema.ts'
import { addClassTransformer, addMatchingTransformer, addTransformer } from './transformers.ts'
import { isZodSchema } from './zod-facts.ts'

interface Way<Value, Wire> {
  /** What is sent instead. */
  readonly wire: Schema<unknown, Wire>
  readonly toWire: (value: Value) => Wire
  readonly fromWire: (wire: Wire) => Value
  /**
   * What the console shows beside the value, as plain text of at most 1000 characters. It does not count in names and cache keys.
   * Defaults to nothing.
   */
  readonly preview?: ((value: Value) => string) | undefined
}

/**
 * Says how some values travel, by way of a schema that has a wire form already: those of a schema, those of the schemas that are
 * answered yes, or the instances of a class, whose schema is `z.instanceof(Class)`.
 */
export type Transformer<Value, Wire> =
  | (Way<Value, Wire> & {
      readonly schema: Schema<unknown, Value> | ((schema: object) => boolean)
      readonly class?: undefined
    })
  | (Way<Value, Wire> & {
      readonly class: abstract new (...args: never) => Value
      readonly schema?: undefined
    })

/**
 * Makes schemas usable that have no wire form of their own, such as `z.instanceof(Money)`. Register before the tasks that
 * use them are declared; the latest registration wins.
 */
export function registerTransformer<Value, Wire>(transformer: Transformer<Value, Wire>): void {
  const { schema, wire } = transformer
  const registered = {
    codec: (name: string) => transformingCodec(transformer, codecFor(wire, name)),
    plain: () => transformingPlain(transformer, codecFor(wire, '').plain),
    ...(transformer.class === undefined ? {} : { name: transformer.class.name }),
    ...(isZodSchema(wire) ? { wire } : {}),
  }
  if (transformer.class !== undefined) addClassTransformer(transformer.class, registered)
  else if (isSchema(schema)) addTransformer(schema, registered)
  else if (schema !== undefined) addMatchingTransformer(schema, registered)
}

const longestPreview = 1000

function transformingCodec<Value, Wire>(transformer: Way<Value, Wire>, wire: Codec): Codec {
  return {
    type: wire.type,
    plain: transformingPlain(transformer, wire.plain),
    toLiteral(value) {
      const literal = wire.toLiteral(guarded(() => transformer.toWire(value as Value)))
      if (transformer.preview === undefined) return literal
      const preview = guarded(() => transformer.preview?.(value as Value) ?? '')
      return { ...literal, metadata: { ...literal.metadata, [previewKey]: truncateText(preview, longestPreview) } }
    },
    fromLiteral: (literal) => guarded(() => transformer.fromWire(wire.fromLiteral(literal) as Wire)),
  }
}

function transformingPlain<Value, Wire>(transformer: Way<Value, Wire>, wire: PlainCodec): PlainCodec {
  return {
    isIdentity: false,
    toPlain: (value) => wire.toPlain(guarded(() => transformer.toWire(value as Value))),
    fromPlain: (plain) => guarded(() => transformer.fromWire(wire.fromPlain(plain) as Wire)),
  }
}

function guarded<T>(change: () => T): T {
  try {
    return change()
  } catch (error) {
    if (error instanceof DataValidationError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new DataValidationError(`its transformer failed: ${reason}`, { cause: error })
  }
}
