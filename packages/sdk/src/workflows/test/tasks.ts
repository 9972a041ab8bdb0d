import { z } from 'zod'
import { TaskEnvironment } from '../../authoring/task-environment.ts'
import { RecoverableError } from '@tern/core'

// The tasks that the tests of workflows build graphs of.

export const env = new TaskEnvironment({ name: 'wf' })

/** What ran, in the order in which it ran. */
export const ran: string[] = []

export const one = env.task({ name: 'one', output: z.int() }, () => 1)

export const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
  ran.push(`double ${n}`)
  return n * 2
})

export const half = env.task({ name: 'half', inputs: { n: z.number() }, output: z.number() }, ({ n }) => n / 2)

export const both = env.task(
  {
    name: 'both',
    inputs: { a: z.int(), b: z.string().default('z') },
    outputs: { sum: z.int(), label: z.string() },
  },
  ({ a, b }) => ({ sum: a + 2, label: `${b}${a}` }),
)

export const point = z.object({ x: z.int(), y: z.string(), note: z.string().optional() })

export const shape = env.task(
  { name: 'shape', inputs: { p: point, l: z.array(z.int()).default([]) }, output: z.object({ rows: z.array(point) }) },
  ({ p, l }) => ({ rows: l.map((x) => ({ ...p, x })) }),
)

export const sum = env.task({ name: 'sum', inputs: { l: z.array(z.int()) }, output: z.int() }, ({ l }) =>
  l.reduce((a, b) => a + b, 0),
)

export const join = env.task(
  { name: 'join', inputs: { m: z.record(z.string(), z.string()) }, output: z.string() },
  ({ m }) =>
    Object.entries(m)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
)

export const text = env.task({ name: 'text', inputs: { s: z.string() }, output: z.string() }, ({ s }) => `<${s}>`)

export const maybe = env.task({ name: 'maybe', inputs: { n: z.int() }, output: z.int().nullable() }, ({ n }) =>
  n > 0 ? n : null,
)

export const optional = env.task({ name: 'optional', inputs: { n: z.int().optional() }, output: z.string() }, ({ n }) =>
  String(n),
)

export const nothing = env.task({ name: 'nothing', inputs: { s: z.string().default('') } }, ({ s }) => {
  ran.push(`nothing ${s}`)
})

export const broken = env.task({ name: 'broken', inputs: { s: z.string().default('') }, output: z.int() }, ({ s }) => {
  ran.push(`broken ${s}`)
  throw new Error(`broken ${s}`)
})

export const flaky = env.task(
  { name: 'flaky', inputs: { key: z.string(), plain: z.boolean().default(false) }, output: z.int(), retries: 2 },
  ({ key, plain }, { attempt }) => {
    ran.push(`flaky ${key} ${attempt}`)
    if (attempt === 1) throw plain ? new Error('not now') : new RecoverableError('not now')
    return attempt
  },
)

let names = 0

/** Workflows of tests have names of their own. */
export function freshName(): string {
  names++
  return `wf${names}`
}
