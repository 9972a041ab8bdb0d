import { useSyncExternalStore } from 'react'

/** Whether what the page shows keeps up with the server. */
export type Connection = 'live' | 'lost'

const lost = new Set<object>()
const listeners = new Set<() => void>()

/** Notes that a stream has lost the server, or has it again. A stream that ends has nothing to lose. */
export function noteConnection(stream: object, connection: Connection): void {
  const had = lost.size > 0
  if (connection === 'lost') lost.add(stream)
  else lost.delete(stream)
  if (had !== lost.size > 0) for (const listener of listeners) listener()
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => (lost.size > 0 ? 'lost' : 'live'),
  )
}
