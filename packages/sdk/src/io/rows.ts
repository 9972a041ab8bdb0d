/** Rows, one after the other. */
export type Rows<R> = readonly R[] | Iterable<R> | AsyncIterable<R>

/** Rows in batches, and the first of them before. */
export async function batchesOf<R>(
  rows: Rows<R>,
  size: number,
): Promise<{ readonly first: readonly R[]; readonly batches: AsyncIterable<readonly R[]> }> {
  const batches = inBatches(rows, size)
  const first = await batches.next()
  const begin: readonly R[] = first.done === true ? [] : first.value
  async function* all(): AsyncIterable<readonly R[]> {
    if (begin.length > 0) yield begin
    yield* batches
  }
  return { first: begin, batches: all() }
}

async function* inBatches<R>(rows: Rows<R>, size: number): AsyncGenerator<readonly R[], void, undefined> {
  let batch: R[] = []
  for await (const row of rows as AsyncIterable<R>) {
    batch.push(row)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
