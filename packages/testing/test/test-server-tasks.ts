import { condition, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'served' })

export const approve = env.task({ name: 'approve', inputs: { n: z.int() }, output: z.string() }, async ({ n }) => {
  const share = await condition({ name: 'share', type: 'float', prompt: 'How much?' })
  return `${n} ${share} ${await condition({ name: 'ok', prompt: 'OK?' })}`
})
