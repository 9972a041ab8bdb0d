import { fromBinary, type JsonObject, type JsonValue, toBinary } from '@bufbuild/protobuf'
import { acceptsNone, InvalidArgumentError, isTernError, setOwn, toBinaryDeterministic, typesEqual } from '@tern/core'
import { type Literal, LiteralSchema, type LiteralType, type Variable, type VariableMap } from '@tern/idl/core'
import type { NamedLiteral } from '@tern/idl/task'
import { bestVariant } from './fit-type.ts'
import { at, type FormPath, invalidAt, rootPath, Steps } from './form-error.ts'
import { isDeeper, isNullMarker, isSchema, literalKey, variantKey } from './form-schema.ts'
import { formJsonToLiteral, toUnion } from './json-to-literal.ts'
import { literalToFormJson } from './literal-to-json.ts'
import { toType } from './schema-to-type.ts'
import { toSchema } from './type-to-schema.ts'

// A level takes two messages on the wire, where decoders stop at a hundred, and some are above the field.
const maxDepth = 44

/** An input as a form shows it. */
export interface FormField {
  readonly name: string
  readonly variable: Variable
  /** What the field is filled with. */
  readonly literal?: Literal | undefined
  /** Whether the input may be left out although its type does not say so. */
  readonly isOptional?: boolean
}

/** A form with these fields, in this order. Throws InvalidArgumentError for what forms cannot show, naming the field. */
export function toLaunchForm(fields: ReadonlyArray<FormField>): JsonObject {
  const properties: JsonObject = {}
  const required: string[] = []
  for (const field of fields) {
    const path = at(rootPath('variables'), field.name)
    const type = field.variable.type
    if (type === undefined) throw invalidAt(path, 'the type is required')
    const schema = named(path, () => fieldSchema(field, type, path))
    if (isDeeper(schema, maxDepth)) throw invalidAt(path, 'the type is nested too deep for a form')
    setOwn(properties, field.name, schema)
    if (!field.isOptional && !acceptsNone(type) && !isNullMarker(schema['default'] ?? false)) required.push(field.name)
  }
  return { type: 'object', title: 'Launch Form', properties, required }
}

/** The literals that the fields of a form are filled with, in the order of the form. Empty fields are left out. */
export function fromLaunchForm(form: JsonObject | undefined): NamedLiteral[] {
  const path = rootPath('json')
  if (form === undefined) throw invalidAt(path, 'value is required')
  const { properties } = form
  if (!isSchema(properties)) throw invalidAt(at(path, 'properties'), 'value is required')
  const steps = new Steps()
  const literals: NamedLiteral[] = []
  for (const [name, schema] of Object.entries(properties)) {
    const value = readField(schema, form, at(at(path, 'properties'), name), steps)
    if (value !== undefined) literals.push({ $typeName: 'flyteidl2.task.NamedLiteral', name, value })
  }
  return literals
}

/** The literals of values by the names of their variables. Values of no variable are left alone. */
export function fromValues(values: JsonObject | undefined, variables: VariableMap | undefined): NamedLiteral[] {
  const path = rootPath('values')
  if (values === undefined) throw invalidAt(path, 'value is required')
  const steps = new Steps()
  return (variables?.variables ?? []).map(({ key: name, value: variable }) => {
    const type = variable?.type
    if (type === undefined) throw invalidAt(at(rootPath('variables'), name), 'the type is required')
    const given = Object.hasOwn(values, name) ? values[name] : undefined
    if (given === undefined && !acceptsNone(type)) throw invalidAt(at(path, name), 'value is required')
    const value = formJsonToLiteral(given ?? null, type, at(path, name), steps)
    return { $typeName: 'flyteidl2.task.NamedLiteral', name, value }
  })
}

function fieldSchema(field: FormField, type: LiteralType, path: FormPath): JsonObject {
  const { description } = field.variable
  const schema = { ...toSchema(type), ...(description !== '' && description !== field.name && { description }) }
  if (field.literal === undefined) return schema
  const filled = withDefault(schema, type, literalToFormJson(field.literal, type, path))
  const chosen = withVariant(filled, field.literal, type)
  return isExact(chosen, field.literal, path)
    ? chosen
    : { ...chosen, [literalKey]: Buffer.from(toBinary(LiteralSchema, field.literal)).toString('base64') }
}

