// Tasks that say what they do when they are told to stop.
import { setTimeout as delay } from 'node:timers/promises'
import { TaskEnvironment } from '@tern/sdk'

const env = new TaskEnvironment({ name: 'late-lines' })

/** Runs until it is told to stop, and takes its time to clean up. */
async function runs(signal: AbortSignal, attempt: number): Promise<void> {
  process.stdout.write(`attempt ${attempt} works\n`)
  try {
    await delay(600_000, undefined, { signal })
  } finally {
    process.stdout.write(`attempt ${attempt} stops its job\n`)
    await delay(200)
    process.stdout.write(`attempt ${attempt} has stopped its job\n`)
  }
}

export const aborted = env.task({ name: 'aborted' }, (_, { signal, attempt }) => runs(signal, attempt))

/** Its first attempt has too little time. */
export const late = env.task({ name: 'late', timeout: '4s', retries: 1 }, async (_, { signal, attempt }) => {
  if (attempt === 1) await runs(signal, attempt)
  process.stdout.write(`attempt ${attempt} is done\n`)
})
