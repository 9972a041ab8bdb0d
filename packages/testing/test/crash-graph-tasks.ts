// Workflows whose server is killed half-way: each execution of their tasks is written down.
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { TaskEnvironment } from '@tern/sdk'
import { approve, chain, itemResults, mapOver, nodeFailure, signal, sleep, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'crash' })

const journal = z.string()

const step = env.task(
  { name: 'step', inputs: { name: z.string(), n: z.int(), journal }, output: z.int() },
  (inputs) => {
    appendFileSync(inputs.journal, `${inputs.name}\n`)
    return inputs.n + 1
  },
)

const item = env.task({ name: 'item', inputs: { x: z.int(), journal }, output: z.int() }, async (inputs) => {
  appendFileSync(inputs.journal, `${inputs.x}\n`)
  await setTimeout(5)
  if (inputs.x % 5 === 0) throw new RangeError(`no ${inputs.x}`)
  return 2 * inputs.x
})

/** A map some of whose items fail. */
export const tolerant = workflow(
  { env, name: 'tolerant', inputs: { xs: z.array(z.int()), journal }, output: itemResults(z.int()) },
  (inputs) =>
    mapOver(item, { bind: { journal: inputs.journal }, concurrency: 20, onItemError: 'result' }).node({ x: inputs.xs }),
)

/** Waits for an approval, for a value, and for a time. */
export const gated = workflow({ env, name: 'gated', inputs: { n: z.int(), journal }, output: z.int() }, (inputs) => {
  const begun = step.node({ name: 'begun', n: inputs.n, journal: inputs.journal })
  const approved = approve(begun, { name: 'go', timeout: '1h' })
  const value = signal('value', z.int(), { timeout: '1h' })
  const paused = step.node({ name: 'paused', n: 0, journal: inputs.journal })
  chain(begun, sleep('2s'), paused)
  const answered = step.node({ name: 'approved', n: approved, journal: inputs.journal })
  const given = step.node({ name: 'given', n: value, journal: inputs.journal })
  const last = step.node({ name: 'last', n: given, journal: inputs.journal })
  chain([answered, paused], last)
  return last
})

const cleanUp = env.task({ name: 'clean-up', inputs: { journal, err: nodeFailure } }, async (inputs) => {
  appendFileSync(inputs.journal, 'clean-up begins\n')
  while (!existsSync(`${inputs.journal}.go`)) await setTimeout(20)
  appendFileSync(inputs.journal, `clean-up ends: ${inputs.err.failedNodeId}\n`)
})

const broken = env.task({ name: 'broken', inputs: { n: z.int(), journal }, output: z.int() }, (inputs): number => {
  appendFileSync(inputs.journal, 'broken\n')
  throw new Error(`broken by ${inputs.n}`)
})

/** Fails in a workflow inside of it, and takes its time for cleaning up. */
export const handled = workflow(
  { env, name: 'handled', inputs: { journal }, output: z.int(), onFailure: cleanUp },
  (inputs) => broken.node({ n: step.node({ name: 'first', n: 1, journal: inputs.journal }), journal: inputs.journal }),
)
