import type { Interceptor, Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from '@connectrpc/connect-node'
import { registry } from '@tern/idl'
import { describe } from 'vitest'
import { ledgerFor } from './call-ledger.ts'

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
  noted('gRPC, h2c', (options) => createGrpcTransport(options)),
]

type Options = { readonly baseUrl: string; readonly interceptors: Interceptor[] }

/** Every call over it is noted; see conformance.test.ts. */
function noted(name: string, create: (options: Options) => Transport): TestTransport {
  return { name, connect: (baseUrl) => create({ baseUrl, interceptors: [ledgerFor(name)] }) }
}

type HttpVersion = '1.1' | '2'

function http(version: HttpVersion): string {
  return version === '2' ? 'h2c' : 'HTTP/1.1'
}

function connect(httpVersion: HttpVersion, format: 'JSON' | 'binary'): TestTransport {
  const useBinaryFormat = format === 'binary'
  return noted(`Connect, ${format}, ${http(httpVersion)}`, (options) =>
    createConnectTransport({ ...options, httpVersion, useBinaryFormat, jsonOptions: { registry } }),
  )
}

function grpcWeb(httpVersion: HttpVersion): TestTransport {
  return noted(`gRPC-Web, ${http(httpVersion)}`, (options) => createGrpcWebTransport({ ...options, httpVersion }))
}

/** Writes tests once, and runs them over every transport. */
export function eachTransport(tests: (transport: TestTransport) => void): void {
  for (const transport of testTransports) describe(transport.name, () => tests(transport))
}
