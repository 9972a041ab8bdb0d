// Tasks that wait for something elsewhere: sensors, and jobs of an outside service.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import {
  connector,
  File,
  type JobState,
  NonRecoverableError,
  RecoverableError,
  sensor,
  TaskEnvironment,
} from '@tern/sdk'
import { workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'polling' })

/** Waits for a file, and writes down each check. */
export const arrived = sensor(env, {
  name: 'arrived',
  inputs: { path: z.string(), journal: z.string() },
  output: File.schema(),
  every: '200ms',
  check: async ({ path, journal }) => {
    appendFileSync(journal, 'check\n')
    return (await File.remote(path).exists()) && File.fromLocal(path)
  },
})

export const never = sensor(env, { name: 'never', every: '100ms', timeout: '2s', check: () => false })

export const size = env.task({ name: 'size', inputs: { file: File.schema() }, output: z.int() }, ({ file }) =>
  file.size(),
)

const deliver = env.task({ name: 'deliver', inputs: { path: z.string() } }, ({ path }) => {
  writeFileSync(path, 'twelve bytes')
})

/** Two sensors wait for what another task of the run makes, which finds no place if they keep theirs. */
export const delivered = env.task(
  { name: 'delivered', inputs: { path: z.string(), journal: z.string() }, output: z.int() },
  async ({ path, journal }) => {
    const waiting = [arrived({ path, journal }), arrived({ path, journal: `${journal}-2` })]
    while (![journal, `${journal}-2`].every((each) => existsSync(each))) await delay(20)
    await deliver({ path })
    const [file] = await Promise.all(waiting)
    return file!.size()
  },
)

const twice = env.task({ name: 'twice', inputs: { n: z.int() }, output: z.int() }, ({ n }) => 2 * n)

/** Its checks call a task. */
export const asking = sensor(env, {
  name: 'asking',
  inputs: { journal: z.string() },
  output: z.int(),
  every: '100ms',
  check: async ({ journal }) => {
    appendFileSync(journal, 'check\n')
    const doubled = await twice({ n: readFileSync(journal, 'utf8').length })
    return doubled >= 36 && doubled
  },
})

async function ask<T>(url: string, init: RequestInit = {}): Promise<T> {
  let answer: Response
  try {
    answer = await fetch(url, init)
  } catch (cause) {
    throw new RecoverableError(`no answer from ${url}`, { cause })
  }
  if (!answer.ok) throw new NonRecoverableError(`${url} answered ${answer.status}`)
  return (await answer.json()) as T
}

/** A job of the service that the test runs. */
export const squared = connector(env, {
  name: 'squared',
  type: 'squares',
  inputs: { url: z.string(), n: z.int() },
  outputs: { square: z.int(), job: z.string() },
  every: '200ms',
  retries: { count: 1, on: 'recoverable' },
  create: ({ url, n }, { key, signal }) =>
    ask<{ id: string }>(`${url}/jobs`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: JSON.stringify({ n }),
      signal,
    }),
  get: ({ id }, { inputs, signal }) =>
    ask<JobState<{ square: number; job: string }>>(`${inputs.url}/jobs/${id}`, { signal }),
  delete: ({ id }, { inputs, signal }) => ask(`${inputs.url}/jobs/${id}`, { method: 'DELETE', signal }),
})

export const added = connector(env, {
  name: 'added',
  type: 'sums',
  inputs: { url: z.string(), n: z.int() },
  output: z.int(),
  do: async ({ url, n }, { key, signal }) => {
    const { sum } = await ask<{ sum: number }>(`${url}/sum?n=${n}`, { headers: { 'idempotency-key': key }, signal })
    return { phase: 'succeeded', outputs: sum }
  },
})

/** They are nodes as any other task. */
export const graph = workflow(
  {
    env,
    name: 'graph',
    inputs: { path: z.string(), journal: z.string(), url: z.string() },
    outputs: { bytes: z.int(), square: z.int(), sum: z.int() },
  },
  ({ path, journal, url }) => {
    const bytes = size.node({ file: arrived.node({ path, journal }) })
    const { square } = squared.node({ url, n: bytes })
    return { bytes, square, sum: added.node({ url, n: square }) }
  },
)
