import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { ConnectError } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionPhase } from '@tern/idl/common'
import { TaskSpecSchema } from '@tern/idl/task'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { aRunRequest, place } from '../api/test/fixtures.ts'
import { startServer, type TernServer } from '../server.ts'
import { freshPostgres } from '../store/test/test-databases.ts'
import { everyRowOf } from '../store/test/whole-database.ts'

const value = 'a-value-that-nobody-may-see'
const stringValue = { value: { case: 'stringValue' as const, value } }

let dataDir: string
let database: string | undefined
let server: TernServer
let clients: Clients
/** Whatever a caller is told, and whatever the server logs. */
let said: string

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-plain-'))
  database = process.env['TERN_TEST_DATABASE'] === 'postgres' ? await freshPostgres() : undefined
  said = ''
  server = await start()
})
afterEach(async () => {
  await server.stop()
  rmSync(dataDir, { recursive: true })
})

async function start(options: Parameters<typeof startServer>[0] = {}): Promise<TernServer> {
  const logger = pino({ level: 'trace' }, { write: (line) => (said += line) })
  const started = await startServer({ dataDir, database, port: 0, logger, ...options })
  clients = createClients(createConnectTransport({ baseUrl: started.url, httpVersion: '1.1' }))
  return started
}

/** What a call is answered with, error or not. */
async function answer(call: Promise<unknown>): Promise<string> {
  const text = await call.then(
    (message) => JSON.stringify(message, (_key, part: unknown) => (typeof part === 'bigint' ? `${part}` : part)),
    (error: unknown) => `${ConnectError.from(error).message} ${JSON.stringify(error)}`,
  )
  said += text
  return text
}

/** Runs a shell script with secrets, and returns how it ended and the lines that it wrote. */
async function run(name: string, script: string, secrets: ReadonlyArray<string>): Promise<[ActionPhase, string[]]> {
  const spec = create(TaskSpecSchema, {
    taskTemplate: {
      id: { ...place, name: 'env.script', version: 'v1' },
      type: 'raw-container',
      target: { case: 'container', value: { command: ['sh', '-c', script] } },
      securityContext: { secrets: secrets.map((key) => ({ key })) },
    },
  })
  const runId = { ...place, name }
  await clients.runs.createRun(
    aRunRequest({
      id: { case: 'runId', value: runId },
      task: { case: 'taskSpec', value: spec },
      inputWrapper: { case: undefined },
    }),
  )
  const actionId = { run: runId, name: 'a0' }
  const phase = async () => (await clients.runs.getActionDetails({ actionId })).details?.status?.phase ?? 0
  await expect.poll(phase, { timeout: 20_000 }).toBeGreaterThanOrEqual(ActionPhase.SUCCEEDED)
  await answer(clients.runs.getActionDetails({ actionId }))
  await answer(clients.runs.getRunDetails({ runId }))
  const lines: string[] = []
  for await (const { logs } of clients.data.tailLogs({ actionId, attempt: 1 })) {
    for (const log of logs) lines.push(...log.lines.map(({ message }) => message.trimEnd()))
  }
  said += lines.join('\n')
  return [await phase(), lines]
}

test('the value of a secret is in no file, no table, no log line and no answer', async () => {
  const { secrets } = clients
  const id = { name: 'api-key', ...place }
  await answer(secrets.createSecret({ id, secretSpec: stringValue }))
  await answer(secrets.createSecret({ id, secretSpec: stringValue }))
  await answer(secrets.updateSecret({ id, secretSpec: stringValue }))
  await answer(secrets.createSecret({ id: { name: 'no good' }, secretSpec: stringValue }))
  await answer(secrets.createSecret({ id: { name: 'n', project: 'nowhere', domain: 'x' }, secretSpec: stringValue }))
  const long = { value: { case: 'stringValue' as const, value: value.repeat(10_000) } }
  expect(await answer(secrets.createSecret({ id: { name: 'long' }, secretSpec: long }))).toContain('invalid_argument')
  const bytes = new TextEncoder().encode(`${value}\0`)
  const binaryValue = { value: { case: 'binaryValue' as const, value: bytes } }
  await answer(secrets.createSecret({ id: { name: 'binary' }, secretSpec: binaryValue }))
  await answer(secrets.getSecret({ id }))
  await answer(secrets.listSecrets({}))
  expect(await run('used', 'echo "${#API_KEY}"', ['api-key'])).toEqual([ActionPhase.SUCCEEDED, [`${value.length}`]])
  expect((await run('failing', 'exit 3', ['api-key']))[0]).toBe(ActionPhase.FAILED)
  expect((await run('not-text', 'true', ['api-key', 'binary']))[0]).toBe(ActionPhase.FAILED)
  expect((await run('missing', 'true', ['api-key', 'none']))[0]).toBe(ActionPhase.FAILED)
  await server.stop()
  expect(said).toContain('tern create secret none')
  expect(said).toContain('request served')
  for (const secret of [
    value,
    Buffer.from(value).toString('base64').slice(0, -4),
    Buffer.from(value).toString('hex'),
  ]) {
    expect(said.includes(secret)).toBe(false)
    expect(filesIn(dataDir).filter((file) => readFileSync(file).includes(secret))).toEqual([])
    if (database !== undefined) expect((await everyRowOf(database)).includes(secret)).toBe(false)
  }
})

test('a server with another key does not start, and one with the key opens the secrets', async () => {
  const id = { name: 'api-key', ...place }
  await clients.secrets.createSecret({ id, secretSpec: stringValue })
  await server.stop()
  const key = readFileSync(join(dataDir, 'secrets.key'), 'utf8')
  rmSync(join(dataDir, 'secrets.key'))
  await expect(start()).rejects.toThrow('secrets.key does not exist')
  await expect(start({ secretKey: '00'.repeat(32) })).rejects.toThrow('were encrypted with key')
  server = await start({ secretKey: key })
  expect(await run('again', 'echo "${#API_KEY}"', ['api-key'])).toEqual([ActionPhase.SUCCEEDED, [`${value.length}`]])
})

test('a server has the domains that it is started with', async () => {
  await server.stop()
  await expect(start({ domains: ['Test'] })).rejects.toThrow('domains "Test"')
  await expect(start({ domains: [] })).rejects.toThrow('domains: at least one')
  server = await start({ domains: ['test', 'live'] })
  const { domains } = await clients.domains.listDomains({})
  expect(domains.map((domain) => domain.id)).toEqual(['test', 'live'])
  const refused = clients.secrets.createSecret({ id: { name: 'x', domain: 'staging' }, secretSpec: stringValue })
  await expect(refused).rejects.toThrow('The domains are test, live')
})

function filesIn(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)))
  return paths.filter((path) => statSync(path).isFile())
}
