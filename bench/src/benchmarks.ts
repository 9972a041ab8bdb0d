import type { Benchmark } from './benchmark.ts'
import { storeBenchmark } from './store/store-benchmark.ts'

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  store: storeBenchmark,
}
