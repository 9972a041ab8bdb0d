import { Buffer } from '#platform'
import type { ByteWriter } from './byte-writer.ts'

// The heads of msgpack values, always the shortest that fits, which is what makes encodings comparable as bytes.

/** Writes an integer that fits 64 bits. */
export function writeInteger(out: ByteWriter, value: number | bigint): void {
  if (value >= 0) return writeUnsigned(out, value)
  if (value >= -0x20) return out.u8(Number(value) & 0xff)
  if (value >= -0x80) {
    out.u8(0xd0)
    return out.u8(Number(value) & 0xff)
  }
  if (value >= -0x8000) {
    out.u8(0xd1)
    return out.u16(Number(value) & 0xffff)
  }
  if (value >= -0x8000_0000) {
    out.u8(0xd2)
    return out.u32(Number(value) >>> 0)
  }
  out.u8(0xd3)
  out.i64(BigInt(value))
}

function writeUnsigned(out: ByteWriter, value: number | bigint): void {
  if (value < 0x80) return out.u8(Number(value))
  if (value < 0x100) {
    out.u8(0xcc)
    return out.u8(Number(value))
  }
  if (value < 0x1_0000) {
    out.u8(0xcd)
    return out.u16(Number(value))
  }
  if (value < 0x1_0000_0000) {
    out.u8(0xce)
    return out.u32(Number(value))
  }
  out.u8(0xcf)
  out.u64(BigInt(value))
}

export function writeString(out: ByteWriter, text: string): void {
  writeStringHead(out, Buffer.byteLength(text))
  out.utf8(text)
}

export function writeStringHead(out: ByteWriter, length: number): void {
  if (length < 0x20) return out.u8(0xa0 | length)
  writeLength(out, 0xd9, length)
}

export function writeBinary(out: ByteWriter, bytes: Uint8Array): void {
  writeLength(out, 0xc4, bytes.length)
  out.raw(bytes)
}

export function writeArrayHead(out: ByteWriter, length: number): void {
  if (length < 0x10) return out.u8(0x90 | length)
  writeWideLength(out, 0xdc, length)
}

export function writeMapHead(out: ByteWriter, length: number): void {
  if (length < 0x10) return out.u8(0x80 | length)
  writeWideLength(out, 0xde, length)
}

export function writeExtension(out: ByteWriter, type: number, data: Uint8Array): void {
  const fixed = [1, 2, 4, 8, 16].indexOf(data.length)
  if (fixed >= 0) out.u8(0xd4 + fixed)
  else writeLength(out, 0xc7, data.length)
  out.u8(type & 0xff)
  out.raw(data)
}

// Three codes in a row: length of 8, 16, 32 bits.
function writeLength(out: ByteWriter, code: number, length: number): void {
  if (length < 0x100) {
    out.u8(code)
    return out.u8(length)
  }
  writeWideLength(out, code + 1, length)
}

function writeWideLength(out: ByteWriter, code: number, length: number): void {
  if (length < 0x1_0000) {
    out.u8(code)
    return out.u16(length)
  }
  out.u8(code + 1)
  out.u32(length)
}
