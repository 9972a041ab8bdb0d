import type { Benchmark } from './benchmark.ts'
import { historyBenchmark } from './history-report.ts'
import { scheduleBenchmark } from './schedule.ts'
import { storeBenchmark } from './store/store-benchmark.ts'

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  history: historyBenchmark,
  schedule: scheduleBenchmark,
  store: storeBenchmark,
}
