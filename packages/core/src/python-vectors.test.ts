import { readFileSync } from 'node:fs'
import type { DescMessage } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import { LiteralSchema, LiteralTypeSchema, TypedInterfaceSchema } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { toBinaryDeterministic } from './deterministic.ts'
import { interfaceHash, literalRepresentation, subActionName } from './hashing.ts'
import { encodeMsgpack } from './msgpack.ts'
import { parseJsonExactly } from './parse-text.ts'

interface Vectors {
  packed: [json: string, hex: string][]
  packedBytes: [bytes: string, hex: string][]
  literals: [hex: string, deterministic: string, representation: string][]
  types: [hex: string, deterministic: string][]
  interfaces: [hex: string, hash: string][]
  names: { parts: [parent: string, inputs: string, task: string, seq: number, group: string]; name: string }[]
}

// Made by test-data/make-vectors.py with Python's protobuf and msgpack.
const vectors = JSON.parse(
  readFileSync(new URL('../test-data/python-vectors.json', import.meta.url), 'utf8'),
) as Vectors

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

function deterministic(schema: DescMessage, data: string): string {
  return hex(toBinaryDeterministic(schema, fromBinary(schema, bytes(data))))
}

describe('what Python makes of the same values', () => {
  test('msgpack of JSON values', () => {
    for (const [json, packed] of vectors.packed)
      expect([json, hex(encodeMsgpack(parseJsonExactly(json)))]).toEqual([json, packed])
  })

  test('msgpack of bytes', () => {
    for (const [data, packed] of vectors.packedBytes) expect(hex(encodeMsgpack(bytes(data)))).toBe(packed)
  })

  test('deterministic bytes of literals', () => {
    for (const [data, expected] of vectors.literals) expect(deterministic(LiteralSchema, data)).toBe(expected)
  })

  test('deterministic bytes of types, with their schemas', () => {
    for (const [data, expected] of vectors.types) expect(deterministic(LiteralTypeSchema, data)).toBe(expected)
  })

  test('representations of literals in hashes', () => {
    for (const [data, , expected] of vectors.literals) {
      expect(hex(literalRepresentation(fromBinary(LiteralSchema, bytes(data))))).toBe(expected)
    }
  })

  test('hashes of interfaces', () => {
    for (const [data, expected] of vectors.interfaces) {
      expect(interfaceHash(fromBinary(TypedInterfaceSchema, bytes(data)))).toBe(expected)
    }
  })

  test('names of child actions', () => {
    for (const { parts, name } of vectors.names) {
      const [parent, inputsHash, taskIdentity, seq, group] = parts
      expect(subActionName({ parent, inputsHash, taskIdentity, seq, group })).toBe(name)
    }
  })
})
