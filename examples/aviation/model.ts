import { artifact, DataFrame, group, random, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { leastSquares, mean } from './statistics.ts'
import { type Feature, features, flightColumns, Flights, Model } from './tables.ts'

// A small model of how late a flight is. Several are fitted, and the one that does best on flights it has not seen is kept.

export const modelling = new TaskEnvironment({
  name: 'aviation-model',
  description: 'Says how late a flight will be',
  resources: { cpu: 1, memory: '512Mi' },
})

type Flight = Awaited<ReturnType<z.output<typeof Flights>['rows']>>[number]

const valueOf: Readonly<Record<Feature, (flight: Flight) => number>> = {
  hour: ({ date }) => date?.getUTCHours() ?? 0,
  distance: ({ distance }) => (distance ?? 0) / 1_000,
  weekend: ({ date }) => Number([0, 6].includes(date?.getUTCDay() ?? 1)),
}

const FeatureNames = Model.shape.features

const rowOf = (flight: Flight, names: readonly Feature[]) => [1, ...names.map((name) => valueOf[name](flight))]

/** Drawn once: an attempt that is made again splits them the same way. */
export const split = modelling.task(
  { name: 'split', inputs: { flights: Flights, share: z.number() }, outputs: { known: Flights, unseen: Flights } },
  async ({ flights, share }) => {
    const seed = Math.floor((await random()) * 1_000)
    const rows = await flights.rows()
    const isUnseen = (index: number) => ((index * 7_919 + seed) % 1_000) / 1_000 < share
    return {
      known: DataFrame.fromRows(
        rows.filter((_, index) => !isUnseen(index)),
        { columns: flightColumns },
      ),
      unseen: DataFrame.fromRows(
        rows.filter((_, index) => isUnseen(index)),
        { columns: flightColumns },
      ),
    }
  },
)

export const fit = modelling.task(
  { name: 'fit', inputs: { flights: Flights, features: FeatureNames }, output: z.array(z.number()), retries: 1 },
  async ({ flights, features: names }) => {
    const rows = await flights.rows()
    return leastSquares(
      rows.map((flight) => rowOf(flight, names)),
      rows.map(({ delay }) => delay ?? 0),
    )
  },
)

export const evaluate = modelling.task(
  {
    name: 'evaluate',
    inputs: { flights: Flights, features: FeatureNames, weights: z.array(z.number()) },
    output: Model,
  },
  async ({ flights, features: names, weights }) => {
    const squares = (await flights.rows()).map((flight) => {
      const expected = rowOf(flight, names).reduce((total, value, n) => total + value * weights[n]!, 0)
      return ((flight.delay ?? 0) - expected) ** 2
    })
    return { features: [...names], weights, error: Math.sqrt(mean(squares)) }
  },
)

export const choose = modelling.task(
  { name: 'choose', inputs: { models: z.array(Model).min(1) }, output: Model },
  ({ models }) => models.reduce((best, model) => (model.error < best.error ? model : best)),
)

const combinations: readonly (readonly Feature[])[] = [[], ['hour'], ['hour', 'distance'], features]

export const train = modelling.task(
  {
    name: 'train',
    inputs: { flights: Flights },
    output: artifact(Model, { name: 'aviation-delays', metadata: ({ error }) => ({ error: error.toFixed(2) }) }),
    docs: 'Fits several models, and keeps the best',
  },
  async ({ flights }) => {
    const { known, unseen } = await split({ flights, share: 0.25 })
    const models = await group('models', () =>
      Promise.all(
        combinations.map(async (names) => {
          const weights = await fit({ flights: known, features: [...names] })
          return evaluate({ flights: unseen, features: [...names], weights })
        }),
      ),
    )
    return choose({ models })
  },
)
