import { AlreadyExistsError, InvalidArgumentError, NotFoundError } from '@tern/core'
import type { ListRequest } from '@tern/idl/common'
import type { Projects } from '../projects/projects.ts'
import type { Page } from '../store/list-query.ts'
import type { SecretKey, SecretScope, SecretsRepository, StoredSecret } from '../store/secrets-repository.ts'
import type { NewSecret, SecretVault } from './secret-vault.ts'

const namePattern = /^[-a-zA-Z0-9_]+$/
const maxNameLength = 253
// What fits into an environment variable, on every system, with room for others.
const maxValueBytes = 64 * 1024

export interface SecretsParts {
  readonly vault: SecretVault
  readonly repository: SecretsRepository
  readonly projects: Projects
}

/** Secrets by name. Their values go in and are handed to tasks, and are shown to nobody. */
export class Secrets {
  readonly #parts: SecretsParts

  constructor(parts: SecretsParts) {
    this.#parts = parts
  }

  /**
   * Throws AlreadyExistsError when the scope has a secret of that name, InvalidArgumentError for a name, scope or value
   * that cannot be, NotFoundError for an unknown project or domain.
   */
  async create(secret: NewSecret): Promise<void> {
    await this.#check(secret)
    if (!(await this.#parts.vault.create(secret))) {
      throw new AlreadyExistsError(`there is a secret ${quoted(secret.name)} ${inWords(secret)} already`, {
        hint: 'Update it, or delete it first.',
      })
    }
  }

  /** Replaces the value. Throws NotFoundError, and InvalidArgumentError for a value that cannot be. */
  async update(secret: NewSecret): Promise<void> {
    await this.#check(secret)
    if (!(await this.#parts.vault.replace(secret))) throw secretNotFound(secret)
  }

  /** Throws NotFoundError. */
  async get(key: SecretKey): Promise<StoredSecret> {
    await this.#checkKey(key)
    const secret = await this.#parts.repository.find(key)
    if (secret === undefined) throw secretNotFound(key)
    return secret
  }

  /** Throws NotFoundError. */
  async delete(key: SecretKey): Promise<void> {
    await this.#checkKey(key)
    if (!(await this.#parts.repository.delete(key))) throw secretNotFound(key)
  }

  /** The secrets of a scope and of the narrower ones in it, by domain, project and name. */
  async list(scope: SecretScope, request: ListRequest): Promise<Page<StoredSecret>> {
    await this.#checkScope(scope, '')
    return this.#parts.repository.list(scope, request)
  }

  async #check(secret: NewSecret): Promise<void> {
    await this.#checkKey(secret)
    const { length } = secret.value
    const field = 'secret_spec.value'
    if (length === 0) throw new InvalidArgumentError(`${field}: is empty`, { field })
    if (length > maxValueBytes) {
      throw new InvalidArgumentError(`${field}: has ${length} bytes, at most ${maxValueBytes} are allowed`, {
        field,
        hint: 'Keep larger things in storage, encrypted, and their key here.',
      })
    }
  }

  async #checkKey(key: SecretKey): Promise<void> {
    const { name } = key
    const field = 'id.name'
    if (name.length > maxNameLength) {
      throw new InvalidArgumentError(`${field}: has ${name.length} characters, at most ${maxNameLength} are allowed`, {
        field,
      })
    }
    if (!namePattern.test(name)) {
      throw new InvalidArgumentError(`${field}: ${quoted(name)} must be letters, digits, "-" and "_"`, { field })
    }
    await this.#checkScope(key, 'id.')
  }

  async #checkScope({ domain, project }: SecretScope, prefix: string): Promise<void> {
    const { projects } = this.#parts
    if (project !== '' && domain === '') {
      throw new InvalidArgumentError(`${prefix}domain: value is required with a project`, {
        field: `${prefix}domain`,
        hint: 'A secret is for all, for a domain, or for a project in a domain.',
      })
    }
    if (project !== '') await projects.require(project, domain)
    else if (domain !== '') projects.requireDomain(domain)
  }
}

function secretNotFound(key: SecretKey): NotFoundError {
  return new NotFoundError(`there is no secret ${quoted(key.name)} ${inWords(key)}`, {
    hint: 'List what there is with: tern get secret.',
  })
}

function inWords({ domain, project }: SecretScope): string {
  if (project !== '') return `of project ${project} in domain ${domain}`
  return domain === '' ? 'for all projects' : `of domain ${domain}`
}

function quoted(name: string): string {
  return JSON.stringify(name)
}
