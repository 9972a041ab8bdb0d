import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'

// Literals pass through a workflow as the bytes that they came as: what is only handed on is not decoded.

/** A serialized flyteidl2.core.Literal. */
export type LiteralBytes = Uint8Array

/** Values by name, as they stand in serialized Inputs and Outputs. */
export type NamedBytes = ReadonlyMap<string, LiteralBytes>

/** What a literal holds, one level down. */
export type LiteralContent =
  | { readonly kind: 'items'; readonly items: ReadonlyArray<LiteralBytes> }
  | { readonly kind: 'entries'; readonly entries: NamedBytes }
  /** Anything that is no container, to be decoded. */
  | { readonly kind: 'scalar' }
  | { readonly kind: 'none' }
  /** Kept in storage. */
  | { readonly kind: 'offloaded'; readonly uri: string }

// Numbers of fields: of Literal, Scalar, Union, and of the messages with one list in them.
const inLiteral = { scalar: 1, collection: 2, map: 3, offloaded: 8 } as const
const inScalar = { none: 5, union: 9 } as const
const inUnion = { value: 1, type: 2 } as const
const only = 1
const name = 1
const value = 2

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** The literals of serialized Inputs or Outputs. The bytes are views. */
export function readNamed(bytes: Uint8Array): Map<string, LiteralBytes> {
  const named = new Map<string, LiteralBytes>()
  for (const entry of listIn(bytes)) addEntry(named, entry)
  return named
}

/** Serialized Inputs or Outputs. */
export function writeNamed(values: Iterable<readonly [string, LiteralBytes]>): Uint8Array {
  const entries: Uint8Array[] = []
  for (const [key, literal] of values) entries.push(namedEntry(key, literal))
  return joined(entries)
}

/** One of the literals of serialized Inputs or Outputs, with what it needs to stand there. */
export function namedEntry(key: string, literal: LiteralBytes): Uint8Array {
  return fields([
    [
      only,
      fields([
        [name, encoder.encode(key)],
        [value, literal],
      ]),
    ],
  ])
}

export function joined(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** A literal that is a list of others. */
export function writeItems(items: ReadonlyArray<LiteralBytes>): LiteralBytes {
  return fields([[inLiteral.collection, fields(items.map((item) => [only, item] as const))]])
}

/** A literal that is a map of others, in their order. */
export function writeEntries(entries: Iterable<readonly [string, LiteralBytes]>): LiteralBytes {
  const map: (readonly [number, Uint8Array])[] = []
  for (const [key, literal] of entries) {
    const entry = fields([
      [name, encoder.encode(key)],
      [value, literal],
    ])
    map.push([only, entry])
  }
  return fields([[inLiteral.map, fields(map)]])
}

/** A literal of a union, of the variant whose serialized LiteralType is given. */
export function writeUnion(literal: LiteralBytes, variant: Uint8Array): LiteralBytes {
  const union = fields([
    [inUnion.value, literal],
    [inUnion.type, variant],
  ])
  return fields([[inLiteral.scalar, fields([[inScalar.union, union]])]])
}

/** The literal of nothing. */
export const noneBytes: LiteralBytes = fields([[inLiteral.scalar, fields([[inScalar.none, new Uint8Array()]])]])

/** The value itself, if the literal is that of a union. */
export function withoutUnion(literal: LiteralBytes): LiteralBytes {
  let current = literal
  for (;;) {
    const scalar = fieldOf(current, inLiteral.scalar)
    const union = scalar === undefined ? undefined : fieldOf(scalar, inScalar.union)
    if (union === undefined) return current
    current = fieldOf(union, inUnion.value) ?? noneBytes
  }
}

/** What a literal holds, unions unwrapped. */
export function contentOf(literal: LiteralBytes): LiteralContent {
  const plain = withoutUnion(literal)
  const reader = new BinaryReader(plain)
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag()
    if (wireType !== WireType.LengthDelimited) {
      reader.skip(wireType)
      continue
    }
    const body = reader.bytes()
    switch (no) {
      case inLiteral.collection:
        return { kind: 'items', items: listIn(body) }
      case inLiteral.map:
        return { kind: 'entries', entries: entriesIn(body) }
      case inLiteral.offloaded:
        return { kind: 'offloaded', uri: decoder.decode(fieldOf(body, only)) }
      case inLiteral.scalar:
        return { kind: fieldOf(body, inScalar.none) === undefined ? 'scalar' : 'none' }
    }
  }
  return { kind: 'none' }
}

/** The bytes of the repeated field 1. */
function listIn(bytes: Uint8Array): Uint8Array[] {
  const items: Uint8Array[] = []
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag()
    if (no === only && wireType === WireType.LengthDelimited) items.push(reader.bytes())
    else reader.skip(wireType, no)
  }
  return items
}

function entriesIn(bytes: Uint8Array): Map<string, LiteralBytes> {
  const entries = new Map<string, LiteralBytes>()
  for (const entry of listIn(bytes)) addEntry(entries, entry)
  return entries
}

function addEntry(entries: Map<string, LiteralBytes>, bytes: Uint8Array): void {
  let key = ''
  let literal: LiteralBytes = new Uint8Array()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag()
    if (no === name && wireType === WireType.LengthDelimited) key = decoder.decode(reader.bytes())
    else if (no === value && wireType === WireType.LengthDelimited) literal = reader.bytes()
    else reader.skip(wireType, no)
  }
  entries.set(key, literal)
}

/** The last one of that number counts, as everywhere. */
function fieldOf(bytes: Uint8Array, number: number): Uint8Array | undefined {
  let found: Uint8Array | undefined
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [no, wireType] = reader.tag()
    if (no === number && wireType === WireType.LengthDelimited) found = reader.bytes()
    else reader.skip(wireType, no)
  }
  return found
}

/** Length-delimited fields, of numbers below 16. */
function fields(parts: ReadonlyArray<readonly [number, Uint8Array]>): Uint8Array {
  let length = 0
  for (const [, body] of parts) length += 1 + varintLength(body.length) + body.length
  const bytes = new Uint8Array(length)
  let at = 0
  for (const [no, body] of parts) {
    bytes[at++] = (no << 3) | WireType.LengthDelimited
    at = writeVarint(bytes, at, body.length)
    bytes.set(body, at)
    at += body.length
  }
  return bytes
}

function varintLength(number: number): number {
  let length = 1
  for (let rest = number; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++
  return length
}

function writeVarint(bytes: Uint8Array, start: number, number: number): number {
  let at = start
  let rest = number
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80
  bytes[at++] = rest
  return at
}
