import pc from 'picocolors'

/** Where a command writes to. */
export interface OutStream {
  write(text: string): void
  /** Whether a person watches: what moves, and colours, are for terminals only. */
  readonly isTerminal: boolean
  /** Characters a line; only of use on a terminal. */
  readonly columns: number
  readonly colors: Colors
}

export type Colors = ReturnType<typeof pc.createColors>

/** Everything a command knows of the process it runs in. */
export interface CliIo {
  readonly stdout: OutStream
  readonly stderr: OutStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly homeDirectory: string
  /** UTC epoch milliseconds. */
  now(): number
  readStdin(): Promise<string>
  /** Aborts when the user interrupts the command (Ctrl-C) or the system ends it. A second time ends the process at once. */
  readonly interrupted: AbortSignal
}

export const plainColors: Colors = pc.createColors(false)

/** Colours, or plain text when nobody would see them. `NO_COLOR` and `FORCE_COLOR` have the last word. */
export function colorsFor(isTerminal: boolean, env: CliIo['env']): Colors {
  if (env['NO_COLOR']) return plainColors
  const isForced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
  return pc.createColors(isForced || (isTerminal && env['TERM'] !== 'dumb'))
}
