export interface EnvironmentErrorOptions extends ErrorOptions {
  /** Another time it may work. */
  readonly isTransient?: boolean
  /** The end of what the installer printed. */
  readonly lines?: ReadonlyArray<string>
  readonly hint?: string
}

/** Why an environment cannot be built. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError'
  readonly isTransient: boolean
  readonly lines: ReadonlyArray<string>
  readonly hint: string | undefined

  constructor(message: string, options: EnvironmentErrorOptions = {}) {
    super(message, options)
    this.isTransient = options.isTransient ?? false
    this.lines = options.lines ?? []
    this.hint = options.hint
  }
}
