/**
 * The items of a stream until none has come for a while: what is there already, of a stream that goes on.
 *
 * @param stop called when the stream is no longer needed
 */
export async function* untilQuiet<T>(
  items: AsyncIterable<T>,
  { quietMs, stop }: { quietMs: number; stop: () => void },
): AsyncGenerator<T, void, undefined> {
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const next = iterator.next()
    const timer = timeout(quietMs)
    const result = await Promise.race([next, timer.elapsed])
    timer.clear()
    if (result === undefined) {
      // What the stream still says after it has been stopped is nobody's concern.
      next.catch(() => undefined)
      stop()
      return
    }
    if (result.done) return
    yield result.value
  }
}

function timeout(ms: number): { elapsed: Promise<undefined>; clear: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  return { elapsed: promise, clear: () => clearTimeout(timer) }
}
