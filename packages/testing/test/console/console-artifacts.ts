// Tasks whose outputs are artifacts, for the console to show.
import { artifact, DataFrame, TaskEnvironment, triggeredArtifact } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'models' })

const Model = z.object({ id: z.string(), error: z.number(), layers: z.array(z.int()) })

/** Its output is the version of an artifact that it is asked for. */
export const train = env.task(
  {
    name: 'train',
    inputs: { id: z.string(), error: z.number() },
    output: artifact(Model, {
      name: 'forecast',
      version: ({ id }) => id,
      description: 'Predicts the demand of next week',
      metadata: ({ error }) => ({ error: error.toFixed(2), framework: 'trees' }),
    }),
  },
  ({ id, error }) => ({ id, error, layers: [64, 32] }),
)

const cityColumns = { city: 'string', people: 'int64' } as const

/** Its output is an artifact that lies in storage. */
export const count = env.task(
  {
    name: 'count',
    output: artifact(DataFrame.schema({ columns: cityColumns }), { name: 'cities', description: 'Who lives where' }),
  },
  () =>
    DataFrame.fromRows(
      [
        { city: 'Delft', people: 109_577 },
        { city: 'Gent', people: 270_473 },
      ],
      { columns: cityColumns },
    ),
)

/** Starts whenever there is a forecast. */
export const compare = env.task(
  {
    name: 'compare',
    inputs: { model: Model },
    output: z.boolean(),
    triggers: { name: 'on-forecast', onArtifact: 'forecast', inputs: { model: triggeredArtifact } },
  },
  ({ model }) => model.error < 0.2,
)
