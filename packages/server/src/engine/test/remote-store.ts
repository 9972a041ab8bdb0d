import type { ActionRecord, EngineBatch } from '../../store/engine-store.ts'
import { copyAction, MemoryStore } from './memory-store.ts'

const connectionLost = new Error('the connection was lost')

export interface RemoteStoreOptions {
  /** Awaited by every message to the store, and by every answer. */
  readonly travel: () => Promise<void>
  /** Whether the connection breaks now. */
  readonly breaks: () => boolean
}

/**
 * A store in memory that is as far away as a database server: commits take time, during which the engine goes on, and
 * connections break, before a batch has arrived or after it was committed and before the answer has arrived.
 */
export class RemoteStore extends MemoryStore {
  readonly #options: RemoteStoreOptions

  constructor(options: RemoteStoreOptions) {
    super(options.travel)
    this.#options = options
  }

  override async commit(batch: EngineBatch): Promise<ReadonlyArray<ActionRecord>> {
    const sent = { ...batch, created: batch.created.map(copyAction), changed: batch.changed.map(copyAction) }
    await this.#travel()
    const refused = new Set(this.write(sent))
    await this.#travel()
    return batch.created.filter((_, i) => refused.has(sent.created[i]!))
  }

  override isTransient(error: unknown): boolean {
    return error === connectionLost
  }

  protected override isRepeat(stored: ActionRecord, action: ActionRecord): boolean {
    return stored.seq === action.seq
  }

  async #travel(): Promise<void> {
    await this.#options.travel()
    if (this.#options.breaks()) throw connectionLost
  }
}
