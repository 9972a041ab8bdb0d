import { isTerminalPhase } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { noRef, type Ref, type RunIndex } from './run-index.ts'

/** Members of a group that are worth a look, by `seq`. */
export interface GroupAggregations {
  /** Those that failed last, the latest first. */
  readonly failed: ReadonlyArray<number>
  /** Of those that have ended, the longest first. */
  readonly longestDuration: ReadonlyArray<number>
  /** Of those that run, the one that started first before the others. */
  readonly longestRunning: ReadonlyArray<number>
}

const kept = 5

/** Looks at every member of a group once. */
export function aggregate(index: RunIndex, group: Ref): GroupAggregations {
  const failed = new Largest()
  const longestDuration = new Largest()
  const longestRunning = new Largest()
  for (let seq = index.firstBelow(group); seq !== noRef; seq = index.next(seq)) {
    const phase = index.phaseOf(seq)
    if (phase === ActionPhase.FAILED || phase === ActionPhase.TIMED_OUT) failed.add(seq, index.endedAt(seq))
    if (isTerminalPhase(phase)) longestDuration.add(seq, index.endedAt(seq) - index.createdAt(seq))
    if (phase === ActionPhase.RUNNING) longestRunning.add(seq, -index.createdAt(seq))
  }
  return { failed: failed.seqs, longestDuration: longestDuration.seqs, longestRunning: longestRunning.seqs }
}

/** Keeps the few with the largest values. */
class Largest {
  readonly #entries: { readonly seq: number; readonly value: number }[] = []

  get seqs(): number[] {
    return this.#entries.map(({ seq }) => seq)
  }

  add(seq: number, value: number): void {
    const last = this.#entries.at(-1)
    if (this.#entries.length === kept && last !== undefined && last.value >= value) return
    const at = this.#entries.findIndex((entry) => entry.value < value)
    this.#entries.splice(at === -1 ? this.#entries.length : at, 0, { seq, value })
    if (this.#entries.length > kept) this.#entries.pop()
  }
}
