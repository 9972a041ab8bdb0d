import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

// What other-project.test.ts deploys in the other project.

const env = new TaskEnvironment({ name: 'place' })

export const tell = env.task({ name: 'tell', inputs: { n: z.int() }, output: z.string() }, ({ n }) => `far ${n}`)
