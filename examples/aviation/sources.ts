import { DataFrame, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { airportColumns, Airports, flightColumns, Flights, strikeColumns, Strikes } from './tables.ts'

// The tables as others publish them, brought into the form that the other tasks take. Read once: the same file is the same
// result from the cache.

export const sources = new TaskEnvironment({
  name: 'aviation-sources',
  description: 'Reads what others publish',
  cache: 'auto',
})

export const readAirports = sources.task(
  { name: 'read-airports', inputs: { file: DataFrame.schema() }, output: Airports, retries: 2 },
  async ({ file }) => {
    const rows = (await file.rows()).map((row) => ({
      iata: text(row['iata']),
      name: text(row['name']),
      city: text(row['city']),
      state: text(row['state']),
      latitude: Number(row['latitude']),
      longitude: Number(row['longitude']),
    }))
    return DataFrame.fromRows(rows, { columns: airportColumns })
  },
)

export const readStrikes = sources.task(
  { name: 'read-strikes', inputs: { file: DataFrame.schema() }, output: Strikes, retries: 2 },
  ({ file }) => {
    async function* rows() {
      for await (const batch of file.batches({ size: 2_000 })) {
        for (const row of batch) {
          yield {
            date: dayOf(row['Flight Date']),
            airport: text(row['Airport Name']),
            state: text(row['Origin State']),
            phase: text(row['Phase of flight']),
            species: text(row['Wildlife Species']),
            size: text(row['Wildlife Size']),
            damage: text(row['Effect Amount of damage']),
            cost: Number(row['Cost Total $'] ?? 0),
          }
        }
      }
    }
    return DataFrame.fromRows(rows(), { columns: strikeColumns })
  },
)

/** Some of the flights, from all over the year: of a Parquet file, nothing else is read. */
export const readFlights = sources.task(
  {
    name: 'read-flights',
    inputs: { file: DataFrame.schema(), sample: z.int().positive() },
    output: Flights,
    retries: 2,
  },
  async ({ file, sample }) => {
    const count = await file.count()
    const slices = Math.min(24, Math.ceil(sample / 100))
    const limit = Math.floor(Math.min(sample, count) / slices)
    async function* rows() {
      for (let slice = 0; slice < slices; slice++) {
        const offset = Math.floor((slice * count) / slices)
        for (const row of await file.rows({ offset, limit })) {
          yield {
            date: row['date'] instanceof Date ? row['date'] : null,
            delay: Number(row['delay']),
            distance: Number(row['distance']),
            origin: text(row['origin']),
            destination: text(row['destination']),
          }
        }
      }
    }
    return DataFrame.fromRows(rows(), { columns: flightColumns })
  },
)

/** How many rows a table has, and of what. */
export const describe = sources.task(
  { name: 'describe', inputs: { name: z.string(), table: DataFrame.schema() }, output: z.string() },
  async ({ name, table }) => {
    const columns = (await table.columns()).map((column) => `${column.name} (${column.type})`)
    return `${name}: ${await table.count()} rows of ${columns.join(', ')}`
  },
)

export const readAll = sources.task(
  {
    name: 'read-all',
    inputs: {
      airports: DataFrame.schema(),
      strikes: DataFrame.schema(),
      flights: DataFrame.schema(),
      sample: z.int().positive(),
    },
    outputs: { airports: Airports, strikes: Strikes, flights: Flights },
    cache: 'disable',
  },
  async ({ airports, strikes, flights, sample }) => {
    const [ports, animals, departures] = await Promise.all([
      readAirports({ file: airports }),
      readStrikes({ file: strikes }),
      readFlights({ file: flights, sample }),
    ])
    const tables = { airports: ports, strikes: animals, flights: departures }
    const lines = await Promise.all(Object.entries(tables).map(([name, table]) => describe({ name, table })))
    for (const line of lines) console.log(line)
    return tables
  },
)

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function dayOf(value: unknown): string | null {
  return value instanceof Date ? value.toISOString().slice(0, 10) : text(value)
}
