import { deployedTask, TaskEnvironment } from '@tern/sdk'
import { workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

// What other-project.test.ts deploys, and what calls a task of the same name that is deployed in another project.

export const env = new TaskEnvironment({ name: 'place' })

export const tell = env.task({ name: 'tell', inputs: { n: z.int() }, output: z.string() }, ({ n }) => `near ${n}`)

const declared = { name: 'place.tell', inputs: { n: z.int() }, output: z.string() }
export const near = deployedTask(declared)
export const far = deployedTask({ ...declared, project: 'elsewhere', domain: 'production' })
export const nowhere = deployedTask({ ...declared, project: 'elsewhere' })

export const both = env.task({ name: 'both', output: z.array(z.string()) }, async () => [
  await near({ n: 1 }),
  await far({ n: 1 }),
  await far.override({ retries: 1 })({ n: 2 }),
])

export const missing = env.task({ name: 'missing', output: z.string() }, () => nowhere({ n: 1 }))

export const graph = workflow({ env, name: 'graph', inputs: { n: z.int() }, output: z.string() }, ({ n }) =>
  far.node({ n }),
)
