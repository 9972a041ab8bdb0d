import { test } from 'vitest'
import { chart } from './chart.ts'

const rows = [{ day: 'a', rain: 1 }]

test('columns are those of the rows', () => {
  chart({ type: 'line', rows, x: 'day', y: 'rain' })
  chart({ type: 'line', rows, x: 'day', y: ['rain'], series: 'day' })
  chart({ type: 'histogram', rows, x: 'rain' })
  // @ts-expect-error: there is no such column
  chart({ type: 'line', rows, x: 'day', y: 'snow' })
  // @ts-expect-error: what is drawn has to be said
  chart({ type: 'bar', rows, x: 'day' })
  // @ts-expect-error: there is no such type
  chart({ type: 'pie', rows, x: 'day', y: 'rain' })
})
