import {
  DataValidationError,
  type Duration,
  type DurationInput,
  InvalidArgumentError,
  literalTypes,
  parseDuration,
} from '@tern/core'
import { type Codec, identity } from './codec.ts'
import { listCodec, structCodec } from './composite-codecs.ts'
import { booleanCodec, dateCodec, durationCodec, floatCodec, integerCodec, stringCodec } from './scalar-codecs.ts'
import { codecFor } from './schema-codec.ts'
import type { Schema, ValidationIssue, ValidationResult } from './standard-schema.ts'
import { addTransformer } from './transformers.ts'
import { holdsFiles, isZodSchema } from './zod-facts.ts'

// Schemas of what the SDK itself sends, so that it needs no schema library for it.

/** A point in time. */
export const dateSchema: Schema<Date> = ownSchema(dateCodec, (value) => ({ value: value as Date }))

export const booleanSchema: Schema<boolean> = ownSchema(booleanCodec, (value) => ({ value: value as boolean }))

export const stringSchema: Schema<string> = ownSchema(stringCodec, (value) => ({ value: value as string }))

/** A whole number. */
export const integerSchema: Schema<number> = ownSchema(integerCodec, (value) => ({ value: value as number }))

/** A number that need not be whole. */
export const floatSchema: Schema<number> = ownSchema(floatCodec, (value) => ({ value: value as number }))

/** A length of time of 0 or more, as people write it. */
export const durationSchema: Schema<DurationInput, Duration> = ownSchema(durationCodec, (value) => {
  try {
    const duration = parseDuration(value as DurationInput)
    return duration.milliseconds < 0 ? { issues: [{ message: 'must not be negative' }] } : { value: duration }
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    return { issues: [{ message: error.message }] }
  }
})

/** Any value, where nothing is said about it; only what has been checked with `checkPlain` reads as it was written. */
export const anySchema: Schema = ownSchema(structCodec(literalTypes.dict(), identity), (value) => ({ value }))

/** A list of what another schema describes. */
export function listSchema(item: Schema, name: string): Schema {
  const holds = isZodSchema(item) && holdsFiles(item)
  return ownSchema(listCodec(codecFor(item, name)), (value) => validateItems(item, value as readonly unknown[]), holds)
}

async function validateItems(item: Schema, values: readonly unknown[]): Promise<ValidationResult<unknown>> {
  const items: unknown[] = []
  const issues: ValidationIssue[] = []
  for (const [index, value] of values.entries()) {
    const result = await item['~standard'].validate(value)
    if (result.issues === undefined) items.push(result.value)
    else issues.push(...result.issues.map(({ message, path = [] }) => ({ message, path: [index, ...path] })))
  }
  return issues.length > 0 ? { issues } : { value: items }
}

function ownSchema<Input, Output>(
  codec: Codec,
  validate: (value: unknown) => ValidationResult<Output> | Promise<ValidationResult<Output>>,
  holds = false,
): Schema<Input, Output> {
  const schema: Schema<Input, Output> = { '~standard': { version: 1, vendor: 'tern', validate } }
  addTransformer(schema, { codec: () => codec, plain: () => codec.plain, holdsFiles: holds })
  return schema
}

// As deep as msgpack goes; what is nested deeper, or contains itself, is refused there.
const maxDepth = 511

/**
 * Refuses what would read as something else than was written, when nothing but the value itself says what it is.
 *
 * @throws DataValidationError naming the place in the value
 */
export function checkPlain(value: unknown, path = '', depth = 0): void {
  if (typeof value === 'bigint') throw notPlain('a bigint', path)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || depth > maxDepth) return
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkPlain(item, `${path}[${index}]`, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  // An object literal of any realm: its prototype is the root.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw notPlain(`a ${value.constructor?.name || 'class instance'}`, path)
  }
  for (const [key, item] of Object.entries(value)) checkPlain(item, `${path}.${key}`, depth + 1)
}

function notPlain(what: string, path: string): DataValidationError {
  const place = path.replace(/^\./, '')
  return new DataValidationError(
    `${place === '' ? '' : `${place} is `}${what}, which would not read as it was written`,
    {
      path: place,
      hint: 'Say what it is with the option `output`, or return plain data.',
    },
  )
}
