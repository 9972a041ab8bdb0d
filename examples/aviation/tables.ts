import { DataFrame } from '@tern/sdk'
import { z } from 'zod'

// The tables and values that the tasks of this example pass to each other.

export const airportColumns = {
  iata: 'string',
  name: 'string',
  city: 'string',
  state: 'string',
  latitude: 'double',
  longitude: 'double',
} as const
export const Airports = DataFrame.schema({ columns: airportColumns })

export const flightColumns = {
  date: 'timestamp',
  delay: 'int64',
  distance: 'int64',
  origin: 'string',
  destination: 'string',
} as const
export const Flights = DataFrame.schema({ columns: flightColumns })

export const strikeColumns = {
  date: 'date',
  airport: 'string',
  state: 'string',
  phase: 'string',
  species: 'string',
  size: 'string',
  damage: 'string',
  cost: 'double',
} as const
export const Strikes = DataFrame.schema({ columns: strikeColumns })

/** How much of a table there is, and how much of it was left out. */
export const Quality = z.object({ table: z.string(), kept: z.int(), dropped: z.int() })
export type Quality = z.infer<typeof Quality>

/** A word and how often it occurs. */
export const Count = z.object({ name: z.string(), count: z.int() })
export type Count = z.infer<typeof Count>

/** What strikes of animals of one size cost. */
export const Cost = z.object({ size: z.string(), strikes: z.int(), damaging: z.int(), total: z.number() })
export type Cost = z.infer<typeof Cost>

/** Delays of the flights from one airport, in minutes. */
export const Delays = z.object({
  airport: z.string(),
  flights: z.int(),
  mean: z.number(),
  late: z.number().describe('share of flights that left more than 15 minutes late'),
  longest: z.int(),
})
export type Delays = z.infer<typeof Delays>

/** The line that says how late flights are at an hour of the day. */
export const Model = z.object({
  features: z.array(z.enum(['hour', 'distance', 'weekend'])),
  weights: z.array(z.number()).describe('the constant first, then one for each feature'),
  error: z.number().describe('root mean square error on flights it has not seen, in minutes'),
})
export type Model = z.infer<typeof Model>

export const features = ['hour', 'distance', 'weekend'] as const
export type Feature = (typeof features)[number]
