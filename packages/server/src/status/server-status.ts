import type { EngineLoad, LoadOptions } from '../engine/load.ts'

export interface ServerStatusParts {
  readonly engine: { load(options: LoadOptions): Promise<EngineLoad> }
  readonly version: string
  /** UTC epoch milliseconds. */
  readonly startedAt: number
  /** Where other servers reach this one; empty where there can be no others. */
  readonly url: () => string
  /** Where the other servers are. */
  readonly others: () => ReadonlyArray<string>
  /** How long an answer is good for who asks the same, in milliseconds. Defaults to a second. */
  readonly keptMs?: number | undefined
}

/** How one server is. */
export interface OwnStatus {
  readonly url: string
  readonly version: string
  readonly startedAt: number
  /** Of its own process, without workers. */
  readonly memoryBytes: number
  readonly load: EngineLoad
}

/** How this server is, and where the others are. */
export class ServerStatus {
  readonly #parts: ServerStatusParts
  /** Answers of the last moment, by what was asked. */
  readonly #kept = new Map<string, Promise<OwnStatus>>()

  constructor(parts: ServerStatusParts) {
    this.#parts = parts
  }

  get others(): ReadonlyArray<string> {
    return this.#parts.others()
  }

  /** However many look on, live actions are looked at no more than once a second for the same question. */
  read(options: LoadOptions): Promise<OwnStatus> {
    const { place, limit, group } = options
    const key = JSON.stringify([place?.project, place?.domain, limit, group])
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const { keptMs = 1000 } = this.#parts
    const status = this.#read(options)
    this.#kept.set(key, status)
    const forget = () => this.#kept.delete(key)
    status.then(() => setTimeout(forget, keptMs).unref(), forget)
    return status
  }

  async #read(options: LoadOptions): Promise<OwnStatus> {
    const { engine, version, startedAt, url } = this.#parts
    const load = await engine.load(options)
    return { url: url(), version, startedAt, memoryBytes: process.memoryUsage.rss(), load }
  }
}
