import type { Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'

/** A way in which a client can speak to a server. */
export interface TestTransport {
  /** Protocol, format and HTTP version. */
  readonly name: string
  connect(baseUrl: string): Transport
}

/** The protocols and formats of clients in use: Connect over HTTP/1.1 and HTTP/2, gRPC over HTTP/2. */
export const testTransports: ReadonlyArray<TestTransport> = [
  connect('1.1', 'JSON'),
  connect('1.1', 'binary'),
  connect('2', 'JSON'),
  connect('2', 'binary'),
  { name: 'gRPC, h2c', connect: (baseUrl) => createGrpcTransport({ baseUrl }) },
]

function connect(httpVersion: '1.1' | '2', format: 'JSON' | 'binary'): TestTransport {
  return {
    name: `Connect, ${format}, ${httpVersion === '2' ? 'h2c' : 'HTTP/1.1'}`,
    connect: (baseUrl) => createConnectTransport({ baseUrl, httpVersion, useBinaryFormat: format === 'binary' }),
  }
}

/** Runs tests once for every transport, under its name. `describe` is that of the test runner in use. */
export function eachTransport(
  describe: (name: string, tests: () => void) => void,
  tests: (transport: TestTransport) => void,
): void {
  for (const transport of testTransports) describe(transport.name, () => tests(transport))
}
