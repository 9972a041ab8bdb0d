import { type Client, createClient } from '@connectrpc/connect'
import { type Artifact, type ArtifactGroup, ArtifactService } from '@tern/idl/artifact'
import type { Connection, ListOptions } from './connection.ts'
import { required } from './required.ts'

/** The artifacts of a project and domain: values with a name and versions. */
export class Artifacts {
  readonly #connection: Connection
  readonly #service: Client<typeof ArtifactService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(ArtifactService, connection.transport)
  }

  /** @param version defaults to the newest */
  async get(name: string, version?: string): Promise<Artifact> {
    const { artifact } = await this.#connection.call(() =>
      this.#service.getArtifact({
        name: { ...this.#connection.place, name },
        ...(version === undefined ? {} : { version }),
      }),
    )
    return required(artifact, `artifact ${name}`)
  }

  /** The names, each with its newest version. */
  list(options: ListOptions = {}): AsyncGenerator<ArtifactGroup, void, undefined> {
    return this.#connection.pages(options, async (request) => {
      const { groups, token } = await this.#service.listArtifactNames({
        request,
        projectId: this.#connection.projectId,
      })
      return { items: groups, token }
    })
  }

  /** The versions of one. */
  versions(name: string, options: ListOptions = {}): AsyncGenerator<Artifact, void, undefined> {
    return this.#connection.pages(options, async (request) => {
      const { artifacts, token } = await this.#service.listArtifacts({
        request,
        projectId: this.#connection.projectId,
        name,
      })
      return { items: artifacts, token }
    })
  }
}
