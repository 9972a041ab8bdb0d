import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'replicas' })

/** Waits until a file is there. */
export const awaitFile = env.task(
  { name: 'await', inputs: { file: z.string() }, output: z.string() },
  async ({ file }) => {
    while (!existsSync(file)) await delay(20)
    return file
  },
)
