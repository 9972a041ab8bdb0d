import { DataFrame, Dir, File, group, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

// A table of daily weather becomes a Parquet table of months, a folder with a page for each year, and an archive of text.
//   tern run --local examples/weather-files.ts main --days node_modules/vega-datasets/data/seattle-weather.csv
//   tern run examples/weather-files.ts main --days node_modules/vega-datasets/data/seattle-weather.csv --follow

export const env = new TaskEnvironment({ name: 'weather-files', description: 'Weather, in files, folders and tables' })

const dayColumns = { date: 'date', precipitation: 'double', temp_max: 'double', temp_min: 'double' } as const
const monthColumns = { month: 'string', days: 'int64', rain: 'double', warmest: 'double', wet: 'list<date>' } as const

const Days = DataFrame.schema({ columns: dayColumns })
const Months = DataFrame.schema({ columns: monthColumns })

/** Sums the days up by month. Of the table, it reads the columns that it needs, some rows at a time. */
export const sumUp = env.task({ name: 'sum-up', inputs: { days: Days }, output: Months }, async ({ days }) => {
  const months = new Map<string, { days: number; rain: number; warmest: number; wet: string[] }>()
  for await (const batch of days.batches({ columns: ['date', 'precipitation', 'temp_max'], size: 500 })) {
    for (const { date, precipitation, temp_max } of batch) {
      const month = date?.slice(0, 7) ?? 'unknown'
      const sum = months.get(month) ?? { days: 0, rain: 0, warmest: Number.NEGATIVE_INFINITY, wet: [] }
      months.set(month, sum)
      sum.days++
      sum.rain += precipitation ?? 0
      sum.warmest = Math.max(sum.warmest, temp_max ?? sum.warmest)
      if (date !== null && (precipitation ?? 0) > 20) sum.wet.push(date)
    }
  }
  const rows = [...months].map(([month, sum]) => ({ month, ...sum }))
  return DataFrame.fromRows(rows, { columns: monthColumns })
})

/** Writes the page of a year. */
export const writePage = env.task(
  { name: 'write-page', inputs: { year: z.string(), months: Months }, output: File.schema({ format: 'md' }) },
  async ({ year, months }) => {
    const rows = (await months.rows()).filter(({ month }) => month?.startsWith(year))
    const lines = rows.map(({ month, rain, warmest }) => `| ${month} | ${rain?.toFixed(1)} | ${warmest} |`)
    const text = [`# ${year}`, '', '| month | rain | warmest |', '| --- | --- | --- |', ...lines, ''].join('\n')
    return File.fromText(text, { name: `${year}.md`, format: 'md' })
  },
)

export const main = env.task(
  {
    name: 'main',
    inputs: { days: Days },
    outputs: { months: Months, pages: Dir.schema(), all: File.schema() },
    docs: 'Sums a table of daily weather up, as tables, pages and one text',
  },
  async ({ days }) => {
    const months = await sumUp({ days })
    const years = [...new Set((await months.rows({ columns: ['month'] })).map(({ month }) => month?.slice(0, 4) ?? ''))]
    const pages = await group('pages', () => Promise.all(years.map((year) => writePage({ year, months }))))
    // One page after the other, none of them in memory as a whole.
    async function* together() {
      for (const page of pages) yield* page.stream()
    }
    return {
      months,
      pages: Dir.fromFiles(Object.fromEntries(pages.map((page, index) => [`${years[index]}/index.md`, page]))),
      all: File.fromStream(together(), { name: 'weather.md', format: 'md' }),
    }
  },
)
