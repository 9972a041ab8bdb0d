import type { Colors } from '../io.ts'

/** Colours the name of a phase by what it means. */
export function stylePhase(phase: string, colors: Colors): string {
  switch (phase) {
    case 'SUCCEEDED':
    case 'RECOVERED':
      return colors.green(phase)
    case 'FAILED':
    case 'TIMED_OUT':
      return colors.red(phase)
    case 'ABORTED':
    case 'PAUSED':
      return colors.yellow(phase)
    case 'RUNNING':
    case 'INITIALIZING':
      return colors.cyan(phase)
    default:
      return colors.dim(phase)
  }
}
