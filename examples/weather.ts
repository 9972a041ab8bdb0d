import { group, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import seattleWeather from '../node_modules/vega-datasets/data/seattle-weather.csv'

// Four years of Seattle's weather: checked, summed up by month and year, with a trend.
//   tern run examples/weather.ts main --follow
//   tern run examples/weather.ts main --from-year 2013 --to-year 2014 --follow

export const env = new TaskEnvironment({
  name: 'weather',
  description: "Four years of Seattle's daily weather",
  resources: { cpu: 1, memory: '256Mi' },
})

const kinds = ['drizzle', 'fog', 'rain', 'snow', 'sun'] as const

const Day = z.object({
  date: z.string(),
  precipitation: z.number(),
  tempMax: z.number(),
  tempMin: z.number(),
  wind: z.number(),
  weather: z.enum(kinds),
})
type Day = z.infer<typeof Day>

const MonthSummary = z.object({
  year: z.int(),
  month: z.int(),
  days: z.int(),
  meanTemp: z.number(),
  maxTemp: z.number(),
  minTemp: z.number(),
  precipitation: z.number(),
  wetDays: z.int(),
  meanWind: z.number(),
  commonest: z.enum(kinds),
})
type MonthSummary = z.infer<typeof MonthSummary>

const YearSummary = z.object({
  year: z.int(),
  days: z.int(),
  meanTemp: z.number(),
  precipitation: z.number(),
  wetDays: z.int(),
  warmestMonth: z.int(),
  wettestMonth: z.int(),
})
type YearSummary = z.infer<typeof YearSummary>

const Trend = z.object({ degreesPerYear: z.number(), intercept: z.number(), rSquared: z.number() })
type Trend = z.infer<typeof Trend>

export const readDays = env.task(
  {
    name: 'read-days',
    inputs: { fromYear: z.int(), toYear: z.int() },
    output: z.array(Day),
    docs: 'Reads and checks the rows of the given years',
  },
  ({ fromYear, toYear }) => {
    const days = parseDays(seattleWeather).filter((day) => yearOf(day) >= fromYear && yearOf(day) <= toYear)
    if (days.length === 0) throw new Error(`there is no weather from ${fromYear} to ${toYear}`)
    return days
  },
)

export const summariseMonth = env.task(
  {
    name: 'summarise-month',
    inputs: { year: z.int(), month: z.int(), days: z.array(Day) },
    output: MonthSummary,
    retries: 2,
    docs: 'Sums up the days of one month',
  },
  ({ year, month, days }) => ({
    year,
    month,
    days: days.length,
    meanTemp: mean(days.map(dayMean)),
    maxTemp: Math.max(...days.map((day) => day.tempMax)),
    minTemp: Math.min(...days.map((day) => day.tempMin)),
    precipitation: sum(days.map((day) => day.precipitation)),
    wetDays: days.filter((day) => day.precipitation > 0).length,
    meanWind: mean(days.map((day) => day.wind)),
    commonest: commonest(days.map((day) => day.weather)),
  }),
)

export const summariseYear = env.task(
  {
    name: 'summarise-year',
    inputs: { year: z.int(), months: z.array(MonthSummary) },
    output: YearSummary,
    docs: 'Sums up the months of one year',
  },
  ({ year, months }) => {
    const days = sum(months.map((month) => month.days))
    return {
      year,
      days,
      meanTemp: sum(months.map((month) => month.meanTemp * month.days)) / days,
      precipitation: sum(months.map((month) => month.precipitation)),
      wetDays: sum(months.map((month) => month.wetDays)),
      warmestMonth: highest(months, (month) => month.meanTemp).month,
      wettestMonth: highest(months, (month) => month.precipitation).month,
    }
  },
)

export const fitTrend = env.task(
  {
    name: 'fit-trend',
    inputs: { months: z.array(MonthSummary) },
    output: Trend,
    docs: 'Fits a line through how much warmer each month was than that month usually is',
  },
  ({ months }) => {
    const usual = new Map(
      [...groupBy(months, (month) => month.month)].map(([month, same]) => [month, mean(same.map((m) => m.meanTemp))]),
    )
    const start = months[0]?.year ?? 0
    return leastSquares(
      months.map(({ year, month, meanTemp }) => ({
        x: year - start + (month - 0.5) / 12,
        y: meanTemp - (usual.get(month) ?? 0),
      })),
    )
  },
)

export const writeSummary = env.task(
  {
    name: 'write-summary',
    inputs: { months: z.array(MonthSummary), years: z.array(YearSummary), trend: Trend },
    output: z.string(),
    docs: 'Writes the summary as Markdown',
  },
  ({ months, years, trend }) => toMarkdown(months, years, trend),
)

export const main = env.task(
  {
    name: 'main',
    inputs: {
      fromYear: z.int().default(2012).describe('first year to look at'),
      toYear: z.int().default(2015).describe('last year to look at'),
    },
    outputs: {
      days: z.int(),
      months: z.array(MonthSummary),
      years: z.array(YearSummary),
      trend: Trend,
      summary: z.string().describe('Markdown'),
    },
    docs: "Seattle's weather by month and year, with its trend",
  },
  async ({ fromYear, toYear }) => {
    const days = await readDays({ fromYear, toYear })
    console.log(`read ${days.length} days, ${days[0]?.date} to ${days.at(-1)?.date}`)
    const months = await group('months', () =>
      Promise.all(
        [...groupBy(days, monthKey).values()].map((ofMonth) => {
          const [year = 0, month = 0] = (ofMonth[0]?.date ?? '').split('-').map(Number)
          return summariseMonth({ year, month, days: ofMonth })
        }),
      ),
    )
    console.log(`summed up ${months.length} months`)
    const [years, trend] = await Promise.all([
      group('years', () =>
        Promise.all(
          [...groupBy(months, (month) => month.year)].map(([year, ofYear]) => summariseYear({ year, months: ofYear })),
        ),
      ),
      fitTrend({ months }),
    ])
    console.log(`summed up ${years.length} years; the trend is ${trend.degreesPerYear.toFixed(3)} °C a year`)
    const summary = await writeSummary({ months, years, trend })
    return { days: days.length, months, years, trend, summary }
  },
)

const header = 'date,precipitation,temp_max,temp_min,wind,weather'

function parseDays(csv: string): Day[] {
  const [first, ...rows] = csv.trimEnd().split(/\r?\n/)
  if (first !== header) throw new Error(`line 1: expected the columns ${header}, got ${first}`)
  return rows.map((row, index) => parseDay(row, index + 2))
}

function parseDay(row: string, line: number): Day {
  const [date, precipitation, tempMax, tempMin, wind, weather] = row.split(',')
  const day = Day.safeParse({
    date,
    precipitation: toNumber(precipitation),
    tempMax: toNumber(tempMax),
    tempMin: toNumber(tempMin),
    wind: toNumber(wind),
    weather,
  })
  if (!day.success) throw new Error(`line ${line}: ${z.prettifyError(day.error)}`)
  if (Number.isNaN(Date.parse(day.data.date))) throw new Error(`line ${line}: ${date} is not a date`)
  if (day.data.tempMin > day.data.tempMax) throw new Error(`line ${line}: temp_min is above temp_max`)
  return day.data
}

/** Unlike `Number`, takes nothing for a number that is none. */
function toNumber(text: string | undefined): number {
  return text === undefined || text.trim() === '' ? Number.NaN : Number(text)
}

function yearOf(day: Day): number {
  return Number(day.date.slice(0, 4))
}

function monthKey(day: Day): string {
  return day.date.slice(0, 7)
}

function dayMean(day: Day): number {
  return (day.tempMax + day.tempMin) / 2
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const existing = groups.get(key)
    if (existing === undefined) groups.set(key, [item])
    else existing.push(item)
  }
  return groups
}

