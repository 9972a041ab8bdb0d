import type { Codec, PlainCodec } from './codec.ts'

/** A registered way for values to travel. Both are asked for when a task is declared that uses it. */
export interface RegisteredTransformer {
  codec(name: string): Codec
  plain(): PlainCodec
}

const bySchema = new WeakMap<object, RegisteredTransformer>()
const byQuestion: { matches: (schema: object) => boolean; transformer: RegisteredTransformer }[] = []

export function addTransformer(schema: object, transformer: RegisteredTransformer): void {
  bySchema.set(schema, transformer)
}

export function addMatchingTransformer(matches: (schema: object) => boolean, transformer: RegisteredTransformer): void {
  byQuestion.unshift({ matches, transformer })
}

export function transformerFor(schema: object): RegisteredTransformer | undefined {
  const known = bySchema.get(schema)
  if (known !== undefined || byQuestion.length === 0) return known
  return byQuestion.find(({ matches }) => matches(schema))?.transformer
}
