/** What is measured in a way of its own, with servers that it starts itself. */
export interface Benchmark {
  readonly summary: string
  /** Its parameters, with their defaults. */
  readonly parameters: Readonly<Record<string, number>>
  /** Measures, and returns what is reported as one line. */
  measure(parameters: Readonly<Record<string, number>>, options: BenchmarkOptions): Promise<Record<string, unknown>>
}

export interface BenchmarkOptions {
  /** Address of the database; undefined for the embedded store. */
  readonly database: string | undefined
  /** Folder to keep what is expensive to make in, for the next time. */
  readonly keep: string | undefined
  /** Options of Node for the servers. */
  readonly nodeOptions: ReadonlyArray<string>
}