function highest<T>(items: readonly [T, ...T[]] | readonly T[], valueOf: (item: T) => number): T {
  const [first, ...rest] = items
  if (first === undefined) throw new Error('there is nothing to compare')
  return rest.reduce((best, item) => (valueOf(item) > valueOf(best) ? item : best), first)
}

function commonest(kindsOfDays: readonly Day['weather'][]): Day['weather'] {
  const counts = [...groupBy(kindsOfDays, (kind) => kind)].sort(([a], [b]) => (a < b ? -1 : 1))
  return highest(counts, ([, days]) => days.length)[0]
}

/** The line `y = intercept + degreesPerYear · x` that is nearest to the points. */
function leastSquares(points: readonly { x: number; y: number }[]): Trend {
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const varianceX = sum(points.map(({ x }) => (x - meanX) ** 2))
  const varianceY = sum(points.map(({ y }) => (y - meanY) ** 2))
  const covariance = sum(points.map(({ x, y }) => (x - meanX) * (y - meanY)))
  const degreesPerYear = varianceX === 0 ? 0 : covariance / varianceX
  return {
    degreesPerYear,
    intercept: meanY - degreesPerYear * meanX,
    rSquared: varianceX === 0 || varianceY === 0 ? 0 : covariance ** 2 / (varianceX * varianceY),
  }
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

function toMarkdown(months: readonly MonthSummary[], years: readonly YearSummary[], trend: Trend): string {
  const warmest = highest(months, (month) => month.meanTemp)
  const coldest = highest(months, (month) => -month.meanTemp)
  const wettest = highest(months, (month) => month.precipitation)
  const days = sum(years.map((year) => year.days))
  return [
    `# Seattle's weather, ${years[0]?.year} to ${years.at(-1)?.year}`,
    '',
    `${days} days in ${months.length} months.`,
    '',
    '| year | mean temperature | precipitation | wet days | warmest month | wettest month |',
    '|---|---|---|---|---|---|',
    ...years.map(
      (year) =>
        `| ${year.year} | ${year.meanTemp.toFixed(2)} °C | ${year.precipitation.toFixed(1)} mm | ${year.wetDays} ` +
        `| ${nameOf(year.warmestMonth)} | ${nameOf(year.wettestMonth)} |`,
    ),
    '',
    `- Warmest month: ${nameOf(warmest.month)} ${warmest.year}, ${warmest.meanTemp.toFixed(2)} °C on average`,
    `- Coldest month: ${nameOf(coldest.month)} ${coldest.year}, ${coldest.meanTemp.toFixed(2)} °C on average`,
    `- Wettest month: ${nameOf(wettest.month)} ${wettest.year}, ${wettest.precipitation.toFixed(1)} mm`,
    `- Trend: ${trend.degreesPerYear >= 0 ? '+' : ''}${trend.degreesPerYear.toFixed(3)} °C a year ` +
      `(R² ${trend.rSquared.toFixed(3)})`,
    '',
  ].join('\n')
}

function nameOf(month: number): string {
  return monthNames[month - 1] ?? String(month)
}
