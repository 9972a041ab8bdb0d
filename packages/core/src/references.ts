/** A file in storage, as a value of a task. */
export interface FileReference {
  readonly kind: 'file'
  readonly uri: string
  /** For example `csv`; empty if any. */
  readonly format: string
  /** A hash of the contents, which stands for the file in cache keys. */
  readonly hash?: string
}

/** A directory in storage, as a value of a task. */
export interface DirectoryReference {
  readonly kind: 'directory'
  readonly uri: string
  readonly format: string
  readonly hash?: string
}

/** A table in storage, as a value of a task. */
export interface TableReference {
  readonly kind: 'table'
  readonly uri: string
  /** For example `parquet`; empty if any. */
  readonly format: string
  readonly hash?: string
}

/** What is taken for a reference: its kind and format follow from the type where they are left out. */
export interface ReferenceInput {
  readonly kind?: string
  readonly uri: string
  readonly format?: string
  readonly hash?: string | undefined
}

/** Whether a value can stand for something in storage of this kind. */
export function isReference(value: unknown, kind: 'file' | 'directory' | 'table'): value is ReferenceInput {
  if (typeof value !== 'object' || value === null) return false
  const candidate = value as Partial<ReferenceInput>
  return typeof candidate.uri === 'string' && (candidate.kind === undefined || candidate.kind === kind)
}
