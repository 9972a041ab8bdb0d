// Tasks with inputs of many types, which are started from a form.
import { DataFrame, Dir, File, TaskEnvironment } from '@tern/sdk'
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
  ({ customer, count, size, isGift, weights, due }) =>
    `${count} ${size} for ${customer}, ${isGift ? 'wrapped' : 'plain'}, ${weights.join('+')}${due ? `, ${due.toISOString()}` : ''}`,
)

export const open = env.task({ name: 'open', output: z.string() }, () => 'open')

const line = z.object({ item: z.string(), count: z.int().default(1) })

/** Takes structures, and values of one of several types. */
export const deliver = env.task(
  {
    name: 'deliver',
    inputs: {
      basket: z.object({ lines: z.array(line), note: z.string().optional() }),
      to: z.union([z.int(), z.string()]),
      prices: z.record(z.string(), z.float64()).default({}),
    },
    output: z.string(),
  },
  ({ basket, to, prices }) => JSON.stringify({ basket, to, prices }),
)

/** Takes files of the computer that the form is filled in on. */
export const weigh = env.task(
  {
    name: 'weigh',
    inputs: { recipe: File.schema(), photos: Dir.schema(), prices: DataFrame.schema() },
    output: z.string(),
  },
  async ({ recipe, photos, prices }) => {
    const names: string[] = []
    for await (const { path } of photos.walk()) names.push(path)
    return `${await recipe.text()}; ${names.toSorted().join()}; ${JSON.stringify(await prices.rows())}`
  },
)

/** Says how it was run. */
export const report = env.task({ name: 'report', output: z.string() }, () => process.env['FLAVOUR'] ?? 'plain')
