/** What several rounds came to. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Throws RangeError when there are no values. */
export function summarize(values: ReadonlyArray<number>): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) throw new RangeError('there is nothing to summarize')
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { median, min, max }
}

/** With three decimals at most. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
