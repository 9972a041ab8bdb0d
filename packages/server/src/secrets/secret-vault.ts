import { type Clock, FailedPreconditionError, InternalError } from '@tern/core'
import type {
  SealedSecret,
  SecretKey as SecretName,
  SecretScope,
  SecretsRepository,
} from '../store/secrets-repository.ts'
import type { SecretKey } from './secret-key.ts'

export interface SecretVaultParts {
  readonly repository: SecretsRepository
  readonly key: SecretKey
  readonly clock: Clock
}

/** A secret's value, on its way in. */
export interface NewSecret extends SecretName {
  /** flyteidl2.secret.SecretType */
  readonly type: number
  readonly value: Uint8Array
}

/** The values of secrets: sealed before they are stored, opened for tasks only. */
export class SecretVault {
  readonly #parts: SecretVaultParts
  /** Lookups under way: the many actions of a fan-out ask for the same secrets at once. */
  readonly #lookups = new Map<string, Promise<ReadonlyMap<string, Uint8Array>>>()

  constructor(parts: SecretVaultParts) {
    this.#parts = parts
  }

  /** Tells the key that the secrets are sealed with from others, and nothing else about it. */
  get keyId(): string {
    return this.#parts.key.id
  }

  /** False when the scope has a secret of that name. */
  async create(secret: NewSecret): Promise<boolean> {
    return this.#parts.repository.create(await this.#seal(secret), this.#parts.clock.now())
  }

  /** False when there is no such secret. */
  async replace(secret: NewSecret): Promise<boolean> {
    return this.#parts.repository.replace(await this.#seal(secret), this.#parts.clock.now())
  }

  /**
   * The values of secrets as a project in a domain sees them: its own comes before the domain's, and that before the one
   * of all. Those that there are none of are missing.
   */
  values(scope: SecretScope, names: ReadonlyArray<string>): Promise<ReadonlyMap<string, Uint8Array>> {
    const id = JSON.stringify([scope.domain, scope.project, ...names])
    const known = this.#lookups.get(id)
    if (known !== undefined) return known
    const lookup = this.#lookUp(scope, names).finally(() => this.#lookups.delete(id))
    this.#lookups.set(id, lookup)
    return lookup
  }

  async #lookUp(scope: SecretScope, names: ReadonlyArray<string>): Promise<ReadonlyMap<string, Uint8Array>> {
    const narrowest = new Map<string, SealedSecret>()
    for (const secret of await this.#parts.repository.visible(scope, names)) {
      const before = narrowest.get(secret.name)
      if (before === undefined || breadth(secret) < breadth(before)) narrowest.set(secret.name, secret)
    }
    return new Map([...narrowest].map(([name, secret]) => [name, this.#open(secret)]))
  }

  async #seal({ value, ...secret }: NewSecret): Promise<SealedSecret> {
    const { key, repository } = this.#parts
    // Several servers on one database need the same key: one with another would store what those cannot open.
    const other = await repository.findOtherKey(key.id)
    if (other !== undefined) {
      throw new FailedPreconditionError(
        `the secrets of this database are encrypted with key ${other}, not with ${key.id}`,
        {
          hint: 'Start all servers of a database with the same key.',
        },
      )
    }
    return { ...secret, keyId: key.id, sealedValue: key.seal(value, ownerOf(secret)) }
  }

  #open(secret: SealedSecret): Uint8Array {
    const { key } = this.#parts
    try {
      return key.open(secret.sealedValue, ownerOf(secret))
    } catch (cause) {
      const problem = secret.keyId === key.id ? 'was changed in the database' : `is encrypted with key ${secret.keyId}`
      throw new InternalError(`the secret ${JSON.stringify(secret.name)} cannot be opened: it ${problem}`, { cause })
    }
  }
}

// A sealed value that is moved to another name or scope does not open there.
function ownerOf({ domain, project, name, type }: Omit<NewSecret, 'value'>): string {
  return JSON.stringify([domain, project, name, type])
}

function breadth({ domain, project }: SecretScope): number {
  return project !== '' ? 0 : domain !== '' ? 1 : 2
}
