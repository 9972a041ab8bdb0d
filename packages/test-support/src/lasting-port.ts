import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

// Below what systems hand out by themselves, to listeners on port 0 and to connections.
const lowest = 15_000
const highest = 29_999
const attempts = 100
const longestUseMs = 20_000

// Whoever asked for one may not have begun to listen yet.
const given = new Set<number>()

/**
 * A free port of this machine that is likely to stay free while a server on it is killed and started again: one that the
 * system chooses may go to somebody's connection in the meantime.
 */
export async function lastingPort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1))
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    return port
  }
  throw new Error(`no free port was found between ${lowest} and ${highest}`)
}

/**
 * Waits until a port of a server that has ended is free, for some seconds at most: on machines that hand out all ports by
 * themselves, somebody's connection may have it.
 */
export async function untilFree(port: number): Promise<void> {
  const giveUpAt = Date.now() + longestUseMs
  while (!(await isFree(port)) && Date.now() < giveUpAt) await delay(50)
}

/** Whether nobody listens on a port of this machine, nor has a connection there. */
export async function isFree(port: number): Promise<boolean> {
  // Whoever waits for the port, such as a page whose server is away, is not held.
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
