import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer } from '@tern/server'
import { pino } from 'pino'
import { kinds, MixedLoad } from '../load/mixed-load.ts'

const hourMs = 3_600_000
const longestMs = 180_000

/** A server in this process whose clock is set forwards and back while it works. */
export async function clockSteps(folder: string, leaves: number): Promise<ReadonlyArray<string>> {
  let offsetMs = 0
  const clock = { now: () => Date.now() + offsetMs }
  const server = await startServer({ port: 0, dataDir: join(folder, 'data'), clock, logger: pino({ level: 'silent' }) })
  try {
    const load = new MixedLoad(folder)
    load.connect(server.url)
    for (const stepMs of [hourMs, -hourMs, -hourMs, hourMs]) {
      const started = kinds.map((kind) => load.start(kind, leaves))
      await delay(100 + Math.random() * 300)
      offsetMs += stepMs
      await Promise.all(started)
    }
    return await load.verify(longestMs)
  } finally {
    await server.stop()
  }
}
