import type { Quake } from './model.ts'

// Formulas, and nothing else.

const dayMs = 86_400_000

/** How many earthquakes have which magnitude, rounded to a tenth, from the smallest to the largest. */
export function countByMagnitude(magnitudes: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const magnitude of magnitudes.map((each) => Math.round(each * 10) / 10).sort((a, b) => a - b)) {
    counts.set(magnitude, (counts.get(magnitude) ?? 0) + 1)
  }
  return counts
}

/** The magnitude from which on none is missed: the most common one. */
export function completenessOf(magnitudes: readonly number[]): number {
  const [[most] = [NaN]] = [...countByMagnitude(magnitudes)].sort(([, a], [, b]) => b - a)
  return most
}

/** The b-value of magnitudes that are complete from `completeness` on, by Aki's estimate of 1965. */
export function slopeOf(magnitudes: readonly number[], completeness: number): number {
  const mean = magnitudes.reduce((sum, each) => sum + each, 0) / magnitudes.length
  return Math.LOG10E / (mean - (completeness - 0.05))
}

/**
 * The chance of an aftershock of at least `magnitude` between two times after a shock, in days, with the usual parameters of
 * Reasenberg and Jones (1989).
 */
export function chanceOfAftershock(shock: number, magnitude: number, from: number, to: number): number {
  const [a, b, c, p] = [-1.67, 0.91, 0.05, 1.08]
  const share = ((to + c) ** (1 - p) - (from + c) ** (1 - p)) / (1 - p)
  return 1 - Math.exp(-(10 ** (a + b * (shock - magnitude))) * share)
}

/** From one time to another, in days. */
export function daysBetween(from: Date, to: Date): number {
  return (to.getTime() - from.getTime()) / dayMs
}

/** Along the surface, in kilometres. */
export function distanceKm(
  from: Pick<Quake, 'longitude' | 'latitude'>,
  to: Pick<Quake, 'longitude' | 'latitude'>,
): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [up, along] = [radians(to.latitude - from.latitude), radians(to.longitude - from.longitude)]
  const lean = Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude))
  return 2 * 6371 * Math.asin(Math.sqrt(Math.sin(up / 2) ** 2 + lean * Math.sin(along / 2) ** 2))
}
