import type { Benchmark } from './benchmark.ts'
import { scheduleBenchmark } from './schedule.ts'
import { storeBenchmark } from './store/store-benchmark.ts'

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  schedule: scheduleBenchmark,
  store: storeBenchmark,
}
