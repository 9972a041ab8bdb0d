/** The instants that a trigger fires at, as UTC epoch milliseconds. */
export interface Schedule {
  /** The first instant after `time`; undefined when there is none. */
  next(time: number): number | undefined
  /** The last `count` instants after `from` and not after `until`, oldest first. */
  latest(count: number, from: number, until: number): ReadonlyArray<number>
}

/** `anchor + k * period` for k from `first` on, in whole seconds. */
export function every(periodMs: number, anchor: number, first: 0 | 1): Schedule {
  const start = Math.floor(anchor / 1000) * 1000 + first * periodMs
  const next = (time: number): number =>
    time < start ? start : start + (Math.floor((time - start) / periodMs) + 1) * periodMs
  return {
    next,
    latest(count, from, until) {
      const last = until < start ? undefined : start + Math.floor((until - start) / periodMs) * periodMs
      const instants: number[] = []
      for (let at = last; at !== undefined && at >= start && at > from && instants.length < count; at -= periodMs) {
        instants.push(at)
      }
      return instants.reverse()
    },
  }
}
