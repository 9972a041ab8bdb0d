// A task with inputs of many types, which is started from a form.
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'bakery' })

export const order = env.task(
  {
    name: 'order',
    inputs: {
      customer: z.string().describe('Who gets it'),
      count: z.int().default(12),
      size: z.enum(['small', 'large']),
      isGift: z.boolean().default(false),
      weights: z.array(z.float64()).default([0.5, 1]),
      due: z.date().optional(),
    },
    output: z.string(),
  },
  ({ customer, count, size, isGift, weights }) =>
    `${count} ${size} for ${customer}, ${isGift ? 'wrapped' : 'plain'}, ${weights.join('+')}`,
)

export const open = env.task({ name: 'open', output: z.string() }, () => 'open')
