// Processes that this one has started, each the leader of a group, and which are to end with it.
const leaders = new Set<number>()
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Sends a signal to a process and all that it has started. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Has a group end with this process, however that ends, unless it is killed. @returns lets go of it */
export function endWithProcess(leader: number): () => void {
  leaders.add(leader)
  if (leaders.size === 1) {
    process.on('exit', killAll)
    for (const signal of endings) process.on(signal, leave)
  }
  return () => {
    if (leaders.delete(leader) && leaders.size === 0) letGo()
  }
}

function killAll(): void {
  for (const leader of leaders) signalGroup(leader, 'SIGKILL')
}

// A program that handles the signal itself goes on, and ends its runs as it likes.
function leave(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  killAll()
  letGo()
  process.kill(process.pid, signal)
}

function letGo(): void {
  process.off('exit', killAll)
  for (const signal of endings) process.off(signal, leave)
}
