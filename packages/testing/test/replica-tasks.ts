import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ctx, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'replicas' })

async function untilThere(file: string): Promise<void> {
  while (!existsSync(file)) await delay(20)
}

/** Waits until a file is there. */
export const awaitFile = env.task(
  { name: 'await-file', inputs: { file: z.string() }, output: z.string() },
  async ({ file }) => {
    await untilThere(file)
    return file
  },
)

const leaf = env.task(
  { name: 'leaf', inputs: { x: z.int(), journal: z.string(), gate: z.string() }, output: z.int() },
  async ({ x, journal, gate }) => {
    appendFileSync(journal, `${ctx()?.action.name}\n`)
    if (x % 2 === 1) await untilThere(gate)
    return x
  },
)

/** Starts `n` leaves at once, which write down that they run. Half of them end when a file is there, and not before. */
export const gatedFanout = env.task(
  { name: 'gated-fanout', inputs: { n: z.int(), journal: z.string(), gate: z.string() }, output: z.int() },
  async ({ n, journal, gate }) => {
    const results = await Promise.all(Array.from({ length: n }, (_, x) => leaf({ x, journal, gate })))
    return results.reduce((sum, result) => sum + result, 0)
  },
)
