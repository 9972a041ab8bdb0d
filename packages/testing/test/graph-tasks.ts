// What nodes of graphs call: functions and commands.
import { shellTask, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'graphs' })

export const count = env.task(
  { name: 'count', inputs: { text: z.string() }, output: z.int() },
  async ({ text }) => text.length,
)

export const shout = shellTask(env, {
  name: 'shout',
  inputs: { text: z.string() },
  outputs: { text: z.string() },
  script: 'printf %s "$inputs_text" | tr a-z A-Z > "$outputs_text"',
})

export const failing = env.task({ name: 'failing', inputs: { text: z.string() } }, async ({ text }): Promise<void> => {
  throw new Error(`no ${text}`)
})
