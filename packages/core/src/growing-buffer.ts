import { Buffer } from '#platform'

const maxKeptBytes = 1024 * 1024

/** Bytes written one after the other into a buffer that grows, and may be used again. */
export class GrowingBuffer {
  protected buffer: Buffer
  protected position = 0

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

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.position)
    this.position += bytes.length
  }

  utf8(text: string): void {
    this.reserve(text.length * 3)
    this.position += this.buffer.write(text, this.position, 'utf8')
  }

  protected reserve(count: number): void {
    const needed = this.position + count
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }
}
