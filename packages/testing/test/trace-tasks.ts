// Tasks that write down each of their side effects, so that a test can tell how often one really happened.
import { appendFileSync } from 'node:fs'
import {
  condition,
  group,
  newCondition,
  NonRecoverableError,
  now,
  random,
  sleep,
  TaskEnvironment,
  trace,
} from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'traced' })

const step = trace({ name: 'step' }, (journal: string, n: number) => {
  appendFileSync(journal, `step-${n}\n`)
  return { n, large: 'x'.repeat(n === 2 ? 200_000 : 1) }
})

const leaf = env.task(
  { name: 'leaf', inputs: { journal: z.string(), n: z.int() }, output: z.int() },
  ({ journal, n }) => {
    appendFileSync(journal, `leaf-${n}\n`)
    return n
  },
)

const refused = trace({ name: 'refused' }, (journal: string) => {
  appendFileSync(journal, 'refused\n')
  throw new NonRecoverableError('never')
})

const composed = trace({ name: 'composed' }, async (journal: string) => {
  appendFileSync(journal, 'composed\n')
  return (await step(journal, 100)).n + (await leaf({ journal, n: 101 }))
})

const words = trace({ name: 'words' }, async function* (journal: string) {
  for (const word of ['a', 'b']) {
    appendFileSync(journal, `word-${word}\n`)
    yield word
  }
})

/** What an attempt sees of everything that is recorded. */
async function look(journal: string, steps: number): Promise<unknown> {
  const done = await Promise.all(Array.from({ length: steps }, async (_, n) => (await step(journal, n)).n))
  const same = await group('again', () => step(journal, 0))
  const error = await refused(journal).catch(({ name, message }: Error) => `${name}: ${message}`)
  const spoken: string[] = []
  for await (const word of words(journal)) spoken.push(word)
  return [done, same.n, error, await composed(journal), spoken, await now(), await random()]
}

/** Does things, asks whether to go on, and does them again. What its attempts saw is in the journal. */
export const asking = env.task(
  { name: 'asking', inputs: { journal: z.string(), steps: z.int() }, output: z.string(), retries: 1 },
  async ({ journal, steps }) => {
    appendFileSync(journal, `saw ${JSON.stringify(await look(journal, steps))}\n`)
    const word = await condition({ name: 'go', type: 'string', prompt: 'Go on?' })
    appendFileSync(journal, 'told\n')
    if (word === 'fail') throw new NonRecoverableError('as told')
    return word
  },
)

/** Many steps, one after the other. */
export const marching = env.task(
  { name: 'marching', inputs: { journal: z.string(), steps: z.int() }, output: z.int() },
  async ({ journal, steps }) => {
    let sum = 0
    for (let n = 0; n < steps; n++) sum += (await step(journal, n)).n
    return sum
  },
)

export const sleeping = env.task({ name: 'sleeping', inputs: { journal: z.string() } }, async ({ journal }) => {
  appendFileSync(journal, 'asleep\n')
  await sleep('8s')
  appendFileSync(journal, 'awake\n')
})

/** The sleep is a task of its own that anybody can run. */
export const nap = env.sleep({ name: 'nap' })

/** Raises two conditions at once, and gives what becomes of them. */
export const raising = env.task(
  { name: 'raising', inputs: { timeout: z.string() }, output: z.array(z.string()) },
  async ({ timeout }) => {
    const first = newCondition({ name: 'count', type: 'integer', prompt: 'How many?', description: 'of them' })
    const second = newCondition({ name: 'late', prompt: 'Soon?', timeout })
    const outcomes = await Promise.allSettled([first.wait(), second.wait()])
    return outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? String(outcome.value) : (outcome.reason as Error).name,
    )
  },
)
