// Tasks whose ends are told.
import { setTimeout as delay } from 'node:timers/promises'
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'notified' })

/** Ends after a while, and fails if it is to. */
export const ends = env.task({ name: 'ends', inputs: { ms: z.int(), fails: z.boolean() } }, async ({ ms, fails }) => {
  await delay(ms)
  if (fails) throw new Error('as "asked"')
})
