import { InvalidArgumentError } from '@tern/core'
import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import { transformerFor } from './transformers.ts'
import { enumNames, isIntegerSchema, isTransform } from './zod-facts.ts'

// On the wire, a union's value is one of its variants. Where two of them have the same form there, and are read in different
// ways, a value could come back as something else than was sent. Such unions are refused where they are declared.

/** Where the value is: a literal says of which variant it is; in a struct there is only what JSON has. */
type Place = 'literal' | 'struct'

/** Of two schemas: no value on the wire is of both; those that are read alike; or not. */
type Relation = 'apart' | 'alike' | 'clash'

/** @throws InvalidArgumentError when two of the variants could not be told apart */
export function checkUnion(options: readonly $ZodType[], place: Place): void {
  const variants = options.flatMap((option) => variantsOf(option))
  for (const [index, a] of variants.entries()) {
    for (const b of variants.slice(index + 1)) {
      if (relationOf(a, b, place, new Set()) === 'clash') throw ambiguous(a, b, place)
    }
  }
}

function ambiguous(a: $ZodType, b: $ZodType, place: Place): InvalidArgumentError {
  const where = place === 'struct' ? 'inside of an object ' : ''
  return new InvalidArgumentError(
    `the union of ${wordFor(a)} and ${wordFor(b)} is ambiguous: ${where}both look alike when they travel, and one could be read as the other`,
    {
      hint: "Tell them apart by a property of a constant value, as in z.discriminatedUnion('kind', […]), or use only one of them.",
    },
  )
}

function wordFor(schema: $ZodType): string {
  const { def } = (schema as $ZodTypes)._zod
  const { title } = schema as { readonly title?: string }
  if (def.type === 'object') return title ?? `{ ${Object.keys(def.shape).join(', ')} }`
  if (def.type === 'custom') return transformerFor(schema)?.name ?? 'a transformed value'
  return def.type
}

// What is looked through: it changes nothing about the form of a value.
function innerOf(schema: $ZodType): $ZodType | undefined {
  const { def } = (schema as $ZodTypes)._zod
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'catch':
    case 'nonoptional':
    case 'readonly':
      return def.innerType
    case 'lazy':
      return def.getter()
    case 'pipe':
      return isTransform(def.in) ? def.out : def.in
    default:
      return undefined
  }
}

/** The alternatives that a schema consists of. What is nothing is apart from everything else. */
function variantsOf(schema: $ZodType): readonly $ZodType[] {
  if (transformerFor(schema) !== undefined) return [schema]
  const { def } = (schema as $ZodTypes)._zod
  if (def.type === 'union') return def.options.flatMap(variantsOf)
  if (def.type === 'optional' || def.type === 'nullable') return variantsOf(def.innerType)
  const inner = innerOf(schema)
  return inner === undefined ? [schema] : variantsOf(inner)
}

function relationOf(a: $ZodType, b: $ZodType, place: Place, seen: Set<$ZodType>): Relation {
  if (a === b) return 'alike'
  // Of one that contains itself, the rest tells.
  if (seen.has(a) && seen.has(b)) return 'alike'
  const inside = new Set([...seen, a, b])
  const relations = variantsOf(a).flatMap((x) => variantsOf(b).map((y) => relationOfPlain(x, y, place, inside)))
  if (relations.includes('clash')) return 'clash'
  return relations.every((relation) => relation === 'apart') ? 'apart' : 'alike'
}

function relationOfPlain(a: $ZodType, b: $ZodType, place: Place, seen: Set<$ZodType>): Relation {
  const [own, other] = [formOf(a), formOf(b)]
  if (own.kind === 'any' || other.kind === 'any') {
    return (own.kind === 'any' ? other : own).isNatural ? 'alike' : 'clash'
  }
  const [kind, otherKind] = place === 'literal' ? [own.tag, other.tag] : [own.kind, other.kind]
  if (kind !== otherKind) return 'apart'
  if (own.values !== undefined && other.values !== undefined && isDisjoint(own.values, other.values)) return 'apart'
  if (isDateApart(own, other)) return 'apart'
  if (own.reading !== other.reading) return 'clash'
  return partsRelation(a, b, place, seen)
}

function partsRelation(a: $ZodType, b: $ZodType, place: Place, seen: Set<$ZodType>): Relation {
  const [own, other] = [(a as $ZodTypes)._zod.def, (b as $ZodTypes)._zod.def]
  if (own.type === 'array' && other.type === 'array') {
    return emptyOrNot(relationOf(own.element, other.element, place, seen))
  }
  if (own.type === 'record' && other.type === 'record') {
    return emptyOrNot(relationOf(own.valueType, other.valueType, place, seen))
  }
  if (own.type === 'tuple' && other.type === 'tuple') {
    if (own.items.length !== other.items.length) return 'apart'
    return together(own.items.map((item, i) => relationOf(item, other.items[i] as $ZodType, 'struct', seen)))
  }
  if (own.type === 'object' && other.type === 'object') return objectsRelation(own, other, seen)
  return 'alike'
}

// A list or a map without anything in it reads alike, whatever it could hold.
function emptyOrNot(relation: Relation): Relation {
  return relation === 'apart' ? 'alike' : relation
}

type ObjectDef = Extract<$ZodTypes['_zod']['def'], { readonly type: 'object' }>

