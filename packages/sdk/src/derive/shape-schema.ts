import { InvalidArgumentError } from '@tern/core'
import * as z from 'zod'
import type { Columns } from '../io/columns.ts'
import type { DataFrame } from '../io/data-frame.ts'
import type { Dir } from '../io/dir.ts'
import type { File } from '../io/file.ts'
import { duration } from '../types/duration-schema.ts'
import { transformerFor } from '../types/transformers.ts'
import type { Class, IoClasses, ObjectShape, Shape, SimpleShape } from './derived-interface.ts'

/** What shapes refer to. */
export interface KnownShapes {
  readonly classes: readonly Class[]
  readonly io: IoClasses
  /** The objects that a shape is part of. */
  readonly objects: ReadonlyMap<number, z.ZodType>
}

/** The schema that somebody who writes schemas would have written for the type. */
export function shapeSchema(shape: Shape, known: KnownShapes): z.ZodType {
  if (typeof shape === 'string') return simpleSchema(shape)
  switch (shape.kind) {
    case 'enum':
      return z.enum(entriesOf(shape.entries))
    case 'literal':
      return z.literal([...shape.values])
    case 'array':
      return z.array(shapeSchema(shape.of, known))
    case 'record':
      return z.record(z.string(), shapeSchema(shape.of, known))
    case 'set':
      return z.set(shapeSchema(shape.of, known))
    case 'map':
      return z.map(shapeSchema(shape.key, known), shapeSchema(shape.of, known))
    case 'optional':
      return shapeSchema(shape.of, known).optional()
    case 'nullable':
      return shapeSchema(shape.of, known).nullable()
    case 'tuple':
      return z.tuple(shape.of.map((item) => shapeSchema(item, known)) as [z.ZodType])
    case 'union':
      return z.union(shape.of.map((variant) => shapeSchema(variant, known)))
    case 'object':
      return objectSchema(shape, known)
    case 'self':
      return known.objects.get(shape.id) as z.ZodType
    case 'class':
      return classSchema(known.classes[shape.index] as Class, shape.at)
    case 'data-frame':
      return frameSchema(known.io.DataFrame as typeof DataFrame, shape.columns as Columns | undefined)
    case 'file':
      return (known.io.File as typeof File).schema()
    case 'dir':
      return (known.io.Dir as typeof Dir).schema()
  }
}

/** A schema with what is said about its values. */
export function described(schema: z.ZodType, description: string | undefined): z.ZodType {
  return description === undefined ? schema : schema.describe(description)
}

function simpleSchema(shape: SimpleShape): z.ZodType {
  switch (shape) {
    case 'string':
      return z.string()
    case 'number':
      return z.number()
    case 'integer':
      return z.int()
    case 'bigint':
      return z.bigint()
    case 'boolean':
      return z.boolean()
    case 'date':
      return z.date()
    case 'duration':
      return duration
    case 'null':
      return z.null()
    case 'unknown':
      return z.unknown()
    case 'bytes':
      return z.instanceof(Uint8Array)
    case 'url':
      return z.instanceof(URL)
  }
}

function frameSchema(type: typeof DataFrame, columns: Columns | undefined): z.ZodType {
  return columns === undefined ? type.schema() : type.schema({ columns })
}

function entriesOf(entries: readonly string[] | Readonly<Record<string, string | number>>) {
  return Array.isArray(entries)
    ? Object.fromEntries(entries.map((entry: string) => [entry, entry]))
    : (entries as Readonly<Record<string, string | number>>)
}

function classSchema(type: Class, at: string): z.ZodType {
  const schema = z.instanceof(type as never) as z.ZodType
  if (transformerFor(schema) !== undefined) return schema
  throw new InvalidArgumentError(`${at}: the class ${type.name} has no wire form`, {
    hint: `Call registerTransformer({ class: ${type.name}, … }) before the task is declared, or use an interface.`,
  })
}

function objectSchema({ id, members, rest }: ObjectShape, outside: KnownShapes): z.ZodType {
  const inside = new Map(outside.objects)
  const known = { ...outside, objects: inside }
  const properties: Record<string, z.ZodType> = {}
  for (const member of members) {
    // A member may be of the object's own schema, which is not there before the object is.
    Object.defineProperty(properties, member.name, {
      enumerable: true,
      configurable: true,
      get: () => described(shapeSchema(member.shape, known), member.description),
    })
  }
  const schema = rest === undefined ? z.object(properties) : z.object(properties).catchall(shapeSchema(rest, known))
  if (id !== undefined) inside.set(id, schema)
  return schema
}
