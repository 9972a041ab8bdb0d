// The TypeScript half of workflows whose nodes are of both languages; the other is graphs.py.
import { deployedTask, TaskEnvironment } from '@tern/sdk'
import { dynamic, gt, itemResults, mapOver, nodeFailure, when, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'graphs' })

const reading = z.object({ site: z.string(), values: z.array(z.number()) }).meta({ title: 'Reading' })

const measure = deployedTask({
  name: 'py_graphs.measure',
  inputs: { site: z.string(), count: z.int() },
  output: reading,
})
const checked = deployedTask({ name: 'py_graphs.checked', inputs: { value: z.number() }, output: z.number() })
const told = deployedTask({
  name: 'py_graphs.told',
  inputs: { site: z.string(), err: nodeFailure },
  output: z.string(),
})

const plan = env.task(
  { name: 'plan', inputs: { site: z.string(), size: z.int() }, outputs: { site: z.string(), count: z.int() } },
  ({ site, size }) => ({ site: `${site}!`, count: size }),
)

const mean = env.task({ name: 'mean', inputs: { items: itemResults(z.number()) }, output: z.number() }, ({ items }) => {
  const good = items.flatMap((item) => (item.ok ? [item.value] : []))
  return good.reduce((a, b) => a + b, 0) / good.length
})

/** From TypeScript to Python, an item at a time to Python, and back. */
export const mixed = workflow(
  {
    env,
    name: 'mixed',
    inputs: { site: z.string() },
    outputs: { mean: z.number(), name: z.string(), second: z.number() },
  },
  ({ site }) => {
    const planned = plan.node({ site, size: 4 })
    const data = measure.node({ site: planned.site, count: planned.count })
    const items = mapOver(checked, { onItemError: 'result' }).node({ value: data.values })
    const second = when('above', gt(data.values[1]!, 0), () => checked.node({ value: data.values[1]! })).else(() =>
      checked.node({ value: data.values[3]! }),
    )
    return { mean: mean.node({ items }), name: data.site, second }
  },
)

/** A graph that is made when it runs, of Python tasks. */
export const made = dynamic(
  { env, name: 'made', inputs: { values: z.array(z.number()) }, output: z.array(z.number()) },
  ({ values }) => values.map((value) => checked.node({ value })),
)

/** Fails in Python, and is cleaned up in Python. */
export const failing = workflow(
  { env, name: 'failing', inputs: { site: z.string() }, output: z.number(), onFailure: told },
  ({ site }) => checked.node({ value: measure.node({ site, count: 1 }).values[0]! }),
)

/** A task that calls workflows whose nodes are of the other language. */
export const around = env.task(
  { name: 'around', inputs: { site: z.string() }, output: z.array(z.number()) },
  async ({ site }) => {
    const [{ second }, all] = await Promise.all([mixed({ site }), made({ values: [1, 2] })])
    return [second, ...all]
  },
)
