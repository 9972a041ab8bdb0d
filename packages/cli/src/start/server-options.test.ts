import { expect, test } from 'vitest'
import type { StartOptions } from '../commands/start.ts'
import { toServerOptions } from './server-options.ts'

const start: StartOptions = {
  host: '127.0.0.1',
  port: 0,
  dataDir: 'data',
  database: 'sqlite',
  storage: 'file',
  python: 'python3.12',
  domains: 'dev, prod',
  lease: '15s',
  workerIdle: '90s',
  abortGrace: '0s',
  stopGrace: '250ms',
  logLevel: 'warn',
  output: 'table',
}

test('what is said about a server is what it is started with', () => {
  expect(toServerOptions({ ...start, secretKeyFile: 'key', maxWorkers: 3, lease: '1m' }, '/work')).toEqual({
    host: '127.0.0.1',
    port: 0,
    dataDir: 'data',
    database: undefined,
    advertiseUrl: undefined,
    python: 'python3.12',
    domains: ['dev', 'prod'],
    secretKeyFile: '/work/key',
    maxWorkersPerPool: 3,
    leaseMs: 60_000,
    workerIdleMs: 90_000,
    abortGraceMs: 0,
    stopGraceMs: 250,
  })
})

test('what is left out is left to the server', () => {
  const { secretKeyFile, maxWorkersPerPool, advertiseUrl } = toServerOptions(start, '/work')
  expect({ secretKeyFile, maxWorkersPerPool, advertiseUrl }).toEqual({})
})

test.each([
  [{ lease: '0.5s' }, '--lease 0.5s is out of range: from 1s to 24 days'],
  [{ stopGrace: '25d' }, '--stop-grace 25d is out of range'],
  [{ workerIdle: '-1s' }, '--worker-idle -1s is out of range'],
  [{ abortGrace: '10' }, '--abort-grace'],
])('%j is refused', (options, message) => {
  expect(() => toServerOptions({ ...start, ...options }, '/work')).toThrow(message)
})
