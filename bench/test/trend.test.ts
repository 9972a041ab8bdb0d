import { expect, test } from 'vitest'
import { type Sample, trendsIn } from '../src/soak/samples.ts'
import { growthPerHour } from '../src/soak/trend.ts'

const points = (values: ReadonlyArray<number>) => values.map((value, i) => ({ at: 10 * i, value }))

test('what grows by one each ten seconds grows by 360 an hour', () => {
  expect(growthPerHour(points([5, 6, 7, 8]))).toBeCloseTo(360)
})

test('what goes up and down does not grow', () => {
  expect(growthPerHour(points([5, 9, 9, 5]))).toBeCloseTo(0)
  expect(growthPerHour(points([5]))).toBe(0)
})

/** Half an hour of looks at a server that uses the same all the time, but for what is said. */
function samples(grown: (minute: number) => Partial<Sample>): Sample[] {
  const steady = { rssMib: 200, heapMib: 40, handles: 20, files: 40, processes: 2 }
  return Array.from({ length: 180 }, (_, i) => ({ at: 10 * i, ...steady, ...grown(i / 6) }))
}

test('a soak names what grew, and nothing else', () => {
  const grown = (of: (minute: number) => Partial<Sample>) => trendsIn(samples(of), () => {})
  expect(grown(() => ({}))).toEqual([])
  expect(grown((minute) => ({ heapMib: 40 + (minute % 5) }))).toEqual([])
  // What is used once, at the beginning, is no leak.
  expect(grown((minute) => ({ heapMib: Math.min(80, 40 + 10 * minute) }))).toEqual([])
  expect(grown((minute) => ({ heapMib: 40 + minute / 2 }))).toEqual([expect.stringMatching(/^heapMib: 45 to 55, /)])
  expect(grown((minute) => ({ files: 40 + 2 * minute, processes: 2 + minute }))).toEqual([
    expect.stringMatching(/^files: /),
    expect.stringMatching(/^processes: /),
  ])
  expect(trendsIn(samples(() => ({})).slice(0, 3), () => {})).toEqual(['there was no time to see a trend'])
})
