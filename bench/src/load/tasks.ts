// Tasks that write down each of their executions, so that it can be told how often an action really ran.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ctx, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'load' })

const leaf = env.task(
  { name: 'leaf', inputs: { x: z.int(), journal: z.string() }, output: z.int() },
  async ({ x, journal }) => {
    appendFileSync(journal, `${ctx()?.run.name}/${ctx()?.action.name}\n`)
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

/** Runs `n` leaves one after another. */
export const chain = env.task(
  { name: 'chain', inputs: { n: z.int(), journal: z.string() }, output: z.int() },
  async ({ n, journal }) => {
    let sum = 0
    for (let x = 0; x < n; x++) sum += await leaf({ x, journal })
    return sum
  },
)

/** Runs until a file is there, while others add to its run. */
export const hold = env.task({ name: 'hold', inputs: { file: z.string() }, output: z.int() }, async ({ file }) => {
  const signal = ctx()?.signal
  while (!existsSync(file)) await delay(20, undefined, signal && { signal })
  return 1
})

const blob = env.task(
  { name: 'blob', inputs: { x: z.int(), bytes: z.int(), journal: z.string() }, output: z.string() },
  async ({ bytes, journal }) => {
    appendFileSync(journal, `${ctx()?.run.name}/${ctx()?.action.name}\n`)
    return 'x'.repeat(bytes)
  },
)

/** Starts `n` leaves that return more than what is kept in the database. */
export const blobs = env.task(
  { name: 'blobs', inputs: { n: z.int(), bytes: z.int(), journal: z.string() }, output: z.int() },
  async ({ n, bytes, journal }) => {
    const results = await Promise.all(Array.from({ length: n }, (_, x) => blob({ x, bytes, journal })))
    return results.reduce((sum, { length }) => sum + length, 0)
  },
)
