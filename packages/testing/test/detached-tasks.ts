// Tasks that start others and leave them to themselves.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ctx, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'detaching' })

/** Ends once a file is there. */
export const patient = env.task(
  { name: 'patient', inputs: { journal: z.string(), gate: z.string(), text: z.string() }, output: z.int() },
  async ({ journal, gate, text }, { signal }) => {
    appendFileSync(journal, `began ${ctx()?.run.name}\n`)
    while (!existsSync(gate)) await delay(10, undefined, { signal })
    appendFileSync(journal, 'ended\n')
    return text.length
  },
)

/** Starts one, and fails once after it has. */
export const starter = env.task(
  {
    name: 'starter',
    inputs: { journal: z.string(), gate: z.string(), size: z.int() },
    output: z.string(),
    retries: 1,
  },
  async ({ journal, gate, size }, { attempt }) => {
    const { name } = await patient.detached({ journal, gate, text: 'x'.repeat(size) })
    if (attempt === 1) throw new Error(`after ${name} was started`)
    return name
  },
)

/** Starts one, and goes on itself. */
export const companion = env.task(
  { name: 'companion', inputs: { journal: z.string(), gate: z.string() } },
  async ({ journal, gate }, { signal }) => {
    await patient.detached({ journal, gate, text: '' })
    await delay(60_000, undefined, { signal })
  },
)
