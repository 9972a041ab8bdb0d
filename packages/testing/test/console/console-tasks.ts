// Tasks whose runs the tests of the console look at.
import { condition, group, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'console' })

export const double = env.task({ name: 'double', inputs: { x: z.int() }, output: z.int() }, ({ x }) => {
  process.stdout.write(`doubling ${x}\n`)
  return 2 * x
})

/** Calls so many others, in a group. */
export const fan = env.task({ name: 'fan', inputs: { width: z.int() }, output: z.int() }, async ({ width }) => {
  const found = await group('doubles', () => Promise.all(Array.from({ length: width }, (_, x) => double({ x }))))
  return found.reduce((sum, each) => sum + each, 0)
})

class SpoiltMilkError extends Error {}

export const pour = env.task({ name: 'pour', inputs: { glass: z.int() } }, ({ glass }) => {
  if (glass === 2) throw new SpoiltMilkError('the milk of glass 2 has turned', { cause: new TypeError('no fridge') })
})

export const breakfast = env.task({ name: 'breakfast' }, async () => {
  await Promise.all([1, 2, 3].map((glass) => pour({ glass })))
})

export const patient = env.task({ name: 'patient' }, (_, { signal }) => {
  return new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
})

export const asking = env.task({ name: 'asking', output: z.string() }, async () => {
  const isGood = await condition({ name: 'taste', prompt: 'Is it **good**?', promptType: 'markdown' })
  return isGood ? 'good' : 'bad'
})