function objectsRelation(a: ObjectDef, b: ObjectDef, seen: Set<$ZodType>): Relation {
  const common = Object.keys(a.shape).filter((key) => key in b.shape)
  const relations = common.map((key) => {
    const [own, other] = [a.shape[key] as $ZodType, b.shape[key] as $ZodType]
    const relation = relationOf(own, other, 'struct', seen)
    // Two that may both be left out are not told apart by what they would be.
    return relation === 'apart' && isOptional(own) && isOptional(other) ? 'alike' : relation
  })
  return isRefusedBy(a, b) || isRefusedBy(b, a) ? 'apart' : together(relations)
}

/** Whether one needs a property that the other does not take, or does not know and would drop. */
function isRefusedBy(a: ObjectDef, b: ObjectDef): boolean {
  const isStrict = b.catchall !== undefined && (b.catchall as $ZodTypes)._zod.def.type === 'never'
  return isStrict && Object.entries(a.shape).some(([key, schema]) => !(key in b.shape) && !isOptional(schema))
}

function isOptional(schema: $ZodType): boolean {
  return schema._zod.optin === 'optional'
}

/** Of values that have several parts each: one part that is apart is enough. */
function together(relations: readonly Relation[]): Relation {
  if (relations.includes('apart')) return 'apart'
  return relations.includes('clash') ? 'clash' : 'alike'
}

interface Form {
  /** What marks it as a literal. */
  readonly tag: string
  /** What it is in a struct. */
  readonly kind: string
  /** How it is read: what is read in the same way comes back as it was sent, whoever reads it. */
  readonly reading: unknown
  /** Whether it is read as it is written. */
  readonly isNatural: boolean
  /** All that it can be on the wire, where that is known. */
  readonly values?: ReadonlySet<unknown> | undefined
}

function natural(tag: string, kind: string, values?: Iterable<unknown>): Form {
  return { tag, kind, reading: kind, isNatural: true, values: values === undefined ? undefined : new Set(values) }
}

function converted(tag: string, kind: string, reading: unknown, values?: Iterable<unknown>): Form {
  return { tag, kind, reading, isNatural: false, values: values === undefined ? undefined : new Set(values) }
}

function formOf(schema: $ZodType): Form {
  const transformer = transformerFor(schema)
  if (transformer !== undefined) return transformedForm(schema)
  const { def } = (schema as $ZodTypes)._zod
  switch (def.type) {
    case 'string':
    case 'template_literal':
      return natural('text', 'text')
    case 'number':
      return natural(isIntegerSchema(schema) ? 'integer' : 'float', 'number')
    case 'bigint':
      return converted('integer', 'number', 'bigint')
    case 'boolean':
      return natural('boolean', 'boolean')
    case 'date':
      return converted('date', 'text', 'date')
    case 'enum':
      return enumForm(def.entries)
    case 'literal':
      return literalForm(def.values)
    case 'array':
      return natural('list', 'list')
    case 'set':
      return converted('list', 'list', 'set')
    case 'tuple':
      return natural('tuple', 'list')
    case 'record':
      return natural('map', 'object')
    case 'map':
      return converted('dict', 'object', 'map')
    case 'object':
    case 'intersection':
      return natural('struct', 'object')
    case 'null':
    case 'undefined':
    case 'void':
      return natural('nothing', 'nothing')
    default:
      return natural('any', 'any')
  }
}

/** Whatever says how a value is read, it is read by that alone. */
function transformedForm(schema: $ZodType): Form {
  const { wire, form, jsonSchema, name } = transformerFor(schema) ?? {}
  const reading = name ?? transformerFor(schema)
  if (wire !== undefined) {
    const { tag, kind, values } = formOf(variantsOf(wire)[0] ?? wire)
    return converted(tag, kind, reading, values)
  }
  if (form !== undefined) return converted(form.tag, form.kind, reading)
  // Files and folders have a path in a struct, tables an address; as literals they are what they are.
  const members = Object.keys((jsonSchema?.['properties'] as object | undefined) ?? {})
  return converted(String(name), `reference by ${members[0]}`, reading)
}

function enumForm(entries: Readonly<Record<string, string | number>>): Form {
  const names = enumNames(entries)
  const isNatural = names.every((name) => entries[name] === name)
  return isNatural
    ? natural('enum', 'text', names)
    : converted('enum', 'text', names.map((name) => `${name}=${entries[name]}`).join(), names)
}

function literalForm(values: readonly unknown[]): Form {
  const [first] = values
  if (first === null || first === undefined) return natural('nothing', 'nothing')
  if (typeof first === 'string') return natural('enum', 'text', values)
  if (typeof first === 'bigint') return converted('integer', 'number', 'bigint', values.map(Number))
  if (typeof first === 'boolean') return natural('boolean', 'boolean', values)
  return natural(values.every(Number.isInteger) ? 'integer' : 'float', 'number', values)
}

function isDisjoint(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  for (const value of a) if (b.has(value)) return false
  return true
}

// What no date is written as cannot be read as one.
function isDateApart(a: Form, b: Form): boolean {
  const names = a.reading === 'date' ? b.values : b.reading === 'date' ? a.values : undefined
  return names !== undefined && [...names].every((name) => Number.isNaN(new Date(String(name)).getTime()))
}
