import type { JsonObject } from '@bufbuild/protobuf'
import { DataValidationError, describeType, describeValue, literalTypes, scalarLiteral } from '@tern/core'
import type { Literal, LiteralType } from '@tern/idl/core'
import type { Codec } from '../types/codec.ts'
import { readLiteral } from '../types/core-values.ts'
import { type Columns, columnLiteralType } from './columns.ts'
import type { DataFrameReference } from './data-frame.ts'
import { notStored } from './file-schema.ts'
import { type ReferenceSchema, referenceSchema } from './reference-schema.ts'

interface FrameParts<T> {
  readonly columns: Columns | undefined
  readonly isFrame: (value: unknown) => boolean
  /** Tells a frame what columns are asked for. @returns what is wrong with its own */
  readonly ask: (frame: T) => string | undefined
  readonly columnsOf: (frame: T) => Columns | undefined
  readonly make: (reference: DataFrameReference) => T
}

export function frameSchema<T>(parts: FrameParts<T>): ReferenceSchema<T> {
  const accepts = (value: unknown): true | string => {
    if (parts.isFrame(value)) return parts.ask(value as T) ?? true
    return `expected a DataFrame, such as DataFrame.fromRows(rows) makes, got ${describeValue(value)}`
  }
  return referenceSchema<T>(accepts, frameCodec(parts), jsonSchema)
}

function frameCodec<T>({ columns = {}, columnsOf, make }: FrameParts<T>): Codec {
  const type = literalTypes.structuredDataset({ columns: toWire(columns) })
  const checked = (value: unknown): DataFrameReference => {
    const reference = value as DataFrameReference
    if (reference.uri === '') throw notStored('DataFrame', 'of rows')
    return reference
  }
  return {
    type,
    toLiteral(value) {
      const reference = checked(value)
      return toLiteral(reference, columnsOf(value as T) ?? columns)
    },
    fromLiteral: (literal) => make(referenceOf(literal, type)),
    plain: {
      isIdentity: false,
      toPlain(value) {
        const { uri, format, hash = null } = checked(value)
        return { uri, format, hash }
      },
      fromPlain: (plain) => (isPlain(plain) ? make(fromPlain(plain)) : plain),
    },
  }
}

function toWire(columns: Columns) {
  return Object.entries(columns).map(([name, type]) => ({ name, type: columnLiteralType(type) }))
}

function toLiteral({ uri, format = '', hash = '' }: DataFrameReference, columns: Columns): Literal {
  const { type } = literalTypes.structuredDataset({ format, columns: toWire(columns) })
  if (type.case !== 'structuredDatasetType') throw new TypeError('a data frame has the type of one')
  const metadata = { $typeName: 'flyteidl2.core.StructuredDatasetMetadata' as const, structuredDatasetType: type.value }
  return scalarLiteral(
    { case: 'structuredDataset', value: { $typeName: 'flyteidl2.core.StructuredDataset', uri, metadata } },
    hash,
  )
}

function referenceOf(literal: Literal, expected: LiteralType): DataFrameReference {
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  if (scalar?.case !== 'structuredDataset') {
    throw new DataValidationError(
      `expected ${describeType(expected)}, got ${describeValue(readLiteral(literal, expected))}`,
    )
  }
  const { uri, metadata } = scalar.value
  const format = metadata?.structuredDatasetType?.format
  return { uri, format: format === '' ? undefined : format, hash: literal.hash }
}

interface PlainFrame {
  readonly uri: string
  readonly format?: string | null
  readonly hash?: string | null
}

function isPlain(plain: unknown): plain is PlainFrame {
  return typeof plain === 'object' && plain !== null && typeof (plain as Partial<PlainFrame>).uri === 'string'
}

function fromPlain({ uri, format, hash }: PlainFrame): DataFrameReference {
  return { uri, format: format || undefined, hash: hash ?? undefined }
}

// As pydantic describes Flyte's own class, which readers know by it.
const jsonSchema: JsonObject = {
  title: 'DataFrame',
  type: 'object',
  'x-flyte-type': 'dataframe',
  properties: Object.fromEntries(
    ['uri', 'format', 'hash'].map((name) => [
      name,
      {
        title: name.charAt(0).toUpperCase() + name.slice(1),
        anyOf: [{ type: 'string' }, { type: 'null' }],
        default: null,
      },
    ]),
  ),
}
