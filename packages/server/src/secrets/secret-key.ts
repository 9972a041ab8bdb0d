import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** Bytes of a key: 32. */
export const secretKeyBytes = 32

/** Seals secrets with AES-256-GCM and opens them again. */
export class SecretKey {
  readonly #key: Uint8Array
  /** Tells this key from others, and nothing else about it. */
  readonly id: string

  constructor(key: Uint8Array) {
    if (key.length !== secretKeyBytes) throw new TypeError(`a key has ${secretKeyBytes} bytes, not ${key.length}`)
    this.#key = key
    this.id = createHmac('sha256', key).update('tern secret key').digest('hex').slice(0, 16)
  }

  /** @param owner what the value belongs to: it opens for nothing else */
  seal(value: Uint8Array, owner: string): Uint8Array {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(owner))
    return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()])
  }

  /** Throws an error for what another key sealed, or for another owner, and for what has been changed since. */
  open(sealed: Uint8Array, owner: string): Uint8Array {
    const nonce = sealed.subarray(0, nonceBytes)
    const decipher = createDecipheriv(algorithm, this.#key, nonce, { authTagLength: tagBytes })
    decipher.setAAD(Buffer.from(owner)).setAuthTag(sealed.subarray(-tagBytes))
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  }
}
