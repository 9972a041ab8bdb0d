import type { Round } from './measure-shape.ts'
import type { Shape } from './shapes.ts'
import { limitsOf, wallTime } from './speed/budgets.ts'
import { rounded } from './summary.ts'

/** A round as it is reported, as one line. */
export function roundReport(name: string, shape: Shape, round: Round, number: number): Record<string, unknown> {
  const { kind, parameters, measurement } = round
  const { wallSeconds, serverCpuSeconds } = measurement
  const actions = shape.actions(parameters)
  const waits = shape.waits?.(parameters)
  const limit = limitsOf(name, parameters).find(({ quantity }) => quantity === wallTime)
  return {
    shape: name,
    ...parameters,
    round: number,
    cold: kind === 'cold',
    measured: kind === 'measured',
    actions,
    wall_seconds: rounded(wallSeconds),
    // What the time is that nothing had to wait for.
    ...(waits !== undefined && { overhead_seconds: rounded(wallSeconds - waits) }),
    actions_per_second: Math.round(actions / wallSeconds),
    server_cpu_seconds: rounded(serverCpuSeconds),
    server_cpu_us_per_action: rounded((serverCpuSeconds / actions) * 1e6),
    worker_cpu_seconds: rounded(measurement.workersCpuSeconds),
    other_cpu_seconds: rounded(measurement.otherCpuSeconds),
    server_peak_rss_mib: Math.round(measurement.serverPeakRssMib),
    server_peak_anon_mib: Math.round(measurement.serverPeakAnonMib),
    server_peak_file_mib: Math.round(measurement.serverPeakFileMib),
    worker_peak_rss_mib: Math.round(measurement.workersPeakRssMib),
    disk_flushes: measurement.diskFlushes,
    ...(limit !== undefined && { budget_seconds: limit.budget, within_budget: wallSeconds <= limit.budget }),
  }
}
