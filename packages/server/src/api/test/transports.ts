import type { Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { registry } from '@tern/idl'
import { describe } from 'vitest'

export interface TestTransport {
  /** Protocol, format and HTTP version. */
  readonly name: string
  connect(baseUrl: string): Transport
}

const versions = ['1.1', '2'] as const

/** Every way in which a client can speak to the server. */
const testTransports: ReadonlyArray<TestTransport> = versions.flatMap((httpVersion) => {
  const options = (baseUrl: string) => ({ baseUrl, httpVersion, jsonOptions: { registry } })
  const http = httpVersion === '2' ? 'h2c' : 'HTTP/1.1'
  return [
    {
      name: `connect, JSON, ${http}`,
      connect: (baseUrl: string) => createConnectTransport({ ...options(baseUrl), useBinaryFormat: false }),
    },
    {
      name: `connect, binary, ${http}`,
      connect: (baseUrl: string) => createConnectTransport({ ...options(baseUrl), useBinaryFormat: true }),
    },
    { name: `gRPC, ${http}`, connect: (baseUrl: string) => createGrpcTransport(options(baseUrl)) },
    { name: `gRPC-Web, ${http}`, connect: (baseUrl: string) => createGrpcWebTransport(options(baseUrl)) },
  ]
})

/** Writes tests once, and runs them over every transport. */
export function eachTransport(tests: (transport: TestTransport) => void): void {
  for (const transport of testTransports) describe(transport.name, () => tests(transport))
}
