import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { startServer, type TernServer } from '../server.ts'

const place = { project: 'flytesnacks', domain: 'development' }

let dataDir: string
let tern: TernServer
let clients: Clients

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-retention-'))
  await start({})
})
afterEach(async () => {
  await tern.stop()
  rmSync(dataDir, { recursive: true })
})

async function start(retention: { readonly runsMs?: number }): Promise<void> {
  tern = await startServer({ port: 0, dataDir, retention, logger: pino({ level: 'silent' }), abortGraceMs: 100 })
  clients = createClients(createConnectTransport({ baseUrl: tern.url, httpVersion: '1.1' }))
}

async function run(name: string, script: string): Promise<void> {
  const container = { image: 'none', command: ['sh', '-c', script] }
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, name } },
    task: {
      case: 'taskSpec',
      value: {
        taskTemplate: {
          id: { ...place, name: 'env.main', version: 'v1' },
          type: 'raw-container',
          target: { case: 'container', value: container },
        },
      },
    },
  })
}

async function phaseOf(name: string): Promise<ActionPhase | undefined> {
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, name } })
  return details?.action?.status?.phase
}

const filesOf = (name: string): string => join(dataDir, 'storage', 'tern', place.project, place.domain, name)

test('runs that ended long enough ago are deleted with their files, and live ones are not', async () => {
  await run('live', 'sleep 600')
  await run('old', 'echo hello')
  await run('newest', 'true')
  for (const name of ['old', 'newest']) await expect.poll(() => phaseOf(name)).toBe(ActionPhase.SUCCEEDED)
  expect(existsSync(filesOf('old'))).toBe(true)
  await tern.stop()
  await start({ runsMs: 1 })
  const gone = async (): Promise<Code | undefined> => {
    const error: unknown = await phaseOf('old').catch((reason: unknown) => reason)
    return (error as { readonly code?: Code }).code
  }
  await expect.poll(gone, { timeout: 8_000 }).toBe(Code.NotFound)
  expect(existsSync(filesOf('old'))).toBe(false)
  const { runs } = await clients.runs.listRuns({
    scopeBy: { case: 'projectId', value: { name: place.project, domain: place.domain } },
  })
  expect(new Set(runs.map(({ action }) => action?.id?.run?.name))).toEqual(new Set(['live', 'newest']))
  expect(existsSync(filesOf('live'))).toBe(true)
})
