import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConnectRouter } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'

export interface FakeBackend {
  readonly url: string
  /** What was PUT, by path. */
  readonly uploads: Map<string, Buffer>
  /** Answers the next uploads with these statuses, before it takes them. */
  readonly uploadStatuses: number[]
  stop(): Promise<void>
}

/** A real server on a free port with the services that a test gives it, and a target for uploads. */
export async function fakeBackend(routes: (router: ConnectRouter) => void): Promise<FakeBackend> {
  const uploads = new Map<string, Buffer>()
  const uploadStatuses: number[] = []
  const rpc = connectNodeAdapter({ routes })
  const server = createServer((request, response) => {
    if (request.method === 'PUT') void takeUpload(request, response)
    else rpc(request, response)
  })

  async function takeUpload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const bytes = Buffer.concat(chunks)
    const status = uploadStatuses.shift() ?? 200
    const isWhole = createHash('md5').update(bytes).digest('base64') === request.headers['content-md5']
    if (status === 200 && isWhole) uploads.set(request.url ?? '', bytes)
    response.writeHead(isWhole ? status : 400).end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    uploads,
    uploadStatuses,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
