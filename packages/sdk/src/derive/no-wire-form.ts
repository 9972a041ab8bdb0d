/** A type that values cannot travel as. */
export class NoWireFormError extends Error {
  override readonly name = 'NoWireFormError'
  /** Where it is within the parameter: `rows[].at`. */
  readonly path: string
  /** The type as TypeScript writes it. */
  readonly type: string
  /** Why not, where that is not plain. */
  readonly reason: string
  readonly hint: string

  constructor(at: { readonly path: string; readonly type: string }, reason: string, hint: string) {
    super(`${at.path}: ${at.type} ${reason}`)
    this.path = at.path
    this.type = at.type
    this.reason = reason
    this.hint = hint
  }
}
