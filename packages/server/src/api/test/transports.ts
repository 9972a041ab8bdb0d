import type { Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { registry } from '@tern/idl'
import { describe } from 'vitest'

export interface TestTransport {
  /** Protocol, format and HTTP version. */
  readonly name: string
  connect(baseUrl: string): Transport
}

/** Every way in which a client can speak to the server. */
const testTransports: ReadonlyArray<TestTransport> = [
  connect('1.1', 'JSON'),
  connect('1.1', 'binary'),
  connect('2', 'JSON'),
  connect('2', 'binary'),
  grpcWeb('1.1'),
  grpcWeb('2'),
  { name: 'gRPC, h2c', connect: (baseUrl) => createGrpcTransport({ baseUrl }) },
]

type HttpVersion = '1.1' | '2'

function http(version: HttpVersion): string {
  return version === '2' ? 'h2c' : 'HTTP/1.1'
}

function connect(httpVersion: HttpVersion, format: 'JSON' | 'binary'): TestTransport {
  const useBinaryFormat = format === 'binary'
  return {
    name: `Connect, ${format}, ${http(httpVersion)}`,
    connect: (baseUrl) => createConnectTransport({ baseUrl, httpVersion, useBinaryFormat, jsonOptions: { registry } }),
  }
}

function grpcWeb(httpVersion: HttpVersion): TestTransport {
  return {
    name: `gRPC-Web, ${http(httpVersion)}`,
    connect: (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion }),
  }
}

/** Writes tests once, and runs them over every transport. */
export function eachTransport(tests: (transport: TestTransport) => void): void {
  for (const transport of testTransports) describe(transport.name, () => tests(transport))
}
