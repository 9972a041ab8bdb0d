import type { Benchmark } from './benchmark.ts'
import { compileBenchmark } from './compile/compile-benchmark.ts'
import { pythonBenchmark } from './python/python-benchmark.ts'
import { scheduleBenchmark } from './schedule.ts'
import { storeBenchmark } from './store/store-benchmark.ts'
import { workflowBenchmark } from './workflow/workflow-benchmark.ts'

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  compile: compileBenchmark,
  python: pythonBenchmark,
  schedule: scheduleBenchmark,
  store: storeBenchmark,
  workflow: workflowBenchmark,
}
