import { deployedTask, TaskEnvironment } from '@tern/sdk'
import { workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

// What it calls is deployed nowhere.

const env = new TaskEnvironment({ name: 'static-missing' })

const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => n * 2)

export const far = deployedTask({ name: 'far.away', inputs: { n: z.int() }, output: z.int() })

export const calling = workflow({ env, name: 'calling', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
  double.node({ n: far.node({ n: double.node({ n }) }) }),
)
