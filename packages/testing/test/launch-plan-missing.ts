import { deployedTask, TaskEnvironment } from '@tern/sdk'
import { refLaunchPlan, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'

// A workflow that refers to what is not there, or is otherwise.

const env = new TaskEnvironment({ name: 'missing' })

const n = z.int()
const nowhere = refLaunchPlan({ name: 'nowhere' })
const inactive = refLaunchPlan({ name: 'quiet' }, { inputs: { n }, output: z.string() })
const fixed = refLaunchPlan({ name: 'regional' }, { inputs: { n, region: z.string() }, output: z.string() })
const other = deployedTask({ name: 'plans.scale', inputs: { n, by: n }, output: z.string() })

export const all = workflow({ env, name: 'all' }, () => {
  nowhere.node()
  inactive.node({ n: 1 })
  fixed.node({ n: 1, region: 'us' })
  other.node({ n: 1, by: 2 })
})
