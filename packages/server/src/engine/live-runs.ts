import { fromBinary } from '@bufbuild/protobuf'
import { RunSpecSchema } from '@tern/idl/task'
import type { RunRecord } from '../store/engine-store.ts'
import { type ActionEntry, RunEntry } from './entries.ts'
import type { RunKey } from './model.ts'

/** The runs that have not ended, the actions in them, and which of those wait for which. */
export class LiveRuns {
  readonly #runs = new Map<string, RunEntry>()

  get count(): number {
    return this.#runs.size
  }

  get actionCount(): number {
    let count = 0
    for (const run of this.#runs.values()) count += run.actions.size
    return count
  }

  all(): IterableIterator<RunEntry> {
    return this.#runs.values()
  }

  find(key: RunKey): RunEntry | undefined {
    return this.#runs.get(keyOf(key))
  }

  open(record: RunRecord, createdAt: number): RunEntry {
    const run = new RunEntry(record, fromBinary(RunSpecSchema, record.runSpec), createdAt)
    this.#runs.set(keyOf(run.key), run)
    return run
  }

  close(run: RunEntry): void {
    const key = keyOf(run.key)
    // One that was refused may have made place for the one that was not.
    if (this.#runs.get(key) === run) this.#runs.delete(key)
  }

  enter(entry: ActionEntry): void {
    entry.run.actions.set(entry.name, entry)
    const { parent } = entry
    if (parent === null) return
    const wasBusy = parent.isBusy
    parent.liveChildren ??= new Set()
    parent.liveChildren.add(entry)
    if (!wasBusy) return
    parent.live?.waits?.(true)
    // It would hold what its children need.
    parent.claim?.release()
  }

  /** The action has ended: its parent waits for it no longer. */
  leave(entry: ActionEntry): void {
    const { parent } = entry
    if (parent === null) return
    const wasBusy = parent.isBusy
    parent.liveChildren?.delete(entry)
    if (!parent.isBusy || wasBusy) return
    parent.live?.waits?.(false)
    parent.claim?.resume()
  }

  /**
   * The end of the action is stored, so the store can answer for it from here on. Until then it must be found here: a
   * parent that asks for it in the meantime would be told what it was before.
   */
  forget(entry: ActionEntry): void {
    entry.run.actions.delete(entry.name)
  }
}

function keyOf(key: RunKey): string {
  return `${key.project}/${key.domain}/${key.run}`
}
