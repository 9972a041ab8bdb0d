import { DataFrame, group, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { countsOf, mean, sum } from './statistics.ts'
import { Airports, Cost, Count, Delays, Flights, Strikes } from './tables.ts'

// What the tables say. Every question is a task, so that each is answered once, beside the others.

export const analysis = new TaskEnvironment({
  name: 'aviation-analysis',
  description: 'What the tables say',
  cache: 'auto',
})

const topCount = z.int().positive().default(5)

export const strikesByYear = analysis.task(
  { name: 'strikes-by-year', inputs: { strikes: Strikes }, output: z.array(Count) },
  async ({ strikes }) => {
    const days = await strikes.rows({ columns: ['date'] })
    return countsOf(days.map(({ date }) => date?.slice(0, 4) ?? '')).sort((a, b) => (a.name < b.name ? -1 : 1))
  },
)

export const commonSpecies = analysis.task(
  { name: 'common-species', inputs: { strikes: Strikes, top: topCount }, output: z.array(Count) },
  async ({ strikes, top }) => {
    const rows = await strikes.rows({ columns: ['species'] })
    return countsOf(rows.flatMap(({ species }) => (species === null || species === 'unknown' ? [] : species))).slice(
      0,
      top,
    )
  },
)

export const riskyPhases = analysis.task(
  { name: 'risky-phases', inputs: { strikes: Strikes, top: topCount }, output: z.array(Count) },
  async ({ strikes, top }) => {
    const rows = await strikes.rows({ columns: ['phase'] })
    return countsOf(rows.flatMap(({ phase }) => phase ?? [])).slice(0, top)
  },
)

export const costBySize = analysis.task(
  { name: 'cost-by-size', inputs: { strikes: Strikes }, output: z.array(Cost) },
  async ({ strikes }) => {
    const rows = await strikes.rows({ columns: ['size', 'damage', 'cost'] })
    return [...Map.groupBy(rows, ({ size }) => size ?? 'Unknown')]
      .map(([size, same]) => ({
        size,
        strikes: same.length,
        damaging: same.filter(({ damage }) => damage !== null && damage !== 'None').length,
        total: sum(same.map(({ cost }) => cost ?? 0)),
      }))
      .sort((a, b) => b.total - a.total)
  },
)

export const riskyStates = analysis.task(
  {
    name: 'risky-states',
    inputs: { strikes: Strikes, top: topCount },
    output: z.array(Count),
    docs: 'The states with the most strikes that did damage',
  },
  async ({ strikes, top }) => {
    const rows = await strikes.rows({ columns: ['state', 'damage'] })
    return countsOf(rows.flatMap(({ state, damage }) => (damage === 'None' ? [] : (state ?? [])))).slice(0, top)
  },
)

export const busiestAirports = analysis.task(
  { name: 'busiest-airports', inputs: { flights: Flights, top: topCount }, output: z.array(z.string()) },
  async ({ flights, top }) => {
    const rows = await flights.rows({ columns: ['origin'] })
    return countsOf(rows.flatMap(({ origin }) => origin ?? []))
      .slice(0, top)
      .map(({ name }) => name)
  },
)

export const delaysOf = analysis.task(
  {
    name: 'delays-of',
    inputs: { airport: z.string(), flights: Flights },
    output: Delays,
    retries: { count: 2, backoff: { base: '100ms' } },
    timeout: '1m',
  },
  async ({ airport, flights }) => {
    const delays: number[] = []
    for await (const batch of flights.batches({ columns: ['origin', 'delay'] })) {
      for (const { origin, delay } of batch) if (origin === airport) delays.push(delay ?? 0)
    }
    return {
      airport,
      flights: delays.length,
      mean: mean(delays),
      late: delays.filter((delay) => delay > 15).length / Math.max(1, delays.length),
      longest: Math.max(0, ...delays),
    }
  },
)

export const delaysByHour = analysis.task(
  { name: 'delays-by-hour', inputs: { flights: Flights }, output: z.array(z.number()) },
  async ({ flights }) => {
    const byHour = Array.from({ length: 24 }, (): number[] => [])
    for (const { date, delay } of await flights.rows({ columns: ['date', 'delay'] })) {
      if (date !== null) byHour[date.getUTCHours()]?.push(delay ?? 0)
    }
    return byHour.map(mean)
  },
)

const routeColumns = { route: 'string', flights: 'int64', delay: 'double', distance: 'int64' } as const
const Routes = DataFrame.schema({ columns: routeColumns })

export const routes = analysis.task(
  { name: 'routes', inputs: { flights: Flights, airports: Airports, top: topCount }, output: Routes },
  async ({ flights, airports, top }) => {
    const cities = new Map((await airports.rows({ columns: ['iata', 'city'] })).map(({ iata, city }) => [iata, city]))
    const city = (code: string | null) => cities.get(code) ?? code
    const byRoute = Map.groupBy(
      await flights.rows(),
      (flight) => `${city(flight.origin)} – ${city(flight.destination)}`,
    )
    const rows = [...byRoute]
      .map(([route, same]) => ({
        route,
        flights: same.length,
        delay: mean(same.map(({ delay }) => delay ?? 0)),
        distance: same[0]?.distance ?? 0,
      }))
      .sort((a, b) => b.flights - a.flights || (a.route < b.route ? -1 : 1))
    return DataFrame.fromRows(rows.slice(0, top), { columns: routeColumns })
  },
)

export const Findings = z.object({
  years: z.array(Count),
  species: z.array(Count),
  phases: z.array(Count),
  costs: z.array(Cost),
  states: z.array(Count),
  hours: z.array(z.number()),
  delays: z.array(Delays),
})
export type Findings = z.infer<typeof Findings>

export const analyse = analysis.task(
  {
    name: 'analyse',
    inputs: { airports: Airports, strikes: Strikes, flights: Flights, top: topCount },
    outputs: { findings: Findings, routes: Routes },
    cache: 'disable',
  },
  async ({ airports, strikes, flights, top }) => {
    const delays = group('airports', async () => {
      const busiest = await busiestAirports({ flights, top })
      return Promise.all(busiest.map((airport) => delaysOf({ airport, flights })))
    })
    const wildlife = group('wildlife', () =>
      Promise.all([
        strikesByYear({ strikes }),
        commonSpecies({ strikes, top }),
        riskyPhases({ strikes, top }),
        costBySize({ strikes }),
        riskyStates({ strikes, top }),
      ]),
    )
    const [hours, best] = await Promise.all([delaysByHour({ flights }), routes({ flights, airports, top })])
    const [years, species, phases, costs, states] = await wildlife
    return { findings: { years, species, phases, costs, states, hours, delays: await delays }, routes: best }
  },
)
