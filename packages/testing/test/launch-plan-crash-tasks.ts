// What launch-plan-crash.test.ts deploys.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ctx, TaskEnvironment } from '@tern/sdk'
import { launchPlan } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'held' })

/** Writes down the name of its run, and ends when there is a file of that name in the folder. */
export const hold = env.task(
  { name: 'hold', inputs: { folder: z.string(), at: z.date().default(new Date(0)) }, output: z.string() },
  async ({ folder, at }) => {
    const run = ctx()?.run.name ?? ''
    appendFileSync(`${folder}/journal`, `${run}\n`)
    while (!existsSync(`${folder}/${run}`)) await delay(20)
    return at.toISOString()
  },
)

export const one = launchPlan(hold, {
  name: 'one-at-a-time',
  concurrency: { max: 1, onLimit: 'queue' },
  autoActivate: true,
})
