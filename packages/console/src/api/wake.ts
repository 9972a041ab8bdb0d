const everyMs = 5_000
const longestMs = 20_000

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let last = 0

/**
 * Calls when the machine has slept: connections may be dead then, and nothing says so. Time that passes while nothing runs is what
 * tells. Ends with the function that it gives.
 */
export function onWake(listener: () => void): () => void {
  listeners.add(listener)
  if (timer === undefined) {
    last = Date.now()
    timer = setInterval(look, everyMs)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

function look(): void {
  const passed = Date.now() - last
  last = Date.now()
  // Of hidden pages, browsers let timers rest.
  if (passed > longestMs && document.visibilityState === 'visible') for (const listener of listeners) listener()
}
