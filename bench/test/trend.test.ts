import { expect, test } from 'vitest'
import { growthPerHour } from '../src/soak/trend.ts'

const points = (values: ReadonlyArray<number>) => values.map((value, i) => ({ at: 10 * i, value }))

test('what grows by one each ten seconds grows by 360 an hour', () => {
  expect(growthPerHour(points([5, 6, 7, 8]))).toBeCloseTo(360)
})

test('what goes up and down does not grow', () => {
  expect(growthPerHour(points([5, 9, 9, 5]))).toBeCloseTo(0)
  expect(growthPerHour(points([5]))).toBe(0)
})
