// Tasks that call themselves, level by level.
import { TaskEnvironment } from '@tern/sdk'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'nested' })
const other = new TaskEnvironment({ name: 'nested-elsewhere' })

const leaf = other.task({ name: 'leaf', inputs: { n: z.int() }, output: z.int() }, ({ n }) => n)

/** Counts its descendants and itself: at each level one that goes on and one that does not. */
export const down = env.task(
  { name: 'down', inputs: { n: z.int() }, output: z.int() },
  async ({ n }): Promise<number> => {
    if (n === 0) return 1
    const [below] = await Promise.all([down({ n: n - 1 }), leaf({ n })])
    return below + 2
  },
)
