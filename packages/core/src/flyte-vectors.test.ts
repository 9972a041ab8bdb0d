import { readFileSync } from 'node:fs'
import type { JsonValue } from '@bufbuild/protobuf'
import { fromBinary } from '@bufbuild/protobuf'
import { LiteralSchema, LiteralTypeSchema } from '@tern/idl/core'
import { describe, expect, test } from 'vitest'
import { checkLiteral } from './check-literal.ts'
import { toBinaryDeterministic } from './deterministic.ts'
import { fromLiteral } from './from-literal.ts'
import { literalRepresentation } from './hashing.ts'
import { literalToJson } from './literal-json.ts'
import { jsonToLiteral, toLiteral } from './to-literal.ts'

interface Vector {
  name: string
  type: string
  literal: string
  json: JsonValue
}

// Made by test-data/make-flyte-vectors.py with the Python SDK.
const vectors = JSON.parse(
  readFileSync(new URL('../test-data/flyte-vectors.json', import.meta.url), 'utf8'),
) as Vector[]

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe.each(vectors)('the Python SDK, $name', (vector) => {
  const type = fromBinary(LiteralTypeSchema, bytes(vector.type))
  const literal = fromBinary(LiteralSchema, bytes(vector.literal))

  test('is read', () => {
    checkLiteral(literal, type)
    const json = literalToJson(literal, type)
    const uri = typeof json === 'object' && json !== null && 'uri' in json ? json.uri : json
    expect(uri).toEqual(vector.json)
  })

  test('is written the same from JSON', () => {
    const written = jsonToLiteral(vector.json, type)
    expect(hex(literalRepresentation(written))).toBe(hex(literalRepresentation(literal)))
    expect(hex(toBinaryDeterministic(LiteralSchema, written))).toBe(vector.literal)
  })

  test('is written the same from the value that was read', () => {
    const written = toLiteral(fromLiteral(literal, type), type)
    expect(hex(toBinaryDeterministic(LiteralSchema, written))).toBe(vector.literal)
  })
})
