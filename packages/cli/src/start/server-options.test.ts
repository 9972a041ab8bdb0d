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
  warmPython: true,
  domains: 'dev, prod',
  allowOrigin: 'https://a.test/, http://b.test:8080',
  lease: '15s',
  workerIdle: '90s',
  abortGrace: '0s',
  stopGrace: '250ms',
  logLevel: 'warn',
  output: 'table',
}

test('what is said about a server is what it is started with', () => {
  const limits = { queue: { batch: { maxConcurrency: 2 } }, capacity: { cpu: 3 }, keepRuns: '30d', keepCache: '52d' }
  const limitsOfTime = { defaultMaxRuntime: '1h', defaultMaxQueuedTime: '10m', defaultDeadline: '40d' }
  const image = [{ image: 'team/*', python: '/opt/venv' }]
  const said = {
    ...start,
    ...limits,
    keepEnvironments: '7d',
    maxEnvironments: 2 ** 30,
    ...limitsOfTime,
    systemRetries: 0,
    image,
    warmPython: false,
    secretKeyFile: 'key',
    smtpUrl: 'smtp://mail.test',
    maxWorkers: 3,
    lease: '1m',
  }
  expect(toServerOptions(said, '/srv/tern')).toEqual({
    host: '127.0.0.1',
    port: 0,
    dataDir: 'data',
    database: undefined,
    advertiseUrl: undefined,
    python: 'python3.12',
    images: [{ image: 'team/*', python: '/opt/venv' }],
    warmPython: false,
    domains: ['dev', 'prod'],
    allowedOrigins: ['https://a.test', 'http://b.test:8080'],
    secretKeyFile: '/srv/tern/key',
    mail: { url: 'smtp://mail.test' },
    maxWorkersPerPool: 3,
    queues: { batch: { maxConcurrency: 2 } },
    capacity: { cpu: 3 },
    environments: { keepMs: 7 * 86_400_000, maxBytes: 2 ** 30 },
    retention: { runsMs: 30 * 86_400_000, cacheMs: 52 * 86_400_000 },
    systemRetries: 0,
    defaultLimits: { maxRuntimeMs: 3_600_000, maxQueuedMs: 600_000, deadlineMs: 40 * 86_400_000 },
    leaseMs: 60_000,
    workerIdleMs: 90_000,
    abortGraceMs: 0,
    stopGraceMs: 250,
  })
})

test('what is left out is left to the server', () => {
  const { secretKeyFile, maxWorkersPerPool, advertiseUrl } = toServerOptions(start, '/srv/tern')
  expect({ secretKeyFile, maxWorkersPerPool, advertiseUrl }).toEqual({})
})

test.each([
  [{ lease: '0.5s' }, '--lease 0.5s is out of range: from 1s to 24 days'],
  [{ stopGrace: '25d' }, '--stop-grace 25d is out of range'],
  [{ workerIdle: '-1s' }, '--worker-idle -1s is out of range'],
  [{ abortGrace: '10' }, '--abort-grace'],
  [{ defaultMaxRuntime: '0s' }, '--default-max-runtime 0s is out of range'],
  [{ defaultDeadline: '-1s' }, '--default-deadline -1s is out of range'],
  [{ keepRuns: '0s' }, '--keep-runs 0s is out of range: at least 1s'],
])('%j is refused', (options, message) => {
  expect(() => toServerOptions({ ...start, ...options }, '/srv/tern')).toThrow(message)
})
