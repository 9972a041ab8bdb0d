import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'wire' })

/** Adds two numbers, and says so. */
export const add = env.task({ name: 'add', inputs: { a: z.int(), b: z.int() }, output: z.int() }, async ({ a, b }) => {
  process.stdout.write(`adding ${a} and ${b}\n`)
  return a + b
})
