import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

// tern run examples/hello.ts main --numbers '[1,2,3]'

export const env = new TaskEnvironment({ name: 'hello', resources: { cpu: 1, memory: '512Mi' } })

export const predict = env.task(
  { name: 'predict', inputs: { x: z.int() }, output: z.int(), retries: 3, cache: 'auto' },
  async ({ x }) => 2 * x + 5,
)

export const main = env.task(
  { name: 'main', inputs: { numbers: z.array(z.int()) }, output: z.number(), docs: 'The mean of all predictions' },
  async ({ numbers }) => {
    const xs = await Promise.all(numbers.map((x) => predict({ x })))
    console.log(`predicted ${xs.join(', ')}`)
    return xs.reduce((a, b) => a + b, 0) / xs.length
  },
)
