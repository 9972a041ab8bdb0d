import { Buffer } from '#platform'
import type { Literal } from '@tern/idl/core'
import type { ByteWriter } from './byte-writer.ts'

// A literal with a primitive is three messages, each the first field of the one around it.
const firstField = 0x0a
const integerField = 0x08
const floatField = 0x11
const stringField = 0x1a
const booleanField = 0x20

/**
 * Writes a literal that holds a number, text or boolean and nothing else, as protobuf would. Most inputs are of this kind,
 * and this takes a tenth of the time of the general way.
 *
 * @returns false, with nothing written, for any other literal
 */
export function writePrimitiveLiteral(out: ByteWriter, literal: Literal): boolean {
  if (literal.value.case !== 'scalar' || !isBare(literal)) return false
  const scalar = literal.value.value
  if (scalar.value.case !== 'primitive' || scalar.$unknown !== undefined) return false
  const { value: primitive, $unknown } = scalar.value.value
  if ($unknown !== undefined) return false
  switch (primitive.case) {
    case 'integer':
      writeHeads(out, 1 + varintSize(primitive.value))
      out.u8(integerField)
      writeVarint(out, primitive.value)
      return true
    case 'floatValue':
      writeHeads(out, 9)
      out.u8(floatField)
      out.f64le(primitive.value)
      return true
    case 'boolean':
      writeHeads(out, 2)
      out.u8(booleanField)
      out.u8(primitive.value ? 1 : 0)
      return true
    case 'stringValue':
      writeText(out, primitive.value)
      return true
    default:
      return false
  }
}

function isBare(literal: Literal): boolean {
  if (literal.hash !== '' || literal.artifactId !== undefined || literal.$unknown !== undefined) return false
  for (const _ in literal.metadata) return false
  return true
}

function writeText(out: ByteWriter, text: string): void {
  const length = Buffer.byteLength(text)
  writeHeads(out, 1 + lengthSize(length) + length)
  out.u8(stringField)
  writeLength(out, length)
  out.utf8(text)
}

/** The heads of literal and scalar around a primitive of some length. */
function writeHeads(out: ByteWriter, length: number): void {
  const scalarLength = 1 + lengthSize(length) + length
  out.u8(firstField)
  writeLength(out, scalarLength)
  out.u8(firstField)
  writeLength(out, length)
}

function lengthSize(length: number): number {
  let size = 1
  for (let rest = length; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

function writeLength(out: ByteWriter, length: number): void {
  let rest = length
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.u8((rest % 0x80) | 0x80)
  out.u8(rest)
}

function varintSize(value: bigint): number {
  const number = Number(value)
  if (number >= 0 && Number.isSafeInteger(number)) return lengthSize(number)
  return Math.ceil(BigInt.asUintN(64, value).toString(2).length / 7)
}

function writeVarint(out: ByteWriter, value: bigint): void {
  const number = Number(value)
  if (number >= 0 && Number.isSafeInteger(number)) return writeLength(out, number)
  let rest = BigInt.asUintN(64, value)
  for (; rest >= 0x80n; rest >>= 7n) out.u8(Number(rest & 0x7fn) | 0x80)
  out.u8(Number(rest))
}
