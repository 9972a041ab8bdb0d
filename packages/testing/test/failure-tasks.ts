// Tasks that fail in all the ways there are.
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { NonRecoverableError, RecoverableError, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'failing' })

class OutOfLuckError extends RecoverableError {}

/** Each attempt fails in another way, and says so. The one that loses its worker waits until a file says that it was heard. */
export const various = env.task(
  { name: 'various', inputs: { heard: z.string() }, retries: 3 },
  async ({ heard }, { attempt }) => {
    process.stdout.write(`attempt ${attempt}\n`)
    while (attempt === 2 && !existsSync(heard)) await delay(10)
    if (attempt === 1) throw new TypeError('no such thing')
    if (attempt === 2) process.kill(process.pid, 'SIGKILL')
    if (attempt === 3) throw new OutOfLuckError('bad luck')
    throw new NonRecoverableError('enough')
  },
)

/** The first attempt neither ends nor pauses. */
export const stubborn = env.task({ name: 'stubborn', output: z.int(), timeout: '2s', retries: 1 }, (_, { attempt }) => {
  if (attempt === 1) for (;;);
  return attempt
})

/** Says nothing of how long it may run, and runs for ever; or says that it may, and does not. */
export const endless = env.task({ name: 'endless' }, (_, { signal }) => untilAborted(signal))
export const unlimited = env.task({ name: 'unlimited', output: z.string(), timeout: 0 }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return 'done'
})

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

/** Computes without a pause for some time. */
export const busy = env.task({ name: 'busy', inputs: { ms: z.int() }, output: z.int(), timeout: '6s' }, ({ ms }) => {
  const until = performance.now() + ms
  while (performance.now() < until);
  return ms
})

/** Calls several that compute at the same time: none of them takes as long as it may, all of them together do. */
export const crowd = env.task({ name: 'crowd', output: z.array(z.int()) }, () =>
  Promise.all([2000, 2001, 2002, 2003].map((ms) => busy({ ms }))),
)

const small = new TaskEnvironment({ name: 'small', envVars: { NODE_OPTIONS: '--max-old-space-size=48' } })

/** Needs more memory than it has. */
export const hungry = small.task({ name: 'hungry' }, () => {
  const kept: number[][] = []
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => i))
})

/** Its output does not fit into a message. */
export const large = env.task({ name: 'large', inputs: { n: z.int() }, output: z.string() }, ({ n }) =>
  String(n).padEnd(100_000, '.'),
)

export const manyLarge = env.task(
  { name: 'manyLarge', inputs: { count: z.int(), afterMs: z.int() }, output: z.int() },
  async ({ count, afterMs }) => {
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    const texts = await Promise.all(Array.from({ length: count }, (_, n) => large({ n })))
    return texts.reduce((sum, text) => sum + text.length, 0)
  },
)

/** Its input does not fit into a message either. */
export const lengthOf = env.task(
  { name: 'lengthOf', inputs: { text: z.string() }, output: z.int() },
  ({ text }) => text.length,
)
