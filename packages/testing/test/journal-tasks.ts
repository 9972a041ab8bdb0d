// Tasks that write down each of their executions, so that a test can tell how often an action really ran.
import { appendFileSync } from 'node:fs'
import { ctx, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'journal' })

const leaf = env.task(
  { name: 'leaf', inputs: { x: z.int(), journal: z.string() }, output: z.int() },
  async ({ x, journal }) => {
    appendFileSync(journal, `${ctx()?.action.name}\n`)
    return 2 * x + 5
  },
)

/** Starts `n` leaves at once, and adds up what they return. */
export const fanout = env.task(
  { name: 'fanout', inputs: { n: z.int(), journal: z.string() }, output: z.int() },
  async ({ n, journal }) => {
    const results = await Promise.all(Array.from({ length: n }, (_, x) => leaf({ x, journal })))
    return results.reduce((sum, result) => sum + result, 0)
  },
)
