import { fromBinary } from '@bufbuild/protobuf'
import { fromLiteral, literalTypes, plainLiteral } from '@tern/core'
import { BlobType_BlobDimensionality, type Literal } from '@tern/idl/core'
import { OutputsSchema } from '@tern/idl/task'
import type { Codec } from '../types/codec.ts'
import type { Schema } from '../types/standard-schema.ts'
import { addTransformer } from '../types/transformers.ts'
import { DataFrame } from './data-frame.ts'
import { Dir } from './dir.ts'
import { File } from './file.ts'
import { directReader, type Reader } from './reader.ts'
import { readWith } from './storing.ts'

// Values of tasks whose interface is not known here. What they are, the server says that has it.

/** A schema of anything, which the server makes what the task declares. */
export const openSchema: Schema = { '~standard': { version: 1, vendor: 'tern', validate: (value) => ({ value }) } }

const codec: Codec = {
  type: literalTypes.dict(),
  plain: { isIdentity: false, toPlain, fromPlain: (plain) => plain },
  toLiteral: (value) => plainLiteral(toPlain(value)),
  fromLiteral: (literal) => valueOf(literal),
}
addTransformer(openSchema, { codec: () => codec, plain: () => codec.plain, holdsFiles: true, name: 'any value' })

/** What is in storage has an address, and a path where it is part of an object. */
function toPlain(value: unknown): unknown {
  if (value instanceof File || value instanceof Dir) {
    const { uri, name, format, hash } = value
    return { uri, path: uri, name, format, hash }
  }
  if (value instanceof DataFrame) return value.toJSON()
  if (value instanceof URL) return value.href
  if (value instanceof Set) return [...value].map(toPlain)
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, toPlain(item)]))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toPlain(item)]))
}

/**
 * Outputs as they say themselves what they are: nothing, the value of a task with one output, or several by name.
 *
 * @param bytes a serialised flyteidl2.task.Outputs
 */
export function readOpenOutputs(bytes: Uint8Array, reader: Reader = directReader): unknown {
  const { literals } = fromBinary(OutputsSchema, bytes)
  const values = literals.map(({ name, value }) => [name, value === undefined ? undefined : valueOf(value)] as const)
  const [only] = values
  const result = values.length === 1 && only?.[0] === 'o0' ? only[1] : Object.fromEntries(values)
  return values.length === 0 ? undefined : readWith(result, reader)
}

function valueOf(literal: Literal): unknown {
  const { value, hash } = literal
  if (value.case === 'collection') return value.value.literals.map(valueOf)
  if (value.case === 'map') {
    return Object.fromEntries(Object.entries(value.value.literals).map(([key, item]) => [key, valueOf(item)]))
  }
  const scalar = value.case === 'scalar' ? value.value.value : undefined
  if (scalar?.case === 'union' && scalar.value.value !== undefined) return valueOf(scalar.value.value)
  if (scalar?.case === 'blob') {
    const { uri, metadata } = scalar.value
    const isFolder = metadata?.type?.dimensionality === BlobType_BlobDimensionality.MULTIPART
    return (isFolder ? Dir : File).remote(uri, { format: metadata?.type?.format, hash })
  }
  if (scalar?.case === 'structuredDataset') {
    const format = scalar.value.metadata?.structuredDatasetType?.format
    return DataFrame.remote(scalar.value.uri, { format: format === '' ? undefined : format, hash })
  }
  return scalar?.case === 'binary' ? withoutWrapper(fromLiteral(literal)) : fromLiteral(literal)
}

// A tuple travels as an object that has its items by number.
function withoutWrapper(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const isTuple = entries.length > 0 && entries.every(([name], index) => name === `item_${index}`)
  return isTuple ? entries.map(([, item]) => item as unknown) : value
}
