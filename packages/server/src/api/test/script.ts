import type { TaskFailure } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import type { Attempt } from '../../executors/executor.ts'
import type { ActionRow } from '../../store/actions-repository.ts'
import { toSpecRecord } from '../../store/specs.ts'
import { aTaskSpec, outputsOf, place } from './fixtures.ts'
import type { TestApi } from './start-api.ts'

const leaf = toSpecRecord({ case: 'task', value: aTaskSpec({ name: 'env.leaf' }) })

/**
 * Plays the workers of a test server: says how attempts go, and enqueues what their code would have called. Each method
 * resolves when what it did is stored.
 */
export class Script {
  readonly #api: TestApi

  constructor(api: TestApi) {
    this.#api = api
  }

  /** Lets an attempt begin. */
  async begin(run: string, action: string, number = 1): Promise<Attempt> {
    const attempt = await this.#attempt(run, action, number)
    this.#api.executor.host.dispatched(attempt.handle)
    this.#api.executor.host.started(attempt.handle, Date.now())
    await this.#until(run, action, ({ attempt, phase }) => attempt > number || phase >= ActionPhase.RUNNING)
    return attempt
  }

  async succeed(run: string, action: string, outputs = outputsOf(0), number = 1): Promise<void> {
    const { handle } = await this.begin(run, action, number)
    this.#api.executor.host.succeeded(handle, { bytes: outputs }, 0, Date.now())
    await this.#until(run, action, ({ phase }) => phase === ActionPhase.SUCCEEDED)
  }

  async fail(
    run: string,
    action: string,
    failure: Partial<TaskFailure> & { readonly code: string; readonly message: string },
    number = 1,
  ): Promise<void> {
    const { handle } = await this.begin(run, action, number)
    this.#api.executor.host.failed(handle, { kind: 'user', recoverable: true, ...failure }, 0, Date.now())
    await this.#until(run, action, ({ attempt, phase }) => attempt > number || phase === ActionPhase.FAILED)
  }

  /** Enqueues `env.leaf` as a child. */
  async enqueue(run: string, parent: string, name: string, group = ''): Promise<void> {
    await this.#enqueue(run, parent, name, group)
    await this.#until(run, name, () => true)
  }

  async #enqueue(run: string, parent: string, name: string, group: string): Promise<void> {
    const { handle } = await this.#attempt(run, parent, 1)
    this.#api.executor.host.enqueueChild(handle, {
      name,
      spec: leaf,
      inputs: { bytes: new Uint8Array() },
      group,
      cacheKey: '',
      queue: '',
    })
  }

  /** Enqueues that many children at once. */
  async enqueueMany(run: string, parent: string, count: number): Promise<void> {
    const names = Array.from({ length: count }, (_, index) => `m${index}`)
    await Promise.all(names.map((name) => this.#enqueue(run, parent, name, '')))
    await this.#until(run, `m${count - 1}`, () => true)
  }

  async #attempt(run: string, action: string, number: number): Promise<Attempt> {
    const { executor } = this.#api
    const find = () => executor.attempts.find((a) => a.run.run === run && a.action === action && a.number === number)
    await executor.until(() => find() !== undefined)
    return find() as Attempt
  }

  async #until(run: string, action: string, holds: (row: ActionRow) => boolean): Promise<void> {
    const { engine, repositories } = this.#api
    for (;;) {
      const changed = Promise.withResolvers<void>()
      const unsubscribe = engine.changes.subscribe('all', () => changed.resolve())
      try {
        const row = await repositories.actions.find({ ...place, run, action })
        if (row !== undefined && holds(row)) return
        await changed.promise
      } finally {
        unsubscribe()
      }
    }
  }
}
