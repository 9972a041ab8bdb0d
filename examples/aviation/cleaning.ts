import { DataFrame, NonRecoverableError, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { airportColumns, Airports, flightColumns, Flights, Quality, strikeColumns, Strikes } from './tables.ts'

// Leaves out what cannot be right, counts it, and stops the run when it is too much.

export const cleaning = new TaskEnvironment({
  name: 'aviation-cleaning',
  description: 'Leaves out what cannot be right',
})

/** Too many rows of a table are of no use: trying again does not make them better. */
export class PoorQualityError extends NonRecoverableError {}

export const cleanFlights = cleaning.task(
  {
    name: 'clean-flights',
    inputs: { flights: Flights, airports: Airports },
    outputs: { flights: Flights, quality: Quality },
    docs: 'Leaves out flights from or to nowhere, and those that no clock can have measured',
  },
  async ({ flights, airports }) => {
    const known = new Set((await airports.rows({ columns: ['iata'] })).map(({ iata }) => iata))
    const rows = await flights.rows()
    const kept = rows.filter(
      ({ date, delay, distance, origin, destination }) =>
        date !== null &&
        delay !== null &&
        Math.abs(delay) < 24 * 60 &&
        (distance ?? 0) > 0 &&
        known.has(origin) &&
        known.has(destination),
    )
    const quality = { table: 'flights', kept: kept.length, dropped: rows.length - kept.length }
    return { flights: DataFrame.fromRows(kept, { columns: flightColumns }), quality }
  },
)

export const cleanStrikes = cleaning.task(
  {
    name: 'clean-strikes',
    inputs: { strikes: Strikes },
    outputs: { strikes: Strikes, quality: Quality },
    docs: 'Leaves out strikes on an unknown day, and gives the same name to what is called by several',
  },
  async ({ strikes }) => {
    const rows = await strikes.rows()
    const kept = rows
      .filter(({ date, cost }) => date !== null && (cost ?? 0) >= 0)
      .map((row) => ({ ...row, species: plainSpecies(row.species), size: row.size ?? 'Unknown' }))
    const quality = { table: 'strikes', kept: kept.length, dropped: rows.length - kept.length }
    return { strikes: DataFrame.fromRows(kept, { columns: strikeColumns }), quality }
  },
)

export const locateAirports = cleaning.task(
  {
    name: 'locate-airports',
    inputs: { airports: Airports, flights: Flights },
    outputs: { airports: Airports, quality: Quality },
    docs: 'Keeps the airports that flights leave from',
  },
  async ({ airports, flights }) => {
    const used = new Set((await flights.rows({ columns: ['origin'] })).map(({ origin }) => origin))
    const rows = (await airports.rows()).filter(({ iata }) => used.has(iata))
    const placed = rows.filter(({ latitude, longitude }) => Math.abs(latitude ?? 99) <= 90 && longitude !== null)
    const quality = { table: 'airports', kept: placed.length, dropped: rows.length - placed.length }
    return { airports: DataFrame.fromRows(placed, { columns: airportColumns }), quality }
  },
)

export const checkQuality = cleaning.task(
  { name: 'check-quality', inputs: { quality: Quality, tolerance: z.number().min(0).max(1) } },
  ({ quality: { table, kept, dropped }, tolerance }) => {
    const share = dropped / Math.max(1, kept + dropped)
    console.log(`${table}: ${kept} kept, ${dropped} left out`)
    if (share > tolerance) {
      throw new PoorQualityError(
        `${(100 * share).toFixed(1)} % of the ${table} are of no use, ${100 * tolerance} % may be`,
      )
    }
  },
)

export const clean = cleaning.task(
  {
    name: 'clean',
    inputs: { airports: Airports, strikes: Strikes, flights: Flights, tolerance: z.number() },
    outputs: { airports: Airports, strikes: Strikes, flights: Flights, quality: z.array(Quality) },
  },
  async ({ airports, strikes, flights, tolerance }) => {
    const [cleanedFlights, cleanedStrikes] = await Promise.all([
      cleanFlights({ flights, airports }),
      cleanStrikes({ strikes }),
    ])
    const located = await locateAirports({ airports, flights: cleanedFlights.flights })
    const quality = [cleanedFlights.quality, cleanedStrikes.quality, located.quality]
    await Promise.all(quality.map((each) => checkQuality({ quality: each, tolerance })))
    return {
      airports: located.airports,
      strikes: cleanedStrikes.strikes,
      flights: cleanedFlights.flights,
      quality,
    }
  },
)

function plainSpecies(species: string | null): string {
  const plain = species?.trim().toLowerCase() ?? ''
  return plain === '' || plain.startsWith('unknown') ? 'unknown' : plain
}
