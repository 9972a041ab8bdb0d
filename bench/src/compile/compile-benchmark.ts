import { toBinary } from '@bufbuild/protobuf'
import { WorkflowSchema } from '@tern/idl/graph'
import { TaskEnvironment } from '@tern/sdk'
import { type Ref, type Workflow, workflow } from '@tern/sdk/workflows'
import { z } from 'zod'
import type { Benchmark } from '../benchmark.ts'

const env = new TaskEnvironment({ name: 'compile' })

const add = env.task({ name: 'add', inputs: { a: z.int(), b: z.int() }, output: z.int() }, async ({ a, b }) => a + b)

let made = 0

/** A workflow of so many nodes, each of what the one before gives. */
function chainOf(nodes: number): Workflow<{ n: number }, number> {
  made++
  return workflow({ env, name: `chain-${made}`, inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
    let last: Ref<number> = n
    for (let i = 0; i < nodes; i++) last = add.node({ a: last, b: i })
    return last
  })
}

/** Compiling a workflow: from its body to its graph and digest. */
export const compileBenchmark: Benchmark = {
  summary: 'compiling a workflow of many nodes',
  parameters: { nodes: 10_000, rounds: 5 },
  async measure({ nodes = 10_000, rounds = 5 }) {
    chainOf(100).compile()
    const seconds: number[] = []
    const cpuBefore = process.cpuUsage()
    let bytes = 0
    for (let round = 0; round < rounds; round++) {
      const declared = chainOf(nodes)
      const started = performance.now()
      const { message } = declared.compile()
      seconds.push((performance.now() - started) / 1000)
      bytes = toBinary(WorkflowSchema, message).length
    }
    const { user, system } = process.cpuUsage(cpuBefore)
    seconds.sort((a, b) => a - b)
    const median = seconds[Math.floor(seconds.length / 2)] ?? 0
    return {
      compile_s: Number(median.toFixed(3)),
      slowest_s: Number((seconds.at(-1) ?? 0).toFixed(3)),
      cpu_s: Number(((user + system) / 1e6 / rounds).toFixed(3)),
      node_us: Number(((median * 1e6) / nodes).toFixed(1)),
      bytes,
    }
  },
}
