import { FairQueue } from './fair-queue.ts'

interface Level<T> {
  readonly priority: number
  readonly queue: FairQueue<T>
}

/** Higher priorities first; fair between the keys of each. */
export class PriorityQueue<T> {
  /** As many as there are priorities in use, the highest first. */
  readonly #levels: Level<T>[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(priority: number, key: number, item: T): void {
    this.#levelOf(priority).queue.push(key, item)
    this.#length += 1
  }

  shift(): T | undefined {
    const level = this.#levels.find(({ queue }) => queue.length > 0)
    if (level === undefined) return undefined
    this.#length -= 1
    return level.queue.shift()
  }

  #levelOf(priority: number): Level<T> {
    const after = this.#levels.findIndex((level) => level.priority <= priority)
    const found = this.#levels[after]
    if (found?.priority === priority) return found
    const level = { priority, queue: new FairQueue<T>() }
    this.#levels.splice(after < 0 ? this.#levels.length : after, 0, level)
    return level
  }
}
