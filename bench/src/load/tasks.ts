// Tasks that write down each of their executions, so that it can be told how often an action really ran.
import { closeSync, existsSync, openSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ctx, deployedTask, TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'
import { note } from './ledger.ts'

const env = new TaskEnvironment({ name: 'load' })
const work = { x: z.int(), ledger: z.string() }
const many = { n: z.int(), ledger: z.string() }

function ran(ledger: string, x: number, prefix = ctx()?.run.name): void {
  note(ledger, `ran ${prefix}/${x} ${ctx()?.run.name}/${ctx()?.action.name}`)
}

/** The result of a piece of work, once it is written down that this run knows it. */
async function told<T>(ledger: string, x: number, result: Promise<T>, prefix = ctx()?.run.name): Promise<T> {
  const value = await result
  note(ledger, `told ${prefix}/${x}`)
  return value
}

async function sumOf(results: Iterable<Promise<number>>): Promise<number> {
  return (await Promise.all(results)).reduce((sum, result) => sum + result, 0)
}

const leaf = env.task({ name: 'leaf', inputs: work, output: z.int() }, async ({ x, ledger }) => {
  ran(ledger, x)
  return 2 * x + 5
})

/** Starts `n` leaves at once, and adds up what they return. */
export const fanout = env.task({ name: 'fanout', inputs: many, output: z.int() }, async ({ n, ledger }) =>
  sumOf(Array.from({ length: n }, (_, x) => told(ledger, x, leaf({ x, ledger })))),
)

/** Runs `n` leaves one after another. */
export const chain = env.task({ name: 'chain', inputs: many, output: z.int() }, async ({ n, ledger }) => {
  let sum = 0
  for (let x = 0; x < n; x++) sum += await told(ledger, x, leaf({ x, ledger }))
  return sum
})

/** Runs until a file is there, while others add to its run. */
export const hold = env.task({ name: 'hold', inputs: { file: z.string() }, output: z.int() }, async ({ file }) => {
  const signal = ctx()?.signal
  while (!existsSync(file)) await delay(20, undefined, signal && { signal })
  return 1
})

const blob = env.task(
  { name: 'blob', inputs: { ...work, bytes: z.int() }, output: z.string() },
  async ({ x, bytes, ledger }) => {
    ran(ledger, x)
    return 'x'.repeat(bytes)
  },
)

/** Starts `n` leaves that return more than what is kept in the database. */
export const blobs = env.task(
  { name: 'blobs', inputs: { ...many, bytes: z.int() }, output: z.int() },
  async ({ n, bytes, ledger }) =>
    sumOf(Array.from({ length: n }, async (_, x) => (await told(ledger, x, blob({ x, bytes, ledger }))).length)),
)

const middle = env.task(
  { name: 'middle', inputs: { ...many, from: z.int() }, output: z.int() },
  async ({ n, from, ledger }) =>
    sumOf(Array.from({ length: n }, (_, i) => told(ledger, from + i, leaf({ x: from + i, ledger })))),
)

/** Starts `n` parents, each of which starts `n` leaves: more at once than the run may have busy. */
export const nested = env.task({ name: 'nested', inputs: many, output: z.int() }, async ({ n, ledger }) =>
  sumOf(Array.from({ length: n }, (_, i) => middle({ n, from: i * n, ledger }))),
)

const flaky = env.task({ name: 'flaky', inputs: work, output: z.int(), retries: 3 }, async ({ x, ledger }) => {
  ran(ledger, x)
  if (isFirst(`${ledger}-${ctx()?.run.name}-${x}`)) throw new Error('the first try fails')
  return 2 * x + 5
})

function isFirst(file: string): boolean {
  if (existsSync(file)) return false
  closeSync(openSync(file, 'w'))
  return true
}

/** Starts `n` leaves whose first attempts fail. */
export const retried = env.task({ name: 'retried', inputs: many, output: z.int() }, async ({ n, ledger }) =>
  sumOf(Array.from({ length: n }, (_, x) => told(ledger, x, flaky({ x, ledger })))),
)

const expensive = env.task(
  {
    name: 'expensive',
    inputs: { ...work, run: z.string(), wave: z.int() },
    output: z.int(),
    cache: { version: '1', ignoredInputs: 'wave', serialize: true },
  },
  async ({ x, ledger }) => {
    ran(ledger, x)
    return 2 * x + 5
  },
)

/** Asks `n` times for each of `n` results, all at once, and once more when it has them: they are computed once. */
export const cached = env.task({ name: 'cached', inputs: many, output: z.int() }, async ({ n, ledger }) => {
  const name = ctx()?.run.name ?? ''
  const ask = (wave: number): Promise<number> =>
    sumOf(Array.from({ length: n }, (_, x) => told(ledger, x, expensive({ x, run: name, wave, ledger }))))
  return (await sumOf([ask(1), ask(2)])) + (await ask(3))
})

/** Starts `n` processes of the script that is deployed in this version. */
export const scripts = env.task(
  { name: 'scripts', inputs: { n: z.int(), version: z.string() }, output: z.int() },
  async ({ n, version }) => {
    const script = deployedTask({ name: 'load.script', version, inputs: { x: z.int() } })
    await Promise.all(Array.from({ length: n }, (_, x) => script({ x })))
    return n
  },
)
