import type { Benchmark } from './benchmark.ts'
import { type HistoryPlan, type HistoryResult, measureHistory } from './history.ts'
import { rounded, type Summary } from './summary.ts'

export const historyBenchmark: Benchmark = {
  summary:
    'a fan-out of n on a store full of finished actions by one on an empty store, and how long servers start on both',
  parameters: { actions: 1_000_000, n: 6000, rounds: 10, starts: 5 },
  async measure({ actions = 0, n = 0, rounds = 1, starts = 1 }, options) {
    const plan = { actions, n, rounds, starts }
    return historyReport(plan, await measureHistory(plan, options))
  },
}

/** The result as it is reported. */
export function historyReport(plan: HistoryPlan, result: HistoryResult): Record<string, unknown> {
  const { secondsToReady: ready, serverCpuSeconds: cpu, serverPeakRssMib: rss } = result
  const all = (summary: Summary) => ({
    median: rounded(summary.median),
    min: rounded(summary.min),
    max: rounded(summary.max),
  })
  return {
    ...plan,
    wall_seconds_empty: all(result.empty),
    wall_seconds_full: all(result.full),
    ratio: rounded(result.ratio),
    server_cpu_seconds_empty: all(cpu.empty),
    server_cpu_seconds_full: all(cpu.full),
    start_seconds_empty: all(ready.empty),
    start_seconds_full: all(ready.full),
    server_peak_rss_mib_empty: Math.round(rss.empty),
    server_peak_rss_mib_full: Math.round(rss.full),
  }
}
