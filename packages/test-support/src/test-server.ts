import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ServerOptions, startServer, type TernServer } from '@tern/server'

/** A server in this process, on a free port and in a folder of its own; both are gone when it has stopped. */
export async function startTestServer(options: ServerOptions = {}): Promise<TernServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tern-test-')))
  const server = await startServer({ port: 0, ...options, dataDir })
  return {
    ...server,
    async stop() {
      await server.stop()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
