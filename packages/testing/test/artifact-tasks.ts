import { artifact, TaskEnvironment, triggeredArtifact } from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'artifacts' })

const Model = z.object({ id: z.string(), weight: z.number() })

/** Each success is a version of the artifact `weights`. */
export const train = env.task(
  {
    name: 'train',
    inputs: { id: z.string(), weight: z.number() },
    output: artifact(Model, {
      name: 'weights',
      version: ({ id }) => id,
      description: 'what was fitted',
      metadata: ({ weight }) => ({ weight: String(weight) }),
    }),
  },
  ({ id, weight }) => ({ id, weight }),
)

/** Started for every version. */
export const tell = env.task(
  {
    name: 'tell',
    inputs: { model: Model },
    output: z.string(),
    triggers: { name: 'on-weights', onArtifact: 'weights', inputs: { model: triggeredArtifact } },
  },
  ({ model }) => `${model.id} weighs ${model.weight}`,
)
