import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@bufbuild/protobuf'

export interface Receiver {
  readonly server: Server
  readonly url: string
  /** Statuses of the next answers; 200 when there are no more. */
  readonly answers: number[]
  /** What was received and not yet asked for. */
  readonly bodies: JsonObject[]
  next(): Promise<JsonObject>
}

/** What a webhook is sent to. */
export async function startReceiver(): Promise<Receiver> {
  const answers: number[] = []
  const bodies: JsonObject[] = []
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      bodies.push(JSON.parse(body) as JsonObject)
      response.writeHead(answers.shift() ?? 200).end()
      server.emit('received')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    answers,
    bodies,
    async next() {
      while (bodies.length === 0) await once(server, 'received')
      return bodies.shift()!
    },
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
