import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
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
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = randomBytes(keyBytes)
  writeFileSync(file, key, { mode: 0o600 })
  return key
}
