import type { HistoryPlan, HistoryResult } from './history.ts'
import { rounded, type Summary } from './summary.ts'

/** The result as it is reported. */
export function historyReport(plan: HistoryPlan, result: HistoryResult): Record<string, unknown> {
  const { secondsToReady: ready, serverCpuSeconds: cpu, serverPeakRssMib: rss } = result
  const all = (summary: Summary) => ({
    median: rounded(summary.median),
    min: rounded(summary.min),
    max: rounded(summary.max),
  })
  return {
    shape: 'history',
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
