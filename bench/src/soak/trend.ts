/** One look at something: at a time in seconds, its value. */
export interface Point {
  readonly at: number
  readonly value: number
}

/** How much a value grows in an hour: the slope of the line that is nearest to all points (least squares). */
export function growthPerHour(points: ReadonlyArray<Point>): number {
  const meanAt = mean(points.map(({ at }) => at))
  const meanValue = mean(points.map(({ value }) => value))
  let [shared, spread] = [0, 0]
  for (const { at, value } of points) {
    shared += (at - meanAt) * (value - meanValue)
    spread += (at - meanAt) ** 2
  }
  return spread === 0 ? 0 : (shared / spread) * 3600
}

function mean(values: ReadonlyArray<number>): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
