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
  /** Where the user is, an IANA name: times are shown as their clock has them. */
  readonly timeZone: string
  /** Whether somebody sits at the keyboard, and can be asked. */
  readonly isInteractive: boolean
  readStdin(): Promise<Uint8Array<ArrayBuffer>>
  /** Asks the user for a line, which does not appear on the screen when it is hidden. Rejects on Ctrl-C. */
  ask(question: string, options?: { readonly isHidden?: boolean }): Promise<string>
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