// A blob's parts are fields of their own in a form, and filled one by one.
function withDefault(schema: JsonObject, type: LiteralType, value: JsonValue): JsonObject {
  const { properties } = schema
  if (type.type.case !== 'blob' || !isSchema(properties) || !isSchema(value)) return { ...schema, default: value }
  const filled = Object.entries(properties).map(([key, property]) => [
    key,
    isSchema(property) && value[key] !== undefined ? { ...property, default: value[key] } : property,
  ])
  return { ...schema, properties: Object.fromEntries(filled) as JsonObject }
}

function withVariant(schema: JsonObject, literal: Literal, type: LiteralType): JsonObject {
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  const stored = scalar?.case === 'union' ? scalar.value.type : undefined
  if (type.type.case !== 'unionType' || stored === undefined) return schema
  const { variants } = type.type.value
  const place = variants.findIndex((variant) => typesEqual(variant, stored))
  const isPlain = bestVariant(schema['default'] ?? null, variants, new Steps()) === variants[place]
  return place < 0 || isPlain ? schema : { ...schema, [variantKey]: place }
}

function isExact(schema: JsonObject, literal: Literal, path: FormPath): boolean {
  try {
    // As it arrives in JSON, which has one zero, and no number that is not finite.
    const sent = JSON.parse(JSON.stringify(schema)) as JsonObject
    const read = readField(sent, sent, path, new Steps())
    return read !== undefined && equalBytes(read, literal)
  } catch (error) {
    if (isTernError(error)) return false
    throw error
  }
}

function equalBytes(a: Literal, b: Literal): boolean {
  return Buffer.compare(toBinaryDeterministic(LiteralSchema, a), toBinaryDeterministic(LiteralSchema, b)) === 0
}

function readField(schema: JsonValue | undefined, form: JsonObject, path: FormPath, steps: Steps): Literal | undefined {
  const type = toType(schema, { root: form, path })
  if (!isSchema(schema)) return undefined
  const value = valueOf(schema)
  const original = originalOf(schema, type, path)
  if (original !== undefined && value !== undefined && isUnchanged(original, type, value, path)) return original
  if (value === undefined || isEmptyBlob(type, value)) {
    return type.type.case === 'unionType' && acceptsNone(type) ? toUnion(null, type, undefined, path, steps) : undefined
  }
  const place = schema['default'] === undefined ? path : at(path, 'default')
  const chosen = schema[variantKey]
  if (type.type.case === 'unionType' && typeof chosen === 'number') return toUnion(value, type, chosen, place, steps)
  return formJsonToLiteral(value, type, place, steps)
}

/** The default of a schema, or one put together from the defaults of its properties. */
function valueOf(schema: JsonObject): JsonValue | undefined {
  const { default: value, properties, required } = schema
  if (value !== undefined || !isSchema(properties)) return value
  const assembled: JsonObject = {}
  for (const [key, property] of Object.entries(properties)) {
    const part = isSchema(property) ? valueOf(property) : undefined
    if (part !== undefined) setOwn(assembled, key, part)
  }
  if (Object.keys(assembled).length === 0) return undefined
  const lacks =
    Array.isArray(required) && required.some((key) => typeof key === 'string' && !Object.hasOwn(assembled, key))
  return lacks || isTemplate(schema, assembled) ? undefined : assembled
}

// A dataset whose format alone is known has not been filled in.
function isTemplate(schema: JsonObject, assembled: JsonObject): boolean {
  return schema['format'] === 'structured-dataset' && assembled['uri'] === undefined
}

function isEmptyBlob(type: LiteralType, value: JsonValue): boolean {
  return type.type.case === 'blob' && isSchema(value) && value['uri'] === ''
}

/** The literal that a field was filled with, if it was more than its default shows. */
function originalOf(schema: JsonObject, type: LiteralType, path: FormPath): Literal | undefined {
  const text = schema[literalKey]
  if (text === undefined) return undefined
  try {
    if (typeof text === 'string') return fromBinary(LiteralSchema, new Uint8Array(Buffer.from(text, 'base64')))
  } catch {
    // Said below.
  }
  throw invalidAt(at(path, literalKey), `must be a serialized literal of the type ${type.type.case ?? 'none'}`)
}

function isUnchanged(original: Literal, type: LiteralType, value: JsonValue, path: FormPath): boolean {
  return sortedText(literalToFormJson(original, type, path)) === sortedText(value)
}

/** JSON with the keys of objects in order, as a client may have changed their order. */
function sortedText(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: JsonValue) =>
    isSchema(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

function named<T>(path: FormPath, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof InvalidArgumentError && error.field === undefined) throw invalidAt(path, error.message)
    throw error
  }
}
