import type { Count } from './tables.ts'

// Plain functions: no task among them.

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length
}

/** How often each name occurs, the commonest first. */
export function countsOf(names: readonly string[]): Count[] {
  return [...Map.groupBy(names, (name) => name)]
    .map(([name, same]) => ({ name, count: same.length }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
}

/**
 * The weights for which `weights · row` is nearest to the target, by the normal equations.
 *
 * @throws RangeError when the rows say too little to tell
 */
export function leastSquares(rows: readonly (readonly number[])[], targets: readonly number[]): number[] {
  const size = rows[0]?.length ?? 0
  const system = Array.from({ length: size }, (_, i) => [
    ...Array.from({ length: size }, (_, j) => sum(rows.map((row) => row[i]! * row[j]!))),
    sum(rows.map((row, n) => row[i]! * targets[n]!)),
  ])
  return solve(system)
}

/** Gauss's elimination of a system whose last column is its right-hand side. */
function solve(system: readonly (readonly number[])[]): number[] {
  const rows = system.map((row) => [...row])
  const size = rows.length
  for (let column = 0; column < size; column++) {
    const candidates = rows.slice(column).map((row) => Math.abs(row[column]!))
    const pivot = column + candidates.indexOf(Math.max(...candidates))
    if (Math.abs(rows[pivot]![column]!) < 1e-9) throw new RangeError('the rows say too little to tell the weights')
    ;[rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!]
    for (let other = 0; other < size; other++) {
      if (other === column) continue
      const factor = rows[other]![column]! / rows[column]![column]!
      rows[other] = rows[other]!.map((value, n) => value - factor * rows[column]![n]!)
    }
  }
  return rows.map((row, n) => row[size]! / row[n]!)
}
