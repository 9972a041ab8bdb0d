import type { JsonObject } from '@bufbuild/protobuf'
import type { $ZodType } from 'zod/v4/core'
import type { Codec, PlainCodec } from './codec.ts'

/** A registered way for values to travel. Both are asked for when a task is declared that uses it. */
export interface RegisteredTransformer {
  codec(name: string): Codec
  /** What messages call such values. */
  readonly name?: string
  /** What is sent instead, where that is a schema of zod's. */
  readonly wire?: $ZodType
  /** What its values are on the wire, where nothing else says it: as a literal, and in a struct. */
  readonly form?: { readonly tag: string; readonly kind: string }
  plain(): PlainCodec
  /** Set for values that are put into storage before they travel. */
  readonly holdsFiles?: boolean
  /** How values inside a struct are described; nothing is said about them by default. */
  readonly jsonSchema?: JsonObject
}

const bySchema = new WeakMap<object, RegisteredTransformer>()
// A schema that was described, or got a check more, is another schema with the same test.
const byTest = new WeakMap<object, RegisteredTransformer>()
const byClass = new Map<unknown, RegisteredTransformer>()
const byQuestion: { matches: (schema: object) => boolean; transformer: RegisteredTransformer }[] = []

export function addTransformer(schema: object, transformer: RegisteredTransformer): void {
  bySchema.set(schema, transformer)
  const test = testOf(schema)
  if (test !== undefined) byTest.set(test, transformer)
}

export function addMatchingTransformer(matches: (schema: object) => boolean, transformer: RegisteredTransformer): void {
  byQuestion.unshift({ matches, transformer })
}

/** For schemas such as `z.instanceof(Money)`. */
export function addClassTransformer(type: unknown, transformer: RegisteredTransformer): void {
  byClass.set(type, transformer)
}

export function transformerFor(schema: object): RegisteredTransformer | undefined {
  const test = testOf(schema)
  const known =
    bySchema.get(schema) ?? (test === undefined ? undefined : (byTest.get(test) ?? byClass.get(classOf(schema))))
  if (known !== undefined || byQuestion.length === 0) return known
  return byQuestion.find(({ matches }) => matches(schema))?.transformer
}

/** The class whose instances a schema is of. */
function classOf(schema: object): unknown {
  let at: CustomSchema | undefined = schema
  // One that was described, or got a check more, knows what it was made of.
  while (at !== undefined && at._zod?.bag?.Class === undefined) at = at._zod?.parent
  return at?._zod?.bag?.Class
}

interface CustomSchema {
  readonly _zod?: { readonly bag?: { readonly Class?: unknown }; readonly parent?: CustomSchema }
}

/** What a custom schema of zod's asks about a value. */
function testOf(schema: object): object | undefined {
  const { _zod } = schema as { _zod?: { def: { type: string; fn?: object } } }
  return _zod?.def.type === 'custom' ? _zod.def.fn : undefined
}
