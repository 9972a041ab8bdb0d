// The longest time that Node's timers take; beyond it they fire at once.
const maxTimerMs = 2 ** 31 - 1

/** Waits; rejects with the signal's reason when it is aborted before. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  for (let rest = ms; ; rest -= maxTimerMs) {
    await delayOnce(Math.min(rest, maxTimerMs), signal)
    if (rest <= maxTimerMs) return
  }
}

function delayOnce(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
}
