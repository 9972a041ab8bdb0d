import { randomBytes } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TernError } from '@tern/core'
import type { Logger } from 'pino'
import { SecretKey, secretKeyBytes } from './secret-key.ts'

export interface SecretKeyOptions {
  readonly dataDir: string
  /** File with the key. Defaults to `secrets.key` in the data folder, which is made when it is needed. */
  readonly file?: string | undefined
  /** The key itself, as TERN_SECRET_KEY has it: 32 bytes in base64 or hexadecimal. Comes before any file. */
  readonly text?: string | undefined
  /** A key that stored secrets are sealed with; undefined when there are none. */
  readonly findOtherKey: (keyId: string) => Promise<string | undefined>
  readonly logger: Logger
}

/** The key for secrets cannot be used: it is no key, cannot be read, or is not the one that the secrets are sealed with. */
export class SecretKeyError extends TernError {
  override readonly name = 'SecretKeyError'
  readonly code = 'secret_key'
  readonly connectCode = 'failed_precondition'
}

/**
 * The key that secrets are encrypted with. One is made where there is none and no secret that needs it.
 *
 * Throws SecretKeyError.
 */
export async function loadSecretKey(options: SecretKeyOptions): Promise<SecretKey> {
  const found = findKey(options)
  const other = await options.findOtherKey(found.key?.id ?? '')
  if (other !== undefined) throw wrongKey(found, other)
  return found.key ?? makeKey(found.source, options.logger)
}

interface FoundKey {
  /** Where it is, or would be. */
  readonly source: string
  readonly key?: SecretKey
}

function findKey({ dataDir, file, text, logger }: SecretKeyOptions): FoundKey {
  if (text !== undefined && text !== '') {
    return { source: 'TERN_SECRET_KEY', key: parseKey(Buffer.from(text.trim()), 'TERN_SECRET_KEY') }
  }
  const source = file ?? join(dataDir, 'secrets.key')
  const bytes = readKey(source)
  if (bytes === undefined) {
    if (file === undefined) return { source }
    throw new SecretKeyError(`the key file ${file} does not exist`, {
      hint: `Make one with: (umask 077; openssl rand -base64 32 > ${file})`,
    })
  }
  warnIfShared(source, logger)
  return { source, key: parseKey(bytes, source) }
}

function readKey(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new SecretKeyError(`the key file ${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function warnIfShared(file: string, logger: Logger): void {
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) === 0 || process.platform === 'win32') return
  logger.warn({ file, mode: mode.toString(8) }, 'others than its owner can read the key for secrets: chmod 600')
}

function parseKey(bytes: Buffer, source: string): SecretKey {
  if (bytes.length === secretKeyBytes) return new SecretKey(bytes)
  const text = bytes.toString('latin1').trim()
  if (/^[0-9a-f]{64}$/i.test(text)) return new SecretKey(Buffer.from(text, 'hex'))
  if (/^[\w+/-]{43}=?$/.test(text)) return new SecretKey(Buffer.from(text, 'base64'))
  throw new SecretKeyError(`${source} does not hold a key`, {
    hint: 'A key is 32 random bytes, in base64 or hexadecimal: openssl rand -base64 32',
  })
}

function makeKey(file: string, logger: Logger): SecretKey {
  const key = randomBytes(secretKeyBytes)
  try {
    writeFileSync(file, `${key.toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
    return new SecretKey(key)
  } catch (error) {
    // Another server on the same folder was quicker: its key is the one.
    const bytes = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKey(file) : undefined
    if (bytes !== undefined) return parseKey(bytes, file)
    logger.error({ err: error, file }, 'the key for secrets cannot be written')
    throw new SecretKeyError(`the key file ${file} cannot be written: ${(error as Error).message}`, { cause: error })
  }
}

function wrongKey({ source, key }: FoundKey, other: string): SecretKeyError {
  const problem =
    key === undefined
      ? `secrets are stored that were encrypted with key ${other}, and ${source} does not exist`
      : `secrets are stored that were encrypted with key ${other}, and ${source} holds key ${key.id}`
  return new SecretKeyError(problem, {
    hint: 'Start the server with the key that they were stored with: TERN_SECRET_KEY, or the file of that key.',
  })
}
