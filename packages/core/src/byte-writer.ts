import { GrowingBuffer } from './growing-buffer.ts'

/** Writes numbers as msgpack and keys of caches have them: with the most significant byte first. */
export class ByteWriter extends GrowingBuffer {
  u8(value: number): void {
    this.reserve(1)
    this.buffer[this.position++] = value
  }

  u16(value: number): void {
    this.reserve(2)
    this.position = this.buffer.writeUInt16BE(value, this.position)
  }

  u32(value: number): void {
    this.reserve(4)
    this.position = this.buffer.writeUInt32BE(value, this.position)
  }

  u64(value: bigint): void {
    this.reserve(8)
    this.position = this.buffer.writeBigUInt64BE(value, this.position)
  }

  i64(value: bigint): void {
    this.reserve(8)
    this.position = this.buffer.writeBigInt64BE(value, this.position)
  }

  f64(value: number): void {
    this.reserve(8)
    this.position = this.buffer.writeDoubleBE(value, this.position)
  }

  f64le(value: number): void {
    this.reserve(8)
    this.position = this.buffer.writeDoubleLE(value, this.position)
  }
}
