import { Buffer } from '#platform'
import { ByteWriter } from './byte-writer.ts'
import {
  writeArrayHead,
  writeBinary,
  writeExtension,
  writeInteger,
  writeMapHead,
  writeStringHead,
} from './msgpack-format.ts'

/**
 * One msgpack value in canonical form: each head as short as it can be, floats in 64 bits, and the entries of every map
 * in the order of their keys' bytes. Works on the bytes, since JavaScript values would not tell 1 from 1.0.
 *
 * Undefined when the bytes are not exactly one well-formed value.
 */
export function canonicalMsgpack(bytes: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const reader = new Transcoder(bytes)
  const out = new ByteWriter(bytes.length + 16)
  try {
    reader.value(out, 0)
    return reader.isAtEnd() ? out.bytes() : undefined
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) return undefined
    throw error
  }
}

class Malformed extends Error {}

// As deep as Python's packer goes; deeper values keep the bytes they came with.
const maxDepth = 511

const utf8 = new TextDecoder('utf-8', { fatal: true })

class Transcoder {
  private readonly bytes: Uint8Array
  private readonly input: DataView
  private position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  isAtEnd(): boolean {
    return this.position === this.bytes.length
  }

  value(out: ByteWriter, depth: number): void {
    if (depth > maxDepth) throw new Malformed('too deep')
    const code = this.unsigned(1)
    if (code < 0x80 || code >= 0xe0) return out.u8(code)
    if (code < 0x90) return this.map(out, code & 0x0f, depth)
    if (code < 0xa0) return this.array(out, code & 0x0f, depth)
    if (code < 0xc0) return this.text(out, code & 0x1f)
    this.wide(out, code, depth)
  }

  private wide(out: ByteWriter, code: number, depth: number): void {
    switch (code) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return out.u8(code)
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return writeBinary(out, this.slice(this.unsigned(1 << (code - 0xc4))))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.extension(out, this.unsigned(1 << (code - 0xc7)))
      case 0xca:
        return this.float(out, this.input.getFloat32(this.skip(4)))
      case 0xcb:
        return this.float(out, this.input.getFloat64(this.skip(8)))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return writeInteger(out, this.unsigned(1 << (code - 0xcc)))
      case 0xcf:
        return writeInteger(out, this.input.getBigUint64(this.skip(8)))
      case 0xd0:
        return writeInteger(out, this.input.getInt8(this.skip(1)))
      case 0xd1:
        return writeInteger(out, this.input.getInt16(this.skip(2)))
      case 0xd2:
        return writeInteger(out, this.input.getInt32(this.skip(4)))
      case 0xd3:
        return writeInteger(out, this.input.getBigInt64(this.skip(8)))
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.extension(out, 1 << (code - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(out, this.unsigned(1 << (code - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.array(out, this.unsigned(2 << (code - 0xdc)), depth)
      case 0xde:
      case 0xdf:
        return this.map(out, this.unsigned(2 << (code - 0xde)), depth)
      default:
        throw new Malformed(`code ${code}`)
    }
  }

  private float(out: ByteWriter, value: number): void {
    out.u8(0xcb)
    out.f64(value)
  }

  private text(out: ByteWriter, length: number): void {
    const text = this.slice(length)
    checkUtf8(text)
    writeStringHead(out, length)
    out.raw(text)
  }

  private extension(out: ByteWriter, length: number): void {
    const type = this.unsigned(1)
    writeExtension(out, type, this.slice(length))
  }

  private array(out: ByteWriter, length: number, depth: number): void {
    writeArrayHead(out, length)
    for (let i = 0; i < length; i++) this.value(out, depth + 1)
  }

  private map(out: ByteWriter, length: number, depth: number): void {
    // Every entry takes two bytes at least: a head that promises more is refused before memory is.
    if (length * 2 > this.bytes.length - this.position) throw new Malformed('short map')
    const values = new Map<string, Buffer>()
    for (let i = 0; i < length; i++) {
      const key = this.part(depth).toString('latin1')
      // Of two equal keys the last counts, as in a Python dict.
      values.set(key, this.part(depth))
    }
    writeMapHead(out, values.size)
    // Latin-1 text has one character per byte, so its order is the order of the bytes.
    for (const key of [...values.keys()].sort()) {
      out.raw(Buffer.from(key, 'latin1'))
      out.raw(values.get(key) as Buffer)
    }
  }

  private part(depth: number): Buffer {
    const out = new ByteWriter(64)
    this.value(out, depth + 1)
    return out.view()
  }

  private unsigned(width: number): number {
    const at = this.skip(width)
    if (width === 1) return this.input.getUint8(at)
    return width === 2 ? this.input.getUint16(at) : this.input.getUint32(at)
  }

  private slice(length: number): Uint8Array {
    const start = this.skip(length)
    return this.bytes.subarray(start, start + length)
  }

  private skip(length: number): number {
    const start = this.position
    this.position += length
    if (this.position > this.bytes.length) throw new Malformed('short')
    return start
  }
}

function checkUtf8(bytes: Uint8Array): void {
  try {
    utf8.decode(bytes)
  } catch (error) {
    throw new Malformed('not UTF-8', { cause: error })
  }
}
