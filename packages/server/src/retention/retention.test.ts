import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase, RelationType } from '@tern/idl/common'
import type { RunSpecSchema } from '@tern/idl/task'
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

async function run(
  name: string,
  script: string,
  runSpec: MessageInitShape<typeof RunSpecSchema> = {},
  domain = place.domain,
): Promise<void> {
  const container = { image: 'none', command: ['sh', '-c', script, '{{.rawOutputDataPrefix}}'] }
  await clients.runs.createRun({
    id: { case: 'runId', value: { ...place, domain, name } },
    runSpec,
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

async function phaseOf(name: string, domain = place.domain): Promise<ActionPhase | undefined> {
  const { details } = await clients.runs.getRunDetails({ runId: { ...place, domain, name } })
  return details?.action?.status?.phase
}

const filesOf = (name: string): string => join(dataDir, 'storage', 'tern', place.project, place.domain, name)
const rawFilesOf = (name: string): string => join(dataDir, 'storage', 'raw', place.project, place.domain, name)

const workOf = (name: string): string => join(dataDir, 'work', place.project, place.domain, name)

async function isGone(name: string): Promise<boolean> {
  const error: unknown = await phaseOf(name).catch((reason: unknown) => reason)
  return (error as { readonly code?: Code }).code === Code.NotFound
}

test('runs that ended long enough ago are deleted with their files, and live ones are not', async () => {
  await run('live', 'sleep 600')
  await run('old', 'mkdir -p "$0"; touch "$0/made"')
  await run('newest', 'true')
  for (const name of ['old', 'newest']) await expect.poll(() => phaseOf(name)).toBe(ActionPhase.SUCCEEDED)
  // What others may refer to stays when its attempt ends.
  mkdirSync(join(workOf('old'), 'a0-1'), { recursive: true })
  const left = () => [filesOf('old'), rawFilesOf('old'), workOf('old')].map((folder) => existsSync(folder))
  expect(left()).toEqual([true, true, true])
  await tern.stop()
  await start({ runsMs: 1 })
  await expect.poll(() => isGone('old')).toBe(true)
  expect(left()).toEqual([false, false, false])
  const { runs } = await clients.runs.listRuns({
    scopeBy: { case: 'projectId', value: { name: place.project, domain: place.domain } },
  })
  expect(new Set(runs.map(({ action }) => action?.id?.run?.name))).toEqual(new Set(['live', 'newest']))
  // The next attempt of the live one makes a folder of its own when it starts.
  await expect.poll(() => [existsSync(filesOf('live')), existsSync(workOf('live'))]).toEqual([true, true])
})

test('files that a run put where its user said stay', async () => {
  const own = join(dataDir, 'storage', 'mine')
  await run('old', 'mkdir -p "$0"; touch "$0/made"', { rawDataStorage: { rawDataPrefix: own } })
  await run('newest', 'true')
  for (const name of ['old', 'newest']) await expect.poll(() => phaseOf(name)).toBe(ActionPhase.SUCCEEDED)
  await tern.stop()
  await start({ runsMs: 1 })
  await expect.poll(() => isGone('old')).toBe(true)
  expect(readdirSync(join(own, place.project, place.domain, 'old'))).toEqual(['old-a0-1'])
})

test('a run that another one recovers is there for as long as that goes on', async () => {
  await run('source', 'true')
  await run('old', 'true')
  for (const name of ['source', 'old']) await expect.poll(() => phaseOf(name)).toBe(ActionPhase.SUCCEEDED)
  const relation = { relatedTo: { ...place, name: 'source' }, relationType: RelationType.RECOVER }
  await run('recovering', 'sleep 600', { relation })
  await run('newest', 'true')
  await expect.poll(() => phaseOf('newest')).toBe(ActionPhase.SUCCEEDED)
  await tern.stop()
  await start({ runsMs: 1 })
  // It was next: what comes after it is deleted.
  await expect.poll(() => isGone('old')).toBe(true)
  expect(await isGone('source')).toBe(false)
  await clients.runs.abortRun({ runId: { ...place, name: 'recovering' } })
  await tern.stop()
  await start({ runsMs: 1 })
  await expect.poll(() => isGone('source')).toBe(true)
})

test('a run whose files cannot be deleted stays, and holds up no other', async () => {
  const domain = 'staging'
  await run('stuck', 'true', {}, domain)
  await expect.poll(() => phaseOf('stuck', domain)).toBe(ActionPhase.SUCCEEDED)
  for (const name of ['old', 'newest']) {
    await run(name, 'true')
    await expect.poll(() => phaseOf(name)).toBe(ActionPhase.SUCCEEDED)
  }
  await tern.stop()
  // What is behind a link that leads out of the storage is not the server's to delete.
  const folder = join(dataDir, 'storage', 'tern', place.project, domain)
  const elsewhere = join(dataDir, 'elsewhere')
  mkdirSync(folder, { recursive: true })
  renameSync(folder, elsewhere)
  symlinkSync(elsewhere, folder)
  await start({ runsMs: 1 })
  await expect.poll(() => isGone('old')).toBe(true)
  expect(await phaseOf('stuck', domain)).toBe(ActionPhase.SUCCEEDED)
})
