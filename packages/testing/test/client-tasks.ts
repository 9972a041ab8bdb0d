// Tasks that clients start, look at, and answer.
import { existsSync } from 'node:fs'
import { condition, File, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'client' })

export const double = env.task({ name: 'double', inputs: { x: z.int() }, output: z.int() }, ({ x }) => {
  process.stdout.write(`doubling ${x}\n`)
  return 2 * x
})

export const stats = env.task(
  {
    name: 'stats',
    inputs: { numbers: z.array(z.int()), label: z.string().default('none'), at: z.date().optional() },
    outputs: {
      sum: z.int(),
      label: z.string(),
      at: z.date().optional(),
      point: z.object({ big: z.bigint(), list: z.array(z.number()) }),
    },
  },
  async ({ numbers, label, at }) => {
    const doubled = await Promise.all(numbers.map((x) => double({ x })))
    return { sum: doubled.reduce((a, b) => a + b, 0), label, at, point: { big: 2n ** 60n, list: doubled } }
  },
)

/** Its child succeeds; itself it fails unless a file is there. */
export const flaky = env.task({ name: 'flaky', inputs: { file: z.string() }, output: z.int() }, async ({ file }) => {
  const doubled = await double({ x: 4 })
  if (!existsSync(file)) throw new RangeError('not yet')
  return doubled
})

export const asks = env.task({ name: 'asks', output: z.string() }, async () => {
  const fine = await condition({ name: 'fine', type: 'boolean', prompt: 'Is it fine?' })
  if (!fine) return 'rejected'
  return `approved ${await condition({ name: 'count', type: 'integer', prompt: 'How many?' })}`
})

export const stuck = env.task({ name: 'stuck' }, async (_, { signal }) => {
  const { promise, reject } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  await promise
})
export const callsStuck = env.task({ name: 'calls_stuck', output: z.string() }, () =>
  stuck().then(
    () => 'ended',
    (error: Error) => error.name,
  ),
)

export const writes = env.task({ name: 'writes', output: File.schema() }, () =>
  File.fromText('contents', { name: 'a.txt' }),
)
