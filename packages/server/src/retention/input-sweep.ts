import { fromBinary } from '@bufbuild/protobuf'
import type { Clock } from '@tern/core'
import type { Storage, StoredObject } from '@tern/core/storage'
import { TriggerSpecSchema } from '@tern/idl/trigger'
import { inputsRewriteMs, uploadedInputs } from '../data/offloaded-inputs.ts'
import { inputsFileIn } from '../data/run-files.ts'
import type { ActionPosition, RetentionRepository } from '../store/retention-repository.ts'

export interface InputSweepParts {
  readonly repository: RetentionRepository
  readonly storage: Storage
  readonly clock: Clock
}

interface Search {
  /** Files of inputs that nobody is known to need. */
  readonly unused: Set<string>
  /** They were last written before this time. */
  readonly before: number
  /** The inputs of the actions up to here have been seen; null once those of all have. */
  readonly action: ActionPosition | null
  /** Those of the triggers up to this one have been. */
  readonly trigger: number
}

const filesAtOnce = 2000
// Their rows may be large.
const actionsAtOnce = 500
const triggersAtOnce = 500
const deletedAtOnce = 50
const restMs = 24 * 60 * 60_000
// Whoever was told where inputs are has had the time to start a run with them.
const leastAgeMs = 4 * inputsRewriteMs

/**
 * Deletes inputs that clients had stored for runs that are gone. Nothing has an index by where inputs are, so that all
 * actions and triggers are looked through, once a day at most, and a portion at a time.
 */
export class InputSweep {
  readonly #parts: InputSweepParts
  #files: AsyncIterator<StoredObject> | null = null
  #search: Search | null = null
  #restsUntil = 0

  constructor(parts: InputSweepParts) {
    this.#parts = parts
  }

  /** Does one portion of work on inputs that were stored before a time. False when there is none for now. */
  async step(before: number): Promise<boolean> {
    if (this.#search !== null) {
      this.#search = await this.#goOn(this.#search)
      return true
    }
    const now = this.#parts.clock.now()
    if (now < this.#restsUntil) return false
    const isEnd = await this.#look(Math.min(before, now - leastAgeMs))
    if (isEnd) this.#restsUntil = now + restMs
    return !isEnd || this.#search !== null
  }

  /** Looks at the next files. True when there are no more. */
  async #look(before: number): Promise<boolean> {
    this.#files ??= this.#parts.storage.list(uploadedInputs(this.#parts.storage))[Symbol.asyncIterator]()
    const unused = new Set<string>()
    let isEnd = false
    for (let seen = 0; seen < filesAtOnce && !isEnd; seen += 1) {
      const next = await this.#files.next()
      if (next.done === true) isEnd = true
      else if (isInputs(next.value) && next.value.modifiedAt < before) unused.add(next.value.uri)
    }
    if (isEnd) this.#files = null
    if (unused.size > 0) this.#search = { unused, before, action: { runId: 0, seq: -1 }, trigger: 0 }
    return isEnd
  }

  async #goOn(search: Search): Promise<Search | null> {
    const { unused, action, trigger } = search
    const { repository } = this.#parts
    if (unused.size === 0) return null
    if (action !== null) {
      const actions = await repository.actionsAfter(action, actionsAtOnce)
      for (const { inputsUri } of actions) if (inputsUri !== null) unused.delete(inputsUri)
      return { ...search, action: actions.length < actionsAtOnce ? null : actions.at(-1)! }
    }
    const triggers = await repository.triggersAfter(trigger, triggersAtOnce)
    for (const { spec } of triggers) unused.delete(inputsOfTrigger(spec))
    const last = triggers.at(-1)
    return last === undefined ? this.#delete(search) : { ...search, trigger: last.id }
  }

  async #delete(search: Search): Promise<Search> {
    const { storage } = this.#parts
    for (const uri of [...search.unused].slice(0, deletedAtOnce)) {
      search.unused.delete(uri)
      const file = await storage.stat(uri)
      // Somebody may have stored the same again.
      if (file !== undefined && file.modifiedAt < search.before) await storage.delete(uri)
    }
    return search
  }
}

function isInputs({ uri }: StoredObject): boolean {
  return /\/offloaded-inputs\/[^/]+\/inputs\.pb$/.test(uri)
}

function inputsOfTrigger(bytes: Uint8Array): string {
  const { inputWrapper } = fromBinary(TriggerSpecSchema, bytes)
  return inputWrapper.case === 'offloadedInputData' ? inputsFileIn(inputWrapper.value.uri) : ''
}
