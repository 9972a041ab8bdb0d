import { GrowingBuffer } from '@tern/core'

/** Writes protobuf's wire format into a buffer that is kept and used again. */
export class WireWriter extends GrowingBuffer {
  byte(value: number): void {
    this.reserve(1)
    this.buffer[this.position++] = value
  }

  /** A whole number of 0 or more, up to 2^53. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.buffer[this.position++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.buffer[this.position++] = rest
  }

  /** A whole number in the safe range, as protobuf's int64 has it: negative ones take ten bytes. */
  int64(value: number): void {
    if (value >= 0) {
      this.varint(value)
      return
    }
    this.reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest >= 0x80n) {
      this.buffer[this.position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.buffer[this.position++] = Number(rest)
  }

  double(value: number): void {
    this.reserve(8)
    this.position = this.buffer.writeDoubleLE(value, this.position)
  }
}

/** Reads protobuf's wire format. */
export class WireReader {
  position = 0
  private readonly buffer: Buffer

  constructor(bytes: Uint8Array) {
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.position >= this.buffer.length
  }

  /** A number of 0 or more. Above 2^53 it is not exact. */
  varint(): number {
    const first = this.next()
    if (first < 0x80) return first
    let result = first & 0x7f
    for (let scale = 0x80; ; scale *= 0x80) {
      const byte = this.next()
      result += (byte & 0x7f) * scale
      if (byte < 0x80) return result
    }
  }

  /** Protobuf's int64, or undefined when it is outside the safe range. */
  int64(): number | undefined {
    const start = this.position
    const value = this.varint()
    if (value <= Number.MAX_SAFE_INTEGER) return value
    this.position = start
    const exact = Number(this.bigVarint())
    return Number.isSafeInteger(exact) ? exact : undefined
  }

  double(): number {
    const value = this.buffer.readDoubleLE(this.position)
    this.position += 8
    return value
  }

  string(): string {
    const length = this.varint()
    const start = this.position
    this.position += length
    return this.buffer.toString('utf8', start, this.position)
  }

  /** Passes over a text if it has these bytes. */
  isNext(expected: Uint8Array): boolean {
    const start = this.position
    const length = this.varint()
    if (length === expected.length) {
      let i = 0
      while (i < length && this.buffer[this.position + i] === expected[i]) i++
      if (i === length) {
        this.position += length
        return true
      }
    }
    this.position = start
    return false
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    const length = this.varint()
    const start = this.position
    this.position += length
    return this.buffer.subarray(start, start + length)
  }

  slice(start: number, end: number): Uint8Array {
    return this.buffer.subarray(start, end)
  }

  /** Passes over the value of a field. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.bigVarint()
        break
      case 1:
        this.position += 8
        break
      case 2: {
        const length = this.varint()
        this.position += length
        break
      }
      case 5:
        this.position += 4
        break
      default:
        throw new RangeError(`wire type ${tag & 7} is not supported`)
    }
  }

  private bigVarint(): bigint {
    let result = 0n
    let shift = 0n
    for (;;) {
      const byte = this.next()
      result |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asIntN(64, result)
      shift += 7n
    }
  }

  private next(): number {
    const byte = this.buffer[this.position++]
    if (byte === undefined) throw new RangeError('the message ends in the middle of a field')
    return byte
  }
}
