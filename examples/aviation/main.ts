import { condition, ConditionTimedOutError, DataFrame, Dir, group, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { analyse, analysis } from './analysis.ts'
import { clean, cleaning } from './cleaning.ts'
import { modelling, train } from './model.ts'
import { airportPage, buildSite, drawHours, outlook, publishing, writeReport } from './publishing.ts'
import { readAll, sources } from './sources.ts'
import { Model, Quality } from './tables.ts'

// A pipeline of the usual size: what three published tables say about delays and about animals in the way of aircraft. Some
// thirty tasks in six environments read, check, analyse, fit a model, ask a person, and publish pages.
//   cd node_modules/vega-datasets/data
//   tern run ../../../examples/aviation/main.ts main --airports airports.csv --strikes birdstrikes.csv \
//     --flights flights-3m.parquet
//   tern get condition RUN
//   tern signal condition RUN publish true

export const aviation = new TaskEnvironment({
  name: 'aviation',
  description: 'Delays of flights, and animals in their way',
  dependsOn: [sources, cleaning, analysis, modelling, publishing],
})

/** Whether somebody wants it published. Nobody's answer is no. */
export const askToPublish = aviation.task(
  { name: 'ask-to-publish', inputs: { summary: z.string(), patience: z.string() }, output: z.boolean() },
  async ({ summary, patience }) => {
    try {
      return await condition({
        name: 'publish',
        prompt: `Publish this?\n\n> ${summary}`,
        promptType: 'markdown',
        timeout: patience,
      })
    } catch (error) {
      if (error instanceof ConditionTimedOutError) return false
      throw error
    }
  },
)

export const main = aviation.task(
  {
    name: 'main',
    inputs: {
      airports: DataFrame.schema().describe('airports.csv'),
      strikes: DataFrame.schema().describe('birdstrikes.csv'),
      flights: DataFrame.schema().describe('flights-3m.parquet'),
      sample: z.int().positive().default(12_000).describe('how many of the flights to look at'),
      top: z.int().positive().default(8).describe('how many airports, species, routes … to name'),
      tolerance: z.number().min(0).max(1).default(0.2).describe('share of rows that may be of no use'),
      patience: z.string().default('1h').describe('how long to wait for somebody to say whether to publish'),
    },
    outputs: {
      summary: z.string(),
      quality: z.array(Quality),
      model: Model,
      outlook: z.string(),
      site: Dir.schema().optional(),
    },
    docs: 'What three published tables say about delays, and about animals in the way of aircraft',
  },
  async ({ airports, strikes, flights, sample, top, tolerance, patience }) => {
    const tables = await group('sources', () => readAll({ airports, strikes, flights, sample }))
    const { quality, ...cleaned } = await clean({ ...tables, tolerance })
    const [{ findings }, model] = await Promise.all([analyse({ ...cleaned, top }), train({ flights: cleaned.flights })])
    const [summary, evening, chart] = await Promise.all([
      writeReport({ findings, model, quality }),
      outlook({ model }),
      drawHours({ hours: findings.hours }),
    ])
    console.log(summary)
    const isPublished = await askToPublish({ summary, patience })
    if (!isPublished) return { summary, quality, model, outlook: evening, site: undefined }
    const pages = await group('pages', () => Promise.all(findings.delays.map((delays) => airportPage({ delays }))))
    return { summary, quality, model, outlook: evening, site: await buildSite({ pages, chart }) }
  },
)
