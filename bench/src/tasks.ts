import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'bench' })

const leaf = env.task({ name: 'leaf', inputs: { x: z.int() }, output: z.int(), retries: 3 }, async ({ x }) => 2 * x + 5)

/** Starts `n` leaves at once and adds up what they return. */
export const fanout = env.task({ name: 'fanout', inputs: { n: z.int() }, output: z.int() }, async ({ n }) => {
  const results = await Promise.all(Array.from({ length: n }, (_, x) => leaf({ x })))
  return results.reduce((sum, result) => sum + result, 0)
})

/** Runs `length` leaves one after another, each on the result of the one before. */
export const chain = env.task({ name: 'chain', inputs: { length: z.int() }, output: z.int() }, async ({ length }) => {
  let last = 0
  for (let step = 0; step < length; step++) last = await leaf({ x: last % 1000 })
  return last
})

const nap = env.sleep({ name: 'nap' })

/** Holds `m` leaves that sleep, all at the same time, with no process and no worker. */
export const hold = env.task(
  { name: 'hold', inputs: { m: z.int(), seconds: z.number() }, output: z.int() },
  async ({ m, seconds }) => {
    const duration = { seconds }
    await Promise.all(Array.from({ length: m }, () => nap({ duration })))
    return m
  },
)
