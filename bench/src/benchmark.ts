import type { MeasuringOptions } from './measure-shape.ts'

/** What is measured in a way of its own, with servers that it starts itself. */
export interface Benchmark {
  readonly summary: string
  /** Its parameters, with their defaults. */
  readonly parameters: Readonly<Record<string, number>>
  /** Measures, and returns what is reported as one line. */
  measure(parameters: Readonly<Record<string, number>>, options: BenchmarkOptions): Promise<Record<string, unknown>>
}

export interface BenchmarkOptions extends MeasuringOptions {
  /** Folder to keep what is expensive to make in, for the next time. */
  readonly keep: string | undefined
}
