import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExampleServer, type FinishedRun, startExampleServer } from './server.ts'

const file = 'examples/weather.ts'

interface Outputs {
  readonly days: number
  readonly months: readonly {
    readonly year: number
    readonly month: number
    readonly days: number
    readonly meanTemp: number
    readonly maxTemp: number
    readonly minTemp: number
    readonly precipitation: number
    readonly wetDays: number
    readonly meanWind: number
    readonly commonest: string
  }[]
  readonly years: readonly {
    readonly year: number
    readonly days: number
    readonly meanTemp: number
    readonly precipitation: number
    readonly wetDays: number
    readonly warmestMonth: number
    readonly wettestMonth: number
  }[]
  readonly trend: { readonly degreesPerYear: number; readonly intercept: number; readonly rSquared: number }
  readonly summary: string
}

/** The rows of the file as they are, read here without the pipeline's code. */
const rows = readFileSync(new URL('../../node_modules/vega-datasets/data/seattle-weather.csv', import.meta.url), 'utf8')
  .split('\n')
  .slice(1)
  .filter((line) => line !== '')
  .map((line) => {
    const [date = '', rain, max, min, wind, weather = ''] = line.split(',')
    const day = new Date(`${date}T00:00:00Z`)
    return {
      year: day.getUTCFullYear(),
      month: day.getUTCMonth() + 1,
      rain: Number(rain),
      max: Number(max),
      min: Number(min),
      wind: Number(wind),
      weather,
    }
  })

let server: ExampleServer
let run: FinishedRun<Outputs>
beforeAll(async () => {
  server = await startExampleServer()
  run = await server.run<Outputs>(file)
})
afterAll(() => server.stop())

test('looks at every day there is', () => {
  expect(run).toMatchObject({ phase: 'SUCCEEDED', error: null })
  expect(run.outputs.days).toBe(rows.length)
  expect(rows).toHaveLength(1461)
})

test('has an action for each month of each year', async () => {
  const { stdout } = await server.tern('get', 'action', run.name, '--limit', '1000', '-o', 'json')
  const actions: { task: string; group: string | null }[] = JSON.parse(stdout)
  expect(actions.filter(({ task }) => task === 'weather.summarise-month')).toHaveLength(48)
  expect(actions.filter(({ group }) => group === 'months')).toHaveLength(48)
  expect(actions.filter(({ group }) => group === 'years')).toHaveLength(4)
})

describe('its numbers are those of another computation:', () => {
  test('months', () => {
    expect(run.outputs.months).toHaveLength(48)
    for (const month of run.outputs.months) {
      // One pass over all rows with running totals, in place of groups of days.
      let days = 0
      let doubleTemp = 0
      let rain = 0
      let wetDays = 0
      let wind = 0
      let highest = -Infinity
      let lowest = Infinity
      const kinds: Record<string, number> = {}
      for (const row of rows) {
        if (row.year !== month.year || row.month !== month.month) continue
        days++
        doubleTemp += row.max + row.min
        rain += row.rain
        wind += row.wind
        if (row.rain !== 0) wetDays++
        if (row.max > highest) highest = row.max
        if (row.min < lowest) lowest = row.min
        kinds[row.weather] = (kinds[row.weather] ?? 0) + 1
      }
      expect(month).toMatchObject({ days, wetDays, maxTemp: highest, minTemp: lowest })
      expect(month.meanTemp).toBeCloseTo(doubleTemp / 2 / days, 9)
      expect(month.precipitation).toBeCloseTo(rain, 9)
      expect(month.meanWind).toBeCloseTo(wind / days, 9)
      expect(kinds[month.commonest]).toBe(Math.max(...Object.values(kinds)))
    }
  })

  test('years', () => {
    expect(run.outputs.years.map(({ year }) => year)).toEqual([2012, 2013, 2014, 2015])
    for (const year of run.outputs.years) {
      const days = rows.filter((row) => row.year === year.year)
      expect(year.days).toBe(days.length)
      expect(year.wetDays).toBe(days.filter(({ rain }) => rain > 0).length)
      expect(year.precipitation).toBeCloseTo(total(days.map(({ rain }) => rain)), 9)
      expect(year.meanTemp).toBeCloseTo(total(days.map(({ max, min }) => max + min)) / 2 / days.length, 9)
      const rainOf = (month: number) => total(days.filter((day) => day.month === month).map(({ rain }) => rain))
      const wettest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].sort((a, b) => rainOf(b) - rainOf(a))[0]
      expect(year.wettestMonth).toBe(wettest)
    }
  })

  test('the trend', () => {
    const points = monthlyMeans().map(({ year, month, mean, usual }) => [
      year - 2012 + (month - 0.5) / 12,
      mean - usual,
    ])
    // The normal equations, solved for both unknowns at once.
    const n = points.length
    const sumX = total(points.map(([x = 0]) => x))
    const sumY = total(points.map(([, y = 0]) => y))
    const sumXX = total(points.map(([x = 0]) => x * x))
    const sumXY = total(points.map(([x = 0, y = 0]) => x * y))
    const sumYY = total(points.map(([, y = 0]) => y * y))
    const determinant = n * sumXX - sumX * sumX
    const slope = (n * sumXY - sumX * sumY) / determinant
    const intercept = (sumXX * sumY - sumX * sumXY) / determinant
    const unexplained = sumYY - intercept * sumY - slope * sumXY
    expect(run.outputs.trend.degreesPerYear).toBeCloseTo(slope, 9)
    expect(run.outputs.trend.intercept).toBeCloseTo(intercept, 9)
    expect(run.outputs.trend.rSquared).toBeCloseTo(1 - unexplained / (sumYY - sumY ** 2 / n), 9)
  })
})

