import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { PostgresServer } from '../packages/test-support/src/postgres/postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the address of a Postgres, which it starts when it is first asked. */
    postgresStarter: string
    /** False where there is no Postgres to start, which is an error in CI. */
    hasPostgres: boolean
  }
}

/** One Postgres for a whole test run, for those tests only that want it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | undefined
  const starter = createServer((_request, response) => {
    server ??= PostgresServer.start()
    server.then(
      (started) => response.end(started.url()),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  }).listen(0, '127.0.0.1')
  await once(starter, 'listening')
  const address = starter.address()
  if (address === null || typeof address === 'string') throw new Error('the starter of Postgres has no port')
  project.provide('postgresStarter', `http://127.0.0.1:${address.port}`)
  project.provide('hasPostgres', PostgresServer.isAvailable || process.env.CI === 'true')
  return async () => {
    starter.close()
    await (await server)?.stop()
  }
}
