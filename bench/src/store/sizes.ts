/** How much there is in the store that is measured. */
export interface Sizes {
  readonly actions: number
  readonly runs: number
  readonly tasks: number
  /** Of all tasks together. */
  readonly versions: number
  readonly triggers: number
  /** Actions of the largest run. */
  readonly largest: number
}

export const defaultSizes: Sizes = {
  actions: 1_000_000,
  runs: 20_000,
  tasks: 2_000,
  versions: 50_000,
  triggers: 5_000,
  largest: 100_000,
}

/** A share of the sizes. */
export function scaled(sizes: Sizes, share: number): Sizes {
  const entries = Object.entries(sizes).map(([name, size]) => [name, Math.max(1, Math.round((size as number) * share))])
  return Object.fromEntries(entries) as Sizes
}

/**
 * How many actions each run has: one has a tenth of all, a few have thousands, and most have a few dozen. The largest is
 * in the middle, as if others had come since.
 */
export function runSizes({ actions, runs, largest }: Sizes): ReadonlyArray<number> {
  const sizes = Array.from({ length: runs }, (_, index) => {
    if (index === runs >> 1) return largest
    if (index % 4000 === 1000) return largest / 4
    if (index % 1000 === 500) return largest / 20
    if (index % 100 === 50) return largest / 100
    return 0
  })
  const rest = Math.max(0, actions - sizes.reduce((sum, size) => sum + size, 0))
  const small = sizes.filter((size) => size === 0).length
  let given = 0
  let left = rest
  return sizes.map((size) => {
    if (size > 0) return size
    given++
    // From a few to about twice the mean, and what is left over to the last.
    const share =
      given === small ? left : Math.min(left, Math.round((rest / small) * (0.2 + ((given * 37) % 161) / 100)))
    left -= share
    return Math.max(1, share)
  })
}