describe('its summary in Markdown', () => {
  test('has a row for each year with the right numbers', () => {
    const table = run.outputs.summary
      .split('\n')
      .filter((line) => /^\| \d{4} /.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
    expect(table).toHaveLength(4)
    for (const [, year, mean, rain, wetDays] of table) {
      const days = rows.filter((row) => row.year === Number(year))
      expect(mean).toBe(`${(total(days.map(({ max, min }) => (max + min) / 2)) / days.length).toFixed(2)} °C`)
      expect(rain).toBe(`${total(days.map((day) => day.rain)).toFixed(1)} mm`)
      expect(wetDays).toBe(String(days.filter((day) => day.rain > 0).length))
    }
  })

  test('names the extremes and the trend', () => {
    const byMean = monthlyMeans().sort((a, b) => a.mean - b.mean)
    const [coldest] = byMean
    const warmest = byMean.at(-1)
    expect(run.outputs.summary).toContain(`# Seattle's weather, 2012 to 2015\n\n1461 days in 48 months.\n`)
    expect(run.outputs.summary).toContain(`Warmest month: Jul ${warmest?.year}, ${warmest?.mean.toFixed(2)} °C`)
    expect(run.outputs.summary).toContain(`Coldest month: Jan ${coldest?.year}, ${coldest?.mean.toFixed(2)} °C`)
    expect(run.outputs.summary).toContain(`Trend: +${run.outputs.trend.degreesPerYear.toFixed(3)} °C a year`)
  })
})

test('looks at some years only', async () => {
  const { outputs } = await server.run<Outputs>(file, '--from-year', '2014')
  expect(outputs.days).toBe(730)
  expect(outputs.months).toHaveLength(24)
})

test('fails when there is no weather in the years', async () => {
  const { phase, error } = await server.run<Outputs>(file, '--from-year', '2030', '--to-year', '2031')
  expect(phase).toBe('FAILED')
  expect(error?.message).toContain('there is no weather from 2030 to 2031')
})

/** The mean of each month, and the mean of the months of that name in all years. */
function monthlyMeans(): { year: number; month: number; mean: number; usual: number }[] {
  const months = [2012, 2013, 2014, 2015].flatMap((year) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => {
      const days = rows.filter((row) => row.year === year && row.month === month)
      return { year, month, mean: total(days.map(({ max, min }) => max + min)) / (2 * days.length) }
    }),
  )
  return months.map((each) => {
    const same = months.filter(({ month }) => month === each.month)
    return { ...each, usual: total(same.map(({ mean }) => mean)) / same.length }
  })
}

function total(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
