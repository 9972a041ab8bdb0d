/** Where a local run has its time from. Passed in, so that tests own it. */
export interface LocalClock {
  /** Now, as UTC epoch milliseconds. */
  now(): number
  /**
   * Calls `fire` once when `ms` milliseconds have gone by.
   *
   * @returns calls it off
   */
  after(ms: number, fire: () => void): () => void
  /** Told of each run that has it for its clock. */
  attach?(run: ClockedRun): void
}

/** A run, as its clock sees it. */
export interface ClockedRun {
  /** Whether code of the run computes, or waits for something other than time, a condition, or the run's own actions. */
  readonly isBusy: boolean
  readonly isOver: boolean
}

// The longest time that Node's timers take; beyond it they fire at once.
const maxTimerMs = 2 ** 31 - 1

/** The machine's clock. */
export const systemLocalClock: LocalClock = {
  now: () => Date.now(),
  after(ms, fire) {
    let rest = ms
    let timer: NodeJS.Timeout
    const start = () => {
      const span = Math.min(rest, maxTimerMs)
      rest -= span
      timer = setTimeout(() => (rest > 0 ? start() : fire()), span)
    }
    start()
    return () => clearTimeout(timer)
  },
}
