import { Decoder } from '@msgpack/msgpack'
import { ByteWriter } from './byte-writer.ts'
import { DataValidationError } from './errors.ts'
import { writeArrayHead, writeBinary, writeInteger, writeMapHead, writeString } from './msgpack-format.ts'

/** A number that is written as a float although it is whole, because its schema says so. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

// As deep as Python's packer goes.
const maxDepth = 511

const decoder = new Decoder({ useBigInt64: true, mapKeyConverter: keyText })

/**
 * Writes a value as Python's msgpack does by default: integers in their shortest form, other numbers as float64, text
 * as str, bytes as bin, no extension types. Properties that are undefined are left out; a `Date` becomes ISO text.
 *
 * @throws DataValidationError for what has no msgpack form: functions, symbols, integers beyond 64 bits, cycles
 */
export function encodeMsgpack(value: unknown): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter()
  write(out, value, 0)
  return out.bytes()
}

/**
 * Reads msgpack. Integers outside the safe range become bigints; map keys become text.
 *
 * @throws DataValidationError when the bytes are not one msgpack value
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  try {
    return narrow(decoder.decode(bytes))
  } catch (error) {
    if (error instanceof DataValidationError) throw error
    throw new DataValidationError(`not msgpack: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function write(out: ByteWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      return writeString(out, value)
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? writeInteger(out, value) : writeFloat(out, value)
    case 'boolean':
      return out.u8(value ? 0xc3 : 0xc2)
    case 'bigint':
      return writeBigInt(out, value)
    case 'undefined':
      return out.u8(0xc0)
    case 'object':
      return value === null ? out.u8(0xc0) : writeObject(out, value, depth)
    default:
      throw new DataValidationError(`a ${typeof value} cannot be a value`)
  }
}

function writeObject(out: ByteWriter, value: object, depth: number): void {
  if (depth >= maxDepth)
    throw new DataValidationError(`the value is nested deeper than ${maxDepth} levels, or contains itself`)
  if (value instanceof Float) return writeFloat(out, value.value)
  if (value instanceof Uint8Array) return writeBinary(out, value)
  if (value instanceof Date) return writeString(out, value.toISOString())
  if (Array.isArray(value)) {
    writeArrayHead(out, value.length)
    for (const item of value) write(out, item, depth + 1)
    return
  }
  if (value instanceof Map) {
    writeMapHead(out, value.size)
    for (const [key, item] of value) {
      write(out, key, depth + 1)
      write(out, item, depth + 1)
    }
    return
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  writeMapHead(out, entries.length)
  for (const [key, item] of entries) {
    writeString(out, key)
    write(out, item, depth + 1)
  }
}

function writeFloat(out: ByteWriter, value: number): void {
  out.u8(0xcb)
  out.f64(value)
}

function writeBigInt(out: ByteWriter, value: bigint): void {
  if (value < -0x8000_0000_0000_0000n || value > 0xffff_ffff_ffff_ffffn) {
    throw new DataValidationError(`the integer ${value} does not fit 64 bits`)
  }
  writeInteger(out, value)
}

function narrow(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  const container = value as Record<string, unknown>
  for (const key of Object.keys(container)) {
    const item = container[key]
    if (typeof item === 'bigint' || typeof item === 'object') container[key] = narrow(item)
  }
  return value
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean' || key === null) return String(key)
  throw new DataValidationError('a map key is neither text nor a number')
}
