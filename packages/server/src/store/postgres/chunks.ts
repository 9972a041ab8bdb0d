import type { BatchRows } from './columns.ts'

// Far below what Postgres takes in one message (1 GiB), far above what a batch usually has.
const maxRows = 10_000
const maxBytes = 32 * 1024 * 1024

/** Splits rows into portions that one statement can take. Nearly always there is one. */
export function chunksOf(rows: BatchRows): ReadonlyArray<BatchRows> {
  const parts = Object.entries(rows) as ReadonlyArray<readonly [keyof BatchRows, ReadonlyArray<SizedRow>]>
  let count = 0
  let bytes = 0
  for (const [, part] of parts) {
    count += part.length
    for (const row of part) bytes += sizeOf(row)
  }
  return count <= maxRows && bytes <= maxBytes ? [rows] : split(parts)
}

function split(parts: ReadonlyArray<readonly [keyof BatchRows, ReadonlyArray<SizedRow>]>): ReadonlyArray<BatchRows> {
  const chunks: Chunk[] = []
  let count = 0
  let bytes = 0
  for (const [name, part] of parts) {
    for (const row of part) {
      bytes += sizeOf(row)
      if (chunks.length === 0 || count === maxRows || bytes > maxBytes) {
        chunks.push(emptyChunk())
        count = 0
        bytes = sizeOf(row)
      }
      chunks.at(-1)?.[name].push(row as never)
      count += 1
    }
  }
  return chunks
}

type Chunk = { readonly [Name in keyof BatchRows]: BatchRows[Name][number][] }

function emptyChunk(): Chunk {
  return { specs: [], runs: [], labels: [], created: [], changed: [], roots: [], attempts: [], logs: [], results: [] }
}

/** The columns that make rows large. */
interface SizedRow {
  readonly inputs?: Uint8Array | null
  readonly outputs?: Uint8Array | null
  readonly lines?: Uint8Array
  readonly spec?: { readonly bytes?: Uint8Array }
  readonly run?: { readonly runSpec?: Uint8Array }
}

function sizeOf({ inputs, outputs, lines, spec, run }: SizedRow): number {
  const others = (lines?.length ?? 0) + (spec?.bytes?.length ?? 0) + (run?.runSpec?.length ?? 0)
  return (inputs?.length ?? 0) + (outputs?.length ?? 0) + others
}
