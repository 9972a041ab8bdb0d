import { appendFileSync } from 'node:fs'
import { deployedTask, type Task, TaskEnvironment } from '@tern/sdk'
import {
  approve,
  echo,
  dynamic,
  gt,
  fail,
  graph,
  lt,
  mapOver,
  nodeFailure,
  signal,
  sleep,
  chain,
  when,
  workflow,
} from '@tern/sdk/workflows'
import { z } from 'zod'

export const env = new TaskEnvironment({ name: 'static' })

const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => n * 2)

const both = env.task(
  { name: 'both', inputs: { a: z.int(), b: z.string().default('z') }, outputs: { sum: z.int(), label: z.string() } },
  ({ a, b }) => ({ sum: a + 2, label: `${b}${a}` }),
)

const point = z.object({ x: z.int(), at: z.date() })

const points = env.task(
  { name: 'points', inputs: { first: point, count: z.int() }, output: z.object({ rows: z.array(point) }) },
  ({ first, count }) => ({ rows: Array.from({ length: count }, (_, i) => ({ ...first, x: first.x + i })) }),
)

const strict = env.task({ name: 'strict', inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
  if (n < 0) throw new Error(`negative ${n}`)
  return n
})

const total = env.task({ name: 'total', inputs: { l: z.array(z.int().nullable()) }, output: z.int() }, ({ l }) =>
  l.reduce<number>((a, b) => a + (b ?? 0), 0),
)

const note = env.task({ name: 'note', inputs: { file: z.string(), text: z.string() } }, ({ file, text }) => {
  appendFileSync(file, `${text}\n`)
})

const tell = env.task(
  { name: 'tell', inputs: { file: z.string(), n: z.int(), err: nodeFailure } },
  ({ file, n, err }) => {
    appendFileSync(file, `${n}: ${err.failedNodeId} ${err.message}\n`)
  },
)

const squares = dynamic({ env, name: 'squares', inputs: { n: z.int() }, output: z.array(z.int()) }, ({ n }) =>
  Array.from({ length: n }, (_, i) => double.node({ n: i })),
)

export const inner = workflow(
  { env, name: 'inner', inputs: { n: z.int() }, outputs: { sum: z.int(), label: z.string() } },
  ({ n }) => both.node({ a: double.node({ n }) }),
)

/** Something of everything that needs nobody's answer. */
export const everything = workflow(
  {
    env,
    name: 'everything',
    inputs: { n: z.int(), at: z.date(), l: z.array(z.int()).default([1, -1, 3]), o: z.string().optional() },
    outputs: {
      picked: z.int(),
      tolerant: z.array(z.int().nullable()),
      label: z.string(),
      made: z.array(z.int()),
      sum: z.int(),
    },
  },
  ({ n, at, l }) => {
    const { rows } = points.node({ first: { x: n, at }, count: 3 })
    const sub = inner.node({ n: rows[2]!.x }, { nodeName: 'sub' })
    const picked = when('size', gt(sub.sum, 100), () => double.node({ n: sub.sum }))
      .elif(gt(n, 0), () => double.node({ n: double.node({ n: rows[0]!.x }) }))
      .else(() => fail('too small'))
    const tolerant = mapOver(strict, { concurrency: 2, minSuccessRatio: 0.5 }).node({ n: l })
    const pause = sleep('10ms')
    chain(sub.sum, pause, tolerant)
    return { picked, tolerant, label: sub.label, made: squares.node({ n: picked }), sum: total.node({ l: tolerant }) }
  },
)

export const handled = workflow(
  { env, name: 'handled', inputs: { file: z.string(), n: z.int() }, output: z.int(), onFailure: tell },
  ({ n }) => double.node({ n: when(lt(n, 10), () => strict.node({ n })).else(() => double.node({ n })) }),
)

export const asking = workflow(
  { env, name: 'asking', inputs: { n: z.int(), file: z.string() }, output: z.int() },
  ({ n, file }) => {
    const approved = approve(double.node({ n }), { name: 'check', prompt: 'Good?' })
    note.node({ file, text: 'approved' }, { after: approved })
    return double.node({ n: when(gt(signal('more', z.int()), 5), () => approved).else(() => n) })
  },
)

const sums = env.task({ name: 'sums', inputs: { l: z.array(z.int()) }, output: z.int() }, ({ l }) =>
  l.reduce((a, b) => a + b, 0),
)

/** Looks into a list, hands it to a task, and to each of its items. */
export const looking = workflow(
  {
    env,
    name: 'looking',
    inputs: { l: z.array(z.int()) },
    outputs: { first: z.int(), sum: z.int(), twice: z.array(z.int()) },
  },
  ({ l }) => ({
    first: when('large', gt(l[1]!, 3), () => double.node({ n: l[0]! })).else(() => fail('small')),
    sum: sums.node({ l: echo({ l: z.array(z.int()) }, { l }).l }),
    twice: mapOver(double).node({ n: l }),
  }),
)

const made = graph({ env, name: 'made' }).input('n', z.int())
export const built = made.output('n', made.add(double, { n: made.inputs.n })).build()

export const caller = env.task({ name: 'caller', inputs: { n: z.int() }, output: z.int() }, async ({ n }) => {
  const [{ sum }, list, { n: twice }] = await Promise.all([inner({ n }), squares({ n: 2 }), built({ n })])
  return sum + list.length + twice
})

/** A workflow of a map, which a task calls that is itself a node of a workflow that a task calls. */
export const mapped = workflow(
  { env, name: 'mapped', inputs: { l: z.array(z.int()) }, output: z.array(z.int().nullable()) },
  ({ l }) => mapOver(strict, { onItemError: 'null' }).node({ n: l }),
)

const decides: Task<{ n: number }, number> = env.task(
  { name: 'decides', inputs: { n: z.int() }, output: z.int() },
  async ({ n }) => {
    if (n < 2) return n
    const values = await mapped({ l: Array.from({ length: n }, (_, i) => (i % 2 === 0 ? i : -i)) })
    const most = Math.max(...values.map((value) => value ?? 0))
    return most + (await decides({ n: n - 2 }))
  },
)

export const planned = workflow({ env, name: 'planned', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
  double.node({ n: when(gt(n, 1), () => decides.node({ n })).else(() => squares.node({ n: 2 })[1]!) }),
)

export const outermost = env.task(
  { name: 'outermost', inputs: { n: z.int() }, output: z.array(z.int()) },
  async ({ n }) => Promise.all([planned({ n }), planned({ n: 1 })]),
)

const deployedInner = deployedTask({
  name: 'static.inner',
  inputs: { n: z.int() },
  outputs: { sum: z.int(), label: z.string() },
})

export const byName = workflow({ env, name: 'by-name', inputs: { n: z.int() }, output: z.array(z.int()) }, ({ n }) => [
  deployedInner.node({ n }).sum,
  deployedTask({ name: 'static.everything', inputs: { n: z.int(), at: z.date() }, outputs: { picked: z.int() } }).node({
    n,
    at: new Date(5),
  }).picked,
])

export { squares }
