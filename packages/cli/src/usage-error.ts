/** The command was called in a way that makes no sense: an unknown flag, a missing input. The process ends with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint?: string

  constructor(message: string, options: ErrorOptions & { hint?: string | undefined } = {}) {
    super(message, options)
    if (options.hint !== undefined) this.hint = options.hint
  }
}

/** The command did not get done; the message says it all. The process ends with 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly hint?: string

  constructor(message: string, options: ErrorOptions & { hint?: string | undefined } = {}) {
    super(message, options)
    if (options.hint !== undefined) this.hint = options.hint
  }
}

/** The command has said what there is to say, e.g. that the run failed; only the exit code is left. */
export class QuietExit extends Error {
  override readonly name = 'QuietExit'
  readonly exitCode: number

  constructor(exitCode: number) {
    super(`exit ${exitCode}`)
    this.exitCode = exitCode
  }
}
