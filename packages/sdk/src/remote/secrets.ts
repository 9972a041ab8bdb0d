import { type Client, createClient } from '@connectrpc/connect'
import { type Secret, SecretService, SecretType } from '@tern/idl/secret'
import { type Connection, pageSize } from './connection.ts'
import { required } from './required.ts'

/** Which tasks may use a secret, or which a setting is for: those of a project in a domain, of a domain, or all. */
export interface Scope {
  /** Of every domain when it is left out, and then there is no project either. */
  readonly domain?: string | undefined
  /** Of every project when it is left out. */
  readonly project?: string | undefined
}

/** A secret, its value, and who can use it. */
export interface NewSecret {
  readonly name: string
  readonly value: string | Uint8Array<ArrayBuffer>
  /** Defaults to `regular`. */
  readonly type?: 'regular' | 'image_pull' | undefined
  readonly scope: Scope
}

/** Secrets, whose values go to the server and never come back. */
export class Secrets {
  readonly #connection: Connection
  readonly #service: Client<typeof SecretService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(SecretService, connection.transport)
  }

  /** @throws AlreadyExistsError when the scope has a secret of that name */
  async create(secret: NewSecret): Promise<void> {
    await this.#connection.call(() => this.#service.createSecret(this.#toRequest(secret)))
  }

  /** Replaces the value. @throws NotFoundError */
  async update(secret: NewSecret): Promise<void> {
    await this.#connection.call(() => this.#service.updateSecret(this.#toRequest(secret)))
  }

  /** @throws NotFoundError */
  async get(name: string, scope: Scope): Promise<Secret> {
    const answer = await this.#connection.call(() => this.#service.getSecret({ id: this.#idOf(name, scope) }))
    return required(answer.secret, `secret ${name}`)
  }

  /** The secrets of a scope; of a domain, or of all, those of narrower scopes too. */
  async *list({ project = '', domain = '' }: Scope = {}): AsyncGenerator<Secret, void, undefined> {
    const { org: organization } = this.#connection.place
    let token = ''
    do {
      const page = await this.#connection.call(() =>
        this.#service.listSecrets({ organization, project, domain, limit: pageSize, token }),
      )
      yield* page.secrets
      token = page.token
    } while (token !== '')
  }

  /** @throws NotFoundError */
  async delete(name: string, scope: Scope): Promise<void> {
    await this.#connection.call(() => this.#service.deleteSecret({ id: this.#idOf(name, scope) }))
  }

  #toRequest({ name, value, type = 'regular', scope }: NewSecret) {
    return {
      id: this.#idOf(name, scope),
      secretSpec: {
        type: type === 'image_pull' ? SecretType.IMAGE_PULL_SECRET : SecretType.GENERIC,
        value: {
          case: 'binaryValue' as const,
          value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
        },
      },
    }
  }

  #idOf(name: string, { project = '', domain = '' }: Scope) {
    return { name, organization: this.#connection.place.org, project, domain }
  }
}
