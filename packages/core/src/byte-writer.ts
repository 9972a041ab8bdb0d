import { Buffer } from '#platform'
const maxKeptBytes = 1024 * 1024

/** Bytes written one after the other into a buffer that grows. */
export class ByteWriter {
  private buffer: Buffer
  private position = 0

  constructor(initialBytes = 256) {
    this.buffer = Buffer.allocUnsafe(initialBytes)
  }

  get length(): number {
    return this.position
  }

  /** Starts over. The memory of a large value is not held on to. */
  reset(): void {
    this.position = 0
    if (this.buffer.length > maxKeptBytes) this.buffer = Buffer.allocUnsafe(256)
  }

  /** The bytes so far, not copied: valid until the next write. */
  view(): Buffer {
    return this.buffer.subarray(0, this.position)
  }

  /** A copy of the bytes so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view())
  }

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

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.position)
    this.position += bytes.length
  }

  utf8(text: string): void {
    this.reserve(text.length * 3)
    this.position += this.buffer.write(text, this.position, 'utf8')
  }

  private reserve(count: number): void {
    const needed = this.position + count
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }
}
