import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { DataValidationError, literalRepresentation, sha256Base64 } from '@tern/core'
import { LiteralSchema } from '@tern/idl/core'
import type { ScalarKind } from './codec.ts'
import type { Variable } from './task-interface.ts'
import { WireReader, WireWriter } from './wire.ts'

// Inputs and outputs are written and read for every action, mostly with a number or a text in them. These functions make
// the bytes of flyteidl2.task.Inputs and Outputs (both a list of named literals in field 1) without building messages
// for such scalars, which costs a tenth of it.

const namedLiteralTag = 0x0a
const nameTag = 0x0a
const valueTag = 0x12
const scalarTag = 0x0a
const primitiveTag = 0x0a
const primitiveTags: Readonly<Record<ScalarKind, number>> = { integer: 0x08, float: 0x11, string: 0x1a, boolean: 0x20 }

const literal = new WireWriter(256)
const message = new WireWriter(1024)
const hashed = new WireWriter(1024)

/** Values as the wire has them. */
export interface WireValues {
  /** A serialised flyteidl2.task.Inputs, or Outputs. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The hash that names and cache keys are made with; empty when it was not asked for. */
  readonly hash: string
}

export interface WriteOptions {
  /** Inputs that do not count in the hash; absent when no hash is needed. */
  readonly hashWithout?: readonly string[]
}

/** Writes values that have been checked, in the order of `variables`. */
export function writeValues(
  variables: readonly Variable[],
  values: readonly unknown[],
  options: WriteOptions = {},
): WireValues {
  message.reset()
  hashed.reset()
  const ignored = options.hashWithout
  for (let i = 0; i < variables.length; i++) {
    const variable = variables[i] as Variable
    if (variable.leftToDefault && values[i] === undefined) continue
    const representation = writeLiteral(variable, values[i], ignored !== undefined)
    appendNamed(variable.nameBytes)
    if (ignored === undefined || ignored.includes(variable.name)) continue
    hashed.raw(variable.nameBytes)
    hashed.byte(0x3a)
    hashed.raw(representation ?? literal.view())
    hashed.byte(0x3b)
  }
  return { bytes: message.bytes(), hash: hashed.length === 0 ? '' : sha256Base64(hashed.view()) }
}

// Leaves the literal's bytes in `literal`. What it returns stands for the literal in hashes, when those bytes do not.
function writeLiteral(variable: Variable, value: unknown, forHash: boolean): Uint8Array | undefined {
  literal.reset()
  const { codec } = variable
  if (codec.scalar !== undefined && writeScalar(codec.scalar, value)) return undefined
  const built = explaining(variable, () => codec.toLiteral(value))
  literal.raw(toBinary(LiteralSchema, built))
  return forHash ? literalRepresentation(built) : undefined
}

function writeScalar(kind: ScalarKind, value: unknown): boolean {
  switch (kind) {
    case 'integer':
      if (!Number.isSafeInteger(value)) return false
      openScalar(kind, varintLength(value as number))
      literal.int64(value as number)
      return true
    case 'float':
      openScalar(kind, 8)
      literal.double(value as number)
      return true
    case 'boolean':
      openScalar(kind, 1)
      literal.byte(value === true ? 1 : 0)
      return true
    case 'string': {
      const length = Buffer.byteLength(value as string)
      openScalar(kind, length + sizeOfVarint(length))
      literal.varint(length)
      literal.utf8(value as string)
      return true
    }
  }
}

function openScalar(kind: ScalarKind, length: number): void {
  const primitive = length + 1
  literal.byte(scalarTag)
  literal.varint(primitive + 1 + sizeOfVarint(primitive))
  literal.byte(primitiveTag)
  literal.varint(primitive)
  literal.byte(primitiveTags[kind])
}

function appendNamed(name: Uint8Array): void {
  const length = 2 + sizeOfVarint(name.length) + name.length + sizeOfVarint(literal.length) + literal.length
  message.byte(namedLiteralTag)
  message.varint(length)
  message.byte(nameTag)
  message.varint(name.length)
  message.raw(name)
  message.byte(valueTag)
  message.varint(literal.length)
  message.raw(literal.view())
}

/**
 * Reads values in the order of `variables`; one that is not there is `undefined`.
 *
 * @throws DataValidationError for a value that is of another type than declared, or not declared at all
 */
export function readValues(variables: readonly Variable[], bytes: Uint8Array): unknown[] {
  const values: unknown[] = variables.map(() => undefined)
  const reader = new WireReader(bytes)
  let next = 0
  while (!reader.atEnd) {
    const tag = reader.varint()
    if (tag !== namedLiteralTag) {
      reader.skip(tag)
      continue
    }
    const end = reader.varint() + reader.position
    const index = readIndex(variables, next, reader)
    values[index] = readLiteral(variables[index] as Variable, reader, end)
    reader.position = end
    next = index + 1
  }
  return values
}

// Which variable comes next; mostly the one that is expected.
function readIndex(variables: readonly Variable[], expected: number, reader: WireReader): number {
  if (reader.varint() !== nameTag) throw new DataValidationError('a literal has no name')
  const variable = variables[expected]
  if (variable !== undefined && reader.isNext(variable.nameBytes)) return expected
  const name = reader.string()
  const index = variables.findIndex((other) => other.name === name)
  if (index < 0) throw new DataValidationError(`the task does not declare ${name}`, { path: name })
  return index
}

function readLiteral(variable: Variable, reader: WireReader, end: number): unknown {
  if (reader.position >= end || reader.varint() !== valueTag)
    throw new DataValidationError(`${variable.where} has no value`)
  const start = reader.varint() === end - reader.position ? reader.position : -1
  if (start < 0) throw new DataValidationError(`${variable.where} cannot be read`)
  if (variable.codec.scalar !== undefined) {
    const value = readScalar(variable.codec.scalar, reader, end)
    if (value !== undefined) return value
  }
  const read = fromBinary(LiteralSchema, reader.slice(start, end))
  return explaining(variable, () => variable.codec.fromLiteral(read))
}

// Undefined when the literal is anything but a bare scalar of this kind, which the general way then reads or refuses.
function readScalar(kind: ScalarKind, reader: WireReader, end: number): string | number | boolean | undefined {
  if (reader.varint() !== scalarTag || reader.varint() !== end - reader.position) return undefined
  if (reader.varint() !== primitiveTag || reader.varint() !== end - reader.position) return undefined
  if (reader.varint() !== primitiveTags[kind]) return undefined
  switch (kind) {
    case 'integer':
      return reader.int64()
    case 'float':
      return reader.double()
    case 'boolean':
      return reader.varint() !== 0
    case 'string':
      return reader.string()
  }
}

function explaining<T>(variable: Variable, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof DataValidationError)) throw error
    const { path, message, hint, cause } = error
    throw new DataValidationError(`${variable.where}: ${path === '' ? '' : `${path.replace(/^\./, '')}: `}${message}`, {
      path: variable.name + path,
      hint,
      cause,
    })
  }
}

function varintLength(value: number): number {
  return value < 0 ? 10 : sizeOfVarint(value)
}

function sizeOfVarint(value: number): number {
  let size = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}
