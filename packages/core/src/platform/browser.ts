import type { hash as nodeHash } from 'node:crypto'
import { UnimplementedError } from '../errors.ts'

// What the modules of this package use of Node's, for browsers, in which clients run.

const encoder = new TextEncoder()
const decoder = new TextDecoder()

type Encoding = 'utf8' | 'latin1' | 'base64' | 'hex'

/** Bytes that can be written and read as Node's can. */
class Bytes extends Uint8Array {
  static allocUnsafe(length: number): Bytes {
    return new Bytes(length)
  }

  static override from(source: unknown, encoding?: unknown): Bytes {
    if (typeof source === 'string') return new Bytes(decode(source, (encoding ?? 'utf8') as Encoding))
    if (source instanceof ArrayBuffer) return new Bytes(source)
    return new Bytes(source as Uint8Array)
  }

  static byteLength(text: string): number {
    return encoder.encode(text).length
  }

  static compare(a: Uint8Array, b: Uint8Array): number {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const difference = (a[i] ?? 0) - (b[i] ?? 0)
      if (difference !== 0) return Math.sign(difference)
    }
    return Math.sign(a.length - b.length)
  }

  write(text: string, position: number): number {
    return encoder.encodeInto(text, this.subarray(position)).written
  }

  copy(target: Uint8Array, at: number, start: number, end: number): void {
    target.set(this.subarray(start, end), at)
  }

  writeUInt16BE(value: number, at: number): number {
    this.#view.setUint16(at, value)
    return at + 2
  }

  writeUInt32BE(value: number, at: number): number {
    this.#view.setUint32(at, value)
    return at + 4
  }

  writeBigUInt64BE(value: bigint, at: number): number {
    this.#view.setBigUint64(at, value)
    return at + 8
  }

  writeBigInt64BE(value: bigint, at: number): number {
    this.#view.setBigInt64(at, value)
    return at + 8
  }

  writeDoubleBE(value: number, at: number): number {
    this.#view.setFloat64(at, value)
    return at + 8
  }

  writeDoubleLE(value: number, at: number): number {
    this.#view.setFloat64(at, value, true)
    return at + 8
  }

  override toString(encoding: Encoding = 'utf8'): string {
    if (encoding === 'utf8') return decoder.decode(this)
    if (encoding === 'hex') return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const text = Array.from(this, (byte) => String.fromCharCode(byte)).join('')
    return encoding === 'base64' ? btoa(text) : text
  }

  get #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength)
  }
}

function decode(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf8') return encoder.encode(text)
  if (encoding === 'hex') return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  const characters = encoding === 'base64' ? atob(text) : text
  return Uint8Array.from(characters, (character) => character.charCodeAt(0))
}

const bytes = Bytes as unknown as typeof globalThis.Buffer
export { bytes as Buffer }

/** A whole number from 0 to below `bound`, of the browser's secure generator. */
export function randomInt(bound: number): number {
  // What does not divide evenly is drawn again.
  const limit = 2 ** 32 - (2 ** 32 % bound)
  for (;;) {
    const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1))
    if (drawn < limit) return drawn % bound
  }
}

/** Names of actions and keys of caches are made where tasks run. */
export const hash: typeof nodeHash = () => {
  throw new UnimplementedError('hashes are made where tasks run, which is not in a browser')
}
