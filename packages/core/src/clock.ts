/** Where the time comes from. Passed in, so that tests and simulations own it. */
export interface Clock {
  /** Now, as UTC epoch milliseconds. */
  now(): number
}

/** The machine's clock. */
export const systemClock: Clock = { now: () => Date.now() }
