import type { ActionKey } from '../engine/model.ts'
import type { QueryDatabase } from './query-database.ts'

/** What became of sending a webhook. */
export interface WebhookDelivery {
  /** When the other side took it; null when it never did. */
  readonly deliveredAt: number | null
  /** Why it was not taken; empty when it was. */
  readonly error: string
}

/** Webhooks of conditions: which have been delivered. */
export class WebhooksRepository {
  readonly #database: QueryDatabase

  constructor(database: QueryDatabase) {
    this.#database = database
  }

  async isDelivered(key: ActionKey): Promise<boolean> {
    const row = await this.#database.db
      .selectFrom('condition_webhooks as w')
      .innerJoin('runs as r', 'r.id', 'w.run_id')
      .select('w.delivered_at')
      .where('r.project', '=', key.project)
      .where('r.domain', '=', key.domain)
      .where('r.name', '=', key.run)
      .where('w.action', '=', key.action)
      .executeTakeFirst()
    return row !== undefined && row.delivered_at !== null
  }

  async record(key: ActionKey, { deliveredAt, error }: WebhookDelivery): Promise<void> {
    const outcome = { delivered_at: deliveredAt, error }
    await this.#database.db
      .insertInto('condition_webhooks')
      .columns(['run_id', 'action', 'delivered_at', 'error'])
      .expression((builder) =>
        builder
          .selectFrom('runs')
          .select((values) => [
            'id',
            values.val(key.action).as('action'),
            values.val(deliveredAt).as('delivered_at'),
            values.val(error).as('error'),
          ])
          .where('project', '=', key.project)
          .where('domain', '=', key.domain)
          .where('name', '=', key.run),
      )
      .onConflict((conflict) => conflict.columns(['run_id', 'action']).doUpdateSet(outcome))
      .execute()
  }
}
