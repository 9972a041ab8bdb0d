/** A file of the code that a task runs. */
export interface SourceFile {
  /** Relative to the project, as in stack traces. */
  readonly path: string
  readonly text: string
}

/** What a code bundle has in it that people wrote. */
export interface CodeSources {
  readonly files: ReadonlyArray<SourceFile>
  /** Why there is nothing to show, when there is not. */
  readonly nothing?: string
}
