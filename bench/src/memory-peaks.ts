import { statsOf } from './process-stats.ts'

const sampleEveryMs = 50

/** Watches what a process's memory consists of: Linux remembers only the largest sum of it. */
export class MemoryPeaks {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  anonMib = 0
  fileMib = 0

  constructor(pid: number) {
    this.#pid = pid
    this.#timer = setInterval(() => this.sample(), sampleEveryMs)
  }

  sample(): void {
    const stats = statsOf(this.#pid)
    if (stats === undefined) return
    this.anonMib = Math.max(this.anonMib, stats.anonRssMib)
    this.fileMib = Math.max(this.fileMib, stats.fileRssMib)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
