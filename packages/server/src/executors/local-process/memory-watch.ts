import { memoryOf } from './process-memory.ts'
import { listProcesses } from './process-table.ts'

interface Watched {
  readonly group: number
  readonly limitBytes: number
  readonly onExceeded: (usedBytes: number) => void
}

const usualMs = 500
// While one has used more than half of what it may.
const closeMs = 100

/**
 * Looks now and then at how much memory process groups use, what they share with others counted in part, and says so once when
 * that is more than they may. One that takes much at once can exceed its limit for a moment. Linux only: elsewhere there
 * is no limit.
 */
export class MemoryWatch {
  readonly #watched = new Set<Watched>()
  #timer: NodeJS.Timeout | undefined

  /** Returns what ends the watch. */
  watch(watched: Watched): () => void {
    if (process.platform !== 'linux') return () => {}
    this.#watched.add(watched)
    if (this.#timer === undefined) this.#lookIn(closeMs)
    return () => {
      this.#watched.delete(watched)
    }
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms).unref()
  }

  #look(): void {
    this.#timer = undefined
    if (this.#watched.size === 0) return
    const groups = Map.groupBy(listProcesses(), ({ group }) => group)
    let isClose = false
    for (const watched of this.#watched) {
      const usedBytes = memoryOf(
        (groups.get(watched.group) ?? []).map(({ pid }) => pid),
        watched.limitBytes,
      )
      isClose ||= usedBytes > watched.limitBytes / 2
      if (usedBytes <= watched.limitBytes) continue
      this.#watched.delete(watched)
      watched.onExceeded(usedBytes)
    }
    this.#lookIn(isClose ? closeMs : usualMs)
  }
}
