import type { JsonObject } from '@bufbuild/protobuf'
import {
  blobLiteral,
  DataValidationError,
  describeType,
  describeValue,
  FailedPreconditionError,
  literalTypes,
} from '@tern/core'
import { type Blob, BlobType_BlobDimensionality, type Literal, type LiteralType } from '@tern/idl/core'
import type { Codec } from '../types/codec.ts'
import { readLiteral } from '../types/core-values.ts'
import type { FileReference } from './blob-reference.ts'
import { type ReferenceSchema, referenceSchema } from './reference-schema.ts'

/** What a file or a folder has to be. */
export interface FileSchemaOptions {
  /** For example `csv`: files of another format are refused. Defaults to any. */
  readonly format?: string | undefined
}

/** The schema of a file, or of a folder. */
export type FileSchema<T> = ReferenceSchema<T>

type Instance = {
  readonly uri: string
  readonly name: string
  readonly format: string
  readonly hash: string | undefined
}

interface BlobClass {
  readonly name: string
  readonly [Symbol.hasInstance]: (value: unknown) => boolean
}

/** The schema of values of a class that are one file each. */
export function fileSchema<T extends Instance>(
  type: BlobClass,
  make: (reference: FileReference) => T,
  options: FileSchemaOptions,
): FileSchema<T> {
  return blobSchema(type, make, options, 'file')
}

/** The schema of values of a class that are a folder each. */
export function folderSchema<T extends Instance>(
  type: BlobClass,
  make: (reference: FileReference) => T,
  options: FileSchemaOptions,
): FileSchema<T> {
  return blobSchema(type, make, options, 'dir')
}

function blobSchema<T extends Instance>(
  type: BlobClass,
  make: (reference: FileReference) => T,
  { format = '' }: FileSchemaOptions,
  kind: Kind,
): FileSchema<T> {
  const accepts = (value: unknown): true | string => {
    if (!type[Symbol.hasInstance](value)) {
      const made =
        kind === 'file' ? 'File.fromLocal(path) or File.remote(uri)' : 'Dir.fromLocal(path) or Dir.remote(uri)'
      return `expected a ${type.name}, such as ${made} make, got ${describeValue(value)}`
    }
    const given = (value as Instance).format
    return format === '' || given === '' || given === format || `expected the format ${format}, got ${given}`
  }
  return referenceSchema<T>(accepts, blobCodec(kind, format, make, type.name), blobJsonSchema(type.name, kind))
}

type Kind = 'file' | 'dir'

function blobCodec<T extends Instance>(
  kind: Kind,
  format: string,
  make: (reference: FileReference) => T,
  className: string,
): Codec {
  const type = kind === 'file' ? literalTypes.file(format) : literalTypes.directory(format)
  const checked = (value: unknown): Instance => {
    const { uri, name } = value as Instance
    if (uri === '') throw notStored(className, name)
    return value as Instance
  }
  return {
    type,
    toLiteral(value) {
      const { uri, format: own, hash = '' } = checked(value)
      return blobLiteral(toBlob(uri, own === '' ? format : own, kind), hash)
    },
    fromLiteral: (literal) => make(blobOf(literal, type, kind)),
    plain: {
      isIdentity: false,
      toPlain(value) {
        const { uri, name, format: own, hash = null } = checked(value)
        return { path: uri, name, format: own === '' ? format : own, hash }
      },
      fromPlain: (plain) => (isPlain(plain) ? make(fromPlain(plain)) : plain),
    },
  }
}

function toBlob(uri: string, format: string, kind: Kind): Blob {
  const dimensionality = kind === 'file' ? BlobType_BlobDimensionality.SINGLE : BlobType_BlobDimensionality.MULTIPART
  const type = { $typeName: 'flyteidl2.core.BlobType' as const, format, dimensionality }
  return { $typeName: 'flyteidl2.core.Blob', uri, metadata: { $typeName: 'flyteidl2.core.BlobMetadata', type } }
}

function blobOf(literal: Literal, expected: LiteralType, kind: Kind): FileReference {
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  if (scalar?.case !== 'blob') throw mismatch(literal, expected)
  const { uri, metadata } = scalar.value
  const isFolder = metadata?.type?.dimensionality === BlobType_BlobDimensionality.MULTIPART
  if (isFolder !== (kind === 'dir')) {
    throw new DataValidationError(
      `expected a ${kind === 'dir' ? 'folder' : 'file'}, got the ${isFolder ? 'folder' : 'file'} ${uri}`,
    )
  }
  return { uri, format: metadata?.type?.format, hash: literal.hash }
}

interface PlainBlob {
  readonly path: string
  readonly name?: string | null
  readonly format?: string | null
  readonly hash?: string | null
}

function isPlain(plain: unknown): plain is PlainBlob {
  return typeof plain === 'object' && plain !== null && typeof (plain as Partial<PlainBlob>).path === 'string'
}

function fromPlain({ path, name, format, hash }: PlainBlob): FileReference {
  return { uri: path, name: name ?? undefined, format: format ?? undefined, hash: hash ?? undefined }
}

function mismatch(literal: Literal, expected: LiteralType): DataValidationError {
  return new DataValidationError(
    `expected ${describeType(expected)}, got ${describeValue(readLiteral(literal, expected))}`,
  )
}

/** The error for a value that has no place in storage where it would need one, such as the default of an input. */
export function notStored(className: string, name: string): FailedPreconditionError {
  return new FailedPreconditionError(`${className} ${name} is not in storage`, {
    hint: `A default has to be there already: ${className}.remote(uri).`,
  })
}

// As pydantic describes Flyte's own class, which readers know by it.
function blobJsonSchema(title: string, kind: Kind): JsonObject {
  const text = (name: string, fallback: string | null): JsonObject =>
    fallback === null
      ? { title: name, anyOf: [{ type: 'string' }, { type: 'null' }], default: null }
      : { title: name, type: 'string', default: fallback }
  return {
    title,
    type: 'object',
    'x-flyte-type': kind,
    properties: {
      path: { title: 'Path', type: 'string' },
      name: text('Name', null),
      format: text('Format', ''),
      hash: text('Hash', null),
    },
    required: ['path'],
  }
}
