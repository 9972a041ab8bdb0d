import { TernError, type TernErrorOptions } from '@tern/core'

/** One thing that is wrong with the code of a bundle. */
export interface BundleProblem {
  readonly message: string
  /** Relative to the project's root; absent when the problem is not in a file. */
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  /** Counted from 1. */
  readonly column?: number
}

/** A file cannot be made into a code bundle: it is not there, does not compile, does not load, or has no tasks. */
export class BundleError extends TernError {
  override readonly name = 'BundleError'
  readonly code = 'CodeBundleError'
  readonly connectCode = 'invalid_argument'
  /** All that is wrong, in the order of the compiler. */
  readonly problems: readonly BundleProblem[]

  constructor(message: string, options: TernErrorOptions & { problems?: readonly BundleProblem[] } = {}) {
    super(message, options)
    this.problems = options.problems ?? []
  }
}

/** `examples/etl.ts:12:5: message`. */
export function formatProblem({ file, line, column, message }: BundleProblem): string {
  if (file === undefined) return message
  return line === undefined ? `${file}: ${message}` : `${file}:${line}:${column ?? 1}: ${message}`
}
