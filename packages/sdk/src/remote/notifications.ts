import { type Client, createClient } from '@connectrpc/connect'
import { NotificationService, type RunNotification } from '@tern/idl/notification'
import type { Connection } from './connection.ts'

/** What runs tell others when they end. */
export class Notifications {
  readonly #connection: Connection
  readonly #service: Client<typeof NotificationService>

  constructor(connection: Connection) {
    this.#connection = connection
    this.#service = createClient(NotificationService, connection.transport)
  }

  /** The notifications of a run, and what became of each. @throws NotFoundError */
  async list(run: string): Promise<readonly RunNotification[]> {
    const { org, project, domain } = this.#connection.place
    const runId = { org, project, domain, name: run }
    const answer = await this.#connection.call(() => this.#service.listNotifications({ runId }))
    return answer.notifications
  }
}
