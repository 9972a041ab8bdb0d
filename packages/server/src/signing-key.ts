import { createHash, randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const keyBytes = 32

/**
 * The key that signs a data folder's upload and download links, made at first use. It stays with the folder, so that
 * links outlive a restart; only its owner may read it.
 */
export function loadSigningKey(dataDir: string): Uint8Array {
  const file = join(dataDir, 'signing.key')
  try {
    const key = readFileSync(file)
    if (key.length === keyBytes) return key
    rmSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  return writeKey(file)
}

/** Tells keys apart, and nothing about them. */
export function fingerprintOf(key: Uint8Array): string {
  return createHash('sha256').update('fingerprint of a signing key').update(key).digest('hex').slice(0, 16)
}

/** Of servers that share the folder and start together one writes its key, and all have that one. */
function writeKey(file: string): Uint8Array {
  const key = randomBytes(keyBytes)
  const own = `${file}.${process.pid}`
  writeFileSync(own, key, { mode: 0o600 })
  try {
    linkSync(own, file)
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFileSync(file)
  } finally {
    rmSync(own)
  }
}
