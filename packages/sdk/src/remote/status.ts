import { type Client, createClient } from '@connectrpc/connect'
import { type ServerStatus, StatusService } from '@tern/idl/status'
import type { Connection } from './connection.ts'

export interface StatusOptions {
  /** What waits in the client's project and domain alone. Defaults to what waits anywhere. */
  readonly isOfProject?: boolean | undefined
  /** Actions to name of each group of waits, at most 1000. Defaults to 5. */
  readonly limit?: number | undefined
  /** The key of a group, to have the waits of that one alone. */
  readonly group?: string | undefined
}

/** What servers are busy with. */
export class Status {
  readonly #connection: Connection
  readonly #service: Client<typeof StatusService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(StatusService, connection.transport)
  }

  /**
   * How the server is and what waits for what, and the same of the others on its database.
   *
   * @throws UnimplementedError on servers other than Tern
   */
  async read({ isOfProject = false, limit = 0, group = '' }: StatusOptions = {}): Promise<readonly ServerStatus[]> {
    const { project, domain } = this.#connection.place
    const projectId = { name: project, domain }
    const request = { limit, group, ...(isOfProject && { projectId }) }
    const { servers } = await this.#connection.call(() => this.#service.getStatus(request))
    return servers
  }
}
