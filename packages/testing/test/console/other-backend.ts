import { execFileSync } from 'node:child_process'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

const base = join(import.meta.dirname, '../../../idl/scripts/base.ts')

/** The methods of the published protocol, such as `flyteidl2.workflow.RunService/CreateRun`. */
function publishedMethods(): ReadonlySet<string> {
  const program = `
    const { loadBaseFiles } = await import(${JSON.stringify(base)})
    const names = (await loadBaseFiles()).flatMap((file) => file.service.flatMap((service) =>
      service.method.map((method) => file.package + '.' + service.name + '/' + method.name)))
    console.log(JSON.stringify(names))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return new Set(JSON.parse(output) as string[])
}

export interface OtherBackend {
  readonly url: string
  /** Methods that were asked for and are not there. */
  readonly refused: ReadonlySet<string>
  stop(): Promise<void>
}

/** A server as seen by a client that knows the published protocol alone: whatever is more than that is not there. */
export async function startOtherBackend(serverUrl: string): Promise<OtherBackend> {
  const known = publishedMethods()
  const refused = new Set<string>()
  const target = new URL(serverUrl)
  const proxy = createServer((incoming, answer) => {
    const path = incoming.url ?? '/'
    const [, method = ''] = /^\/((?:flyteidl2|tern)\.[\w.]+\/\w+)(?:\?|$)/.exec(path) ?? []
    if (method !== '' && !known.has(method)) {
      refused.add(method)
      incoming.resume()
      // As a server of Connect for Go answers for a path that it has no handler for.
      answer.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('404 page not found\n')
      return
    }
    const { host: _, ...headers } = incoming.headers
    const forwarded = request(
      {
        host: target.hostname,
        port: target.port,
        path,
        method: incoming.method,
        headers: { ...headers, host: incoming.headers.host },
      },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(answer)
      },
    )
    forwarded.on('error', () => answer.destroy())
    answer.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    refused,
    stop: () => stopped(proxy),
  }
}

function stopped(proxy: Server): Promise<void> {
  proxy.closeAllConnections()
  return new Promise((resolve) => proxy.close(() => resolve()))
}
