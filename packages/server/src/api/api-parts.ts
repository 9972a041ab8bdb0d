import type { Clock } from '@tern/core'
import type { Storage } from '@tern/core/storage'
import type { Logger } from 'pino'
import type { Engine } from '../engine/model.ts'
import type { Images } from '../images/images.ts'
import type { Mailer } from '../notifications/mailer.ts'
import type { SecretVault } from '../secrets/secret-vault.ts'
import type { ServerStatus } from '../status/server-status.ts'
import type { Repositories } from '../store/repositories.ts'
import { defaultDomains } from '../projects/domains.ts'
import type { WebAccessOptions } from './transport/web-access.ts'

/** What the API stands on. */
export interface ApiParts {
  readonly engine: Engine
  readonly repositories: Repositories
  readonly vault: SecretVault
  readonly images: Images
  readonly storage: Storage
  /** Sends emails; absent where there is no mail server. */
  readonly mailer?: Mailer | undefined
  readonly status: ServerStatus
  readonly clock: Clock
  readonly logger: Logger
  readonly config: ApiConfig
  /** Asked by `/readyz`, in order; the first that rejects makes the server unready, with its error's message. */
  readonly readiness?: ReadonlyArray<() => Promise<void>>
}

export interface ApiConfig extends WebAccessOptions {
  /** Put where a client sends no organisation, and into every identifier that is answered. Defaults to `tern`. */
  readonly org: string
  /** Domains of every project. Defaults to development, staging and production. */
  readonly domains: ReadonlyArray<string>
  /** Largest request message, in bytes, compressed or not. Defaults to 16 MiB. */
  readonly maxRequestBytes: number
  /** Largest file that clients may upload, in bytes. Defaults to 100 MiB. */
  readonly maxUploadBytes: number
  /** Longest time that an upload or download link stays good, in milliseconds. Defaults to one hour. */
  readonly maxLinkMs: number
  /** Inputs up to this size, in bytes, are kept with their action; larger ones go to storage. Defaults to 64 KiB. */
  readonly maxInlineBytes: number
  /** Signs upload and download links. Links of another key are refused. */
  readonly signingKey: Uint8Array
  /**
   * Whether to believe who a caller says to be in forwarded headers or an unverified token. It is used to show who did
   * what, never to decide what somebody may do.
   *
   * Defaults to true.
   */
  readonly trustForwardedIdentity: boolean
  /** How often a stream without news says that it is still there, in milliseconds. Defaults to 20 seconds. */
  readonly keepAliveMs: number
}

export function defaultApiConfig(signingKey: Uint8Array): ApiConfig {
  return {
    org: 'tern',
    domains: defaultDomains,
    maxRequestBytes: 16 * 1024 * 1024,
    maxUploadBytes: 100 * 1024 * 1024,
    maxLinkMs: 60 * 60 * 1000,
    maxInlineBytes: 64 * 1024,
    signingKey,
    trustForwardedIdentity: true,
    keepAliveMs: 20_000,
    allowedOrigins: [],
    isLocalOnly: false,
  }
}
