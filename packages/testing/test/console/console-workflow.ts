// A workflow that the tests of the console look at.
import { TaskEnvironment } from '@tern/sdk'
import { gt, mapOver, when, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'cafe' })

const beans = env.task({ name: 'beans', inputs: { cups: z.int() }, output: z.array(z.int()) }, ({ cups }) =>
  Array.from({ length: cups }, (_, cup) => cup),
)
const grind = env.task({ name: 'grind', inputs: { bean: z.int() }, output: z.int() }, ({ bean }) => bean + 1)
const espresso = env.task(
  { name: 'espresso', inputs: { cups: z.int() }, output: z.string() },
  ({ cups }) => `${cups} small`,
)
const filter = env.task(
  { name: 'filter', inputs: { cups: z.int() }, output: z.string() },
  ({ cups }) => `${cups} large`,
)
const serve = env.task(
  { name: 'serve', inputs: { ground: z.array(z.int()), drink: z.string() }, output: z.string() },
  ({ ground, drink }) => `${drink}, of ${ground.length}`,
)

/** Grinds for each cup, makes one of two drinks, and serves it. */
export const brew = workflow({ env, name: 'brew', inputs: { cups: z.int() }, output: z.string() }, ({ cups }) => {
  const ground = mapOver(grind).node({ bean: beans.node({ cups }) })
  const drink = when('how much', gt(cups, 3), () => filter.node({ cups })).else(() => espresso.node({ cups }))
  return serve.node({ ground, drink })
})
