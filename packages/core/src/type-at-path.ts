import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { LiteralType } from '@tern/idl/core'
import { SimpleType } from '@tern/idl/core'
import { alternativesOf, isSchemaObject, presentIn, propertiesOf, resolveSchema } from './castable.ts'
import { describeType } from './describe-type.ts'
import { DataValidationError } from './errors.ts'
import { acceptsNone, literalTypes, typesEqual } from './literal-types.ts'

/** One step into a value: a key of a record or an object, or an index of a list. */
export type PathStep = string | number

/**
 * The type of what lies at a path inside a value.
 *
 * @throws DataValidationError naming the step that leads nowhere, with the names that there are
 */
export function typeAtPath(type: LiteralType, path: readonly PathStep[]): LiteralType {
  return path.reduce<LiteralType>((found, step, index) => typeAtStep(found, step, path.slice(0, index)), type)
}

/** `.a[0].b` */
export function formatPath(path: readonly PathStep[]): string {
  return path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
}

function typeAtStep(type: LiteralType, step: PathStep, before: readonly PathStep[]): LiteralType {
  switch (type.type.case) {
    case 'collectionType':
      return isIndex(step) ? type.type.value : fail(type, step, before, 'a list is read by an index of 0 or more')
    case 'mapValueType':
      return typeof step === 'string' ? type.type.value : fail(type, step, before, 'a record is read by a text')
    case 'unionType':
      if (acceptsNone(type)) return fail(type, step, before, 'it may be nothing')
      return unionOf(type.type.value.variants.map((variant) => typeAtStep(variant, step, before)))
    case 'simple':
      if (type.type.value !== SimpleType.STRUCT) return fail(type, step, before, 'it has no parts')
      if (type.metadata === undefined) return fail(type, step, before, 'nothing is known about its shape')
      return typeInSchema(type, type.metadata, step, before)
    default:
      return fail(type, step, before, 'it has no parts')
  }
}

/** The type of values of any of several types: where they are the same, that one. */
export function unionOf(types: readonly LiteralType[]): LiteralType {
  const different = types.filter((type, index) => types.findIndex((other) => typesEqual(other, type)) === index)
  const [only] = different
  return different.length === 1 && only !== undefined ? only : literalTypes.union(different)
}

function typeInSchema(type: LiteralType, root: JsonObject, step: PathStep, before: readonly PathStep[]): LiteralType {
  const schema = resolveSchema(root, root)
  const properties = propertiesOf(schema)
  if (typeof step === 'string' && Object.hasOwn(properties, step)) {
    const found = typeOfJsonSchema(properties[step], root, step)
    return presentIn(schema).has(step) ? found : literalTypes.optional(found)
  }
  const others = schema['additionalProperties']
  if (typeof step === 'string' && isSchemaObject(others)) return typeOfJsonSchema(others, root, step)
  const names = Object.keys(properties)
  const meant = typeof step === 'string' ? closest(step, names) : undefined
  const known = names.length === 0 ? 'it has no properties' : `it has ${names.join(', ')}`
  return fail(type, step, before, meant === undefined ? known : `${known}; did you mean ${meant}?`)
}

/**
 * The literal type of values that a JSON schema describes.
 *
 * @param root what its references are resolved in
 * @param name of the property, which names an object that has no title of its own
 */
export function typeOfJsonSchema(given: JsonValue | undefined, root: JsonObject, name = ''): LiteralType {
  const schema = resolveSchema(given, root)
  const options = alternativesOf(schema)
  if (options !== undefined) return literalTypes.union(options.map((option) => typeOfJsonSchema(option, root, name)))
  const choices = schema['enum'] ?? (schema['const'] === undefined ? undefined : [schema['const']])
  if (Array.isArray(choices) && choices.every((choice) => typeof choice === 'string'))
    return literalTypes.enumOf(choices)
  switch (schema['type']) {
    case 'integer':
      return literalTypes.integer()
    case 'number':
      return literalTypes.float()
    case 'boolean':
      return literalTypes.boolean()
    case 'null':
      return literalTypes.none()
    case 'string':
      return typeOfText(schema['format'])
    case 'array':
      return literalTypes.list(typeOfJsonSchema(schema['items'], root, name))
    case 'object':
      return typeOfObject(schema, root, name)
    default:
      return literalTypes.dict()
  }
}

function typeOfText(format: JsonValue | undefined): LiteralType {
  if (format === 'date-time') return literalTypes.datetime()
  return format === 'duration' ? literalTypes.duration() : literalTypes.string()
}

function typeOfObject(schema: JsonObject, root: JsonObject, name: string): LiteralType {
  const { additionalProperties: others } = schema
  if (schema['properties'] === undefined && isSchemaObject(others))
    return literalTypes.map(typeOfJsonSchema(others, root, name))
  const definitions = root['$defs'] === undefined ? {} : { $defs: root['$defs'] }
  return literalTypes.struct({ ...definitions, ...schema, title: schema['title'] ?? name })
}

function isIndex(step: PathStep): boolean {
  return typeof step === 'number' && Number.isSafeInteger(step) && step >= 0
}

function fail(type: LiteralType, step: PathStep, before: readonly PathStep[], why: string): never {
  const place = before.length === 0 ? '' : ` at ${formatPath(before)}`
  throw new DataValidationError(`a value of type ${describeType(type)}${place} has no ${formatPath([step])}: ${why}`, {
    path: formatPath([...before, step]),
  })
}

/** Of several names the one that is most like `name`, if one is near enough to be meant. */
export function closest(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
  const best = ranked.toSorted((a, b) => a.distance - b.distance)[0]
  return best !== undefined && best.distance <= Math.max(1, Math.floor(name.length * 0.4)) ? best.other : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
