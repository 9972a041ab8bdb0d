import { DataFrame, File } from '@tern/sdk'
import { z } from 'zod'

// What the tasks of this example pass to each other.

export const quakeColumns = {
  time: 'timestamp',
  network: 'string',
  magnitude: 'double',
  longitude: 'double',
  latitude: 'double',
  depth: 'double',
  place: 'string',
} as const
export const Quakes = DataFrame.schema({ columns: quakeColumns })

/** One earthquake of the table. */
export const Quake = z.object({
  time: z.date(),
  network: z.string(),
  magnitude: z.number(),
  longitude: z.number(),
  latitude: z.number(),
  depth: z.number().describe('kilometres'),
  place: z.string(),
})
export type Quake = z.infer<typeof Quake>

/** How many small earthquakes there are for each large one, as one network sees it: the law of Gutenberg and Richter. */
export const Law = z.object({
  network: z.string(),
  quakes: z.int().describe('those that it goes by'),
  completeness: z.number().describe('the magnitude from which on the network misses none'),
  b: z.number().describe('with each magnitude more, there are 10^b times fewer'),
})
export type Law = z.infer<typeof Law>

/** What has followed a strong earthquake until the catalogue ends. */
export const Sequence = z.object({ aftershocks: z.int(), largest: z.number(), days: z.number() })
export type Sequence = z.infer<typeof Sequence>

/** What is to be expected of it in the week after. */
export const Forecast = z.object({
  shock: Quake,
  sequence: Sequence,
  chance: z.number().describe('that there is another of magnitude 5 or more'),
})
export type Forecast = z.infer<typeof Forecast>

export const Page = File.schema({ format: 'md' })
