import { type LocalClock, systemLocalClock } from './local-clock.ts'

/** Waits; rejects with the signal's reason when it is aborted before. */
export function delay(ms: number, signal: AbortSignal, clock: LocalClock = systemLocalClock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const stop = () => {
      callOff()
      reject(signal.reason)
    }
    const callOff = clock.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}
