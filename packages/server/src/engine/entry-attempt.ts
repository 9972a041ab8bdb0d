import type { Attempt } from '../executors/executor.ts'
import type { ActionEntry } from './entries.ts'
import type { ActionData, RunKey, SpecRecord } from './model.ts'
import type { TaskPolicy } from './task-policy.ts'

/**
 * The live attempt of an action. What can be said from the action is not stored again: there may be hundreds of thousands
 * that wait for a worker, and nobody asks before it is their turn.
 */
export class EntryAttempt implements Attempt {
  readonly handle: number
  readonly number: number
  readonly priority: number
  readonly #entry: ActionEntry

  constructor(entry: ActionEntry, handle: number, priority: number) {
    this.#entry = entry
    this.handle = handle
    this.number = entry.state.attempt
    this.priority = priority
  }

  get systemFailures(): number {
    return this.#entry.state.systemFailures
  }

  get runId(): number {
    return this.#entry.runId
  }

  get run(): RunKey {
    return this.#entry.run.key
  }

  get action(): string {
    return this.#entry.name
  }

  get spec(): SpecRecord {
    return this.#entry.spec.record
  }

  get policy(): TaskPolicy {
    return this.#entry.spec.policy
  }

  get inputs(): ActionData {
    const { inputs, inputsUri } = this.#entry
    return inputsUri === null ? { bytes: inputs ?? new Uint8Array() } : { uri: inputsUri }
  }

  get group(): string {
    return this.#entry.group ?? ''
  }

  get env(): Readonly<Record<string, string>> {
    return this.#entry.run.env
  }

  get runStartAt(): number {
    return this.#entry.run.startAt
  }

  get runBase(): string {
    return this.#entry.run.record.runBase
  }

  get rawDataPrefix(): string {
    const { run, name } = this.#entry
    // Python's SDK reads the names out of the last part.
    return `${run.rawDataBase}/${run.key.run}-${name}-${this.number}`
  }

  get replay(): boolean {
    return this.#entry.replay
  }

  get startedAt(): number | null {
    return this.#entry.runningSince
  }

  get overwriteCache(): boolean {
    return this.#entry.run.cache.overwrite
  }
}
