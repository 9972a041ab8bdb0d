import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ServerProcess } from '@tern/test-support/server-process'

export interface ReadyOptions {
  readonly dataDir: string
  /** Address of its database; undefined for the embedded store. */
  readonly database: string | undefined
}

/** Seconds from the start of the server's process to its first answer that it is ready. Stops it again. */
export async function secondsToReady({ dataDir, database }: ReadyOptions): Promise<number> {
  const begin = performance.now()
  // It says when it listens. To ask before that would take processor time from its start.
  const server = await ServerProcess.start({ dataDir, database })
  while ((await statusOf(`${server.url}/readyz`)) !== 200) await delay(1)
  const seconds = (performance.now() - begin) / 1000
  await server.stop()
  return seconds
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}
