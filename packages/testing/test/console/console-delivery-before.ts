// The workflow of console-delivery.ts as it was in the version before.
import { TaskEnvironment } from '@tern/sdk'
import { workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'shop' })

const weigh = env.task(
  { name: 'weigh', inputs: { items: z.array(z.string()) }, output: z.number() },
  ({ items }) => items.length * 1.5,
)
const wrap = env.task(
  { name: 'wrap', inputs: { weight: z.number(), city: z.string() }, output: z.string() },
  ({ weight, city }) => `${weight} for ${city}`,
)

export const delivery = workflow(
  {
    env,
    name: 'delivery',
    inputs: { items: z.array(z.string()), city: z.string() },
    output: z.string(),
  },
  ({ items, city }) => wrap.node({ weight: weigh.node({ items }), city }),
)
