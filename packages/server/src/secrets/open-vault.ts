import { type Clock, systemClock } from '@tern/core'
import type { Logger } from 'pino'
import type { SecretsRepository } from '../store/secrets-repository.ts'
import { loadSecretKey } from './load-secret-key.ts'
import { SecretVault } from './secret-vault.ts'

export interface OpenVaultOptions {
  readonly dataDir: string
  /** File with the key; see ServerOptions. */
  readonly secretKeyFile?: string | undefined
  readonly secretKey?: string | undefined
  readonly clock?: Clock | undefined
  readonly logger: Logger
}

/**
 * The secrets of a store, and the key that opens them.
 *
 * Throws SecretKeyError when they cannot be opened.
 */
export async function openVault(repository: SecretsRepository, options: OpenVaultOptions): Promise<SecretVault> {
  const key = await loadSecretKey({
    dataDir: options.dataDir,
    file: options.secretKeyFile,
    text: options.secretKey ?? process.env['TERN_SECRET_KEY'],
    findOtherKey: (keyId) => repository.findOtherKey(keyId),
    logger: options.logger,
  })
  return new SecretVault({ repository, key, clock: options.clock ?? systemClock })
}
