/** What differs between the databases in the statements that define tables. */
export interface DialectTypes {
  readonly dialect: 'sqlite' | 'postgres'
  /** Column type of texts, which are ordered by their code points on every database. */
  readonly text: string
  /** Column type of binary values. */
  readonly bytes: string
  /** Definition of a self-numbering integer primary key. */
  readonly autoId: string
}

/** One forward-only step of the schema; frozen once released. */
export interface Migration {
  /** `NNNN-what`, unique; the order of the names is the order of the steps. */
  readonly name: string
  statements(types: DialectTypes): ReadonlyArray<string>
}
