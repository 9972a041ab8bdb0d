import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient as createRpcClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { phaseName } from '@tern/core'
import { DataProxyService } from '@tern/idl/dataproxy'
import { ActionPhase } from '@tern/idl/common'
import { type ActionDetails, ErrorInfo_Kind, RunService } from '@tern/idl/workflow'
import { type AnyTask, configure, run, type RunHandle } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
import type { ServerOptions, TernServer } from '@tern/server'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import { crowd, endless, hungry, stubborn, unlimited, various } from './failure-tasks.ts'

let server: TernServer
let folder: string

async function start(options: ServerOptions = {}): Promise<void> {
  server = await startTestServer({ abortGraceMs: 100, logger: pino({ level: 'silent' }), ...options })
  configure({ endpoint: server.url })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tern-failures-'))
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

function rpc() {
  const transport = createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' })
  return { runs: createRpcClient(RunService, transport), data: createRpcClient(DataProxyService, transport) }
}

const idOf = (name: string) => ({
  run: { org: 'tern', project: 'flytesnacks', domain: 'development', name },
  name: 'a0',
})

/** Starts a run of a task and waits for its end. */
async function ended(task: AnyTask): Promise<ActionDetails> {
  return endOf(await run(task, {}))
}

async function endOf(handle: RunHandle<unknown>): Promise<ActionDetails> {
  await handle.wait()
  const { details } = await rpc().runs.getActionDetails({ actionId: idOf(handle.name) })
  return details!
}

async function linesOf(name: string, attempt: number): Promise<string[]> {
  const lines: string[] = []
  for await (const { logs } of rpc().data.tailLogs({ actionId: idOf(name), attempt })) {
    lines.push(...logs.flatMap((batch) => batch.lines).map(({ message }) => message))
  }
  return lines
}

test('each failed attempt is kept, with its error, its kind, its times and what it wrote', async () => {
  await start()
  const heard = join(folder, 'heard')
  const handle = await run(various, { heard })
  const client = createClient({ endpoint: server.url })
  for await (const { text } of client.logs(handle.name, 'a0', { attempt: 2 })) {
    if (text === 'attempt 2') writeFileSync(heard, '')
  }
  const { id, attempts, status } = await endOf(handle)
  expect(attempts.map(({ attempt, phase, errorInfo }) => [attempt, phaseName(phase), errorInfo])).toMatchObject([
    [1, 'FAILED', { kind: ErrorInfo_Kind.USER, message: expect.stringContaining('TypeError: no such thing') }],
    [2, 'FAILED', { kind: ErrorInfo_Kind.SYSTEM, message: expect.stringMatching(/^WorkerLost: .* SIGKILL/) }],
    [3, 'FAILED', { kind: ErrorInfo_Kind.USER, message: expect.stringContaining('OutOfLuckError: bad luck') }],
    [4, 'FAILED', { kind: ErrorInfo_Kind.USER, message: expect.stringContaining('NonRecoverableError: enough') }],
  ])
  expect(status?.attempts).toBe(4)
  const times = attempts.flatMap(({ startTime, endTime }) => [startTime, endTime].map((time) => Number(time?.seconds)))
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  for (const { attempt, phaseTransitions } of attempts) {
    expect(phaseTransitions.map(({ phase }) => phase)).toContain(ActionPhase.RUNNING)
    expect(await linesOf(id!.run!.name, attempt)).toContain(`attempt ${attempt}\n`)
  }
})

test('code that never pauses is timed out, its worker ended, and the next attempt runs', async () => {
  await start({ maxWorkersPerPool: 1 })
  const { attempts, status } = await ended(stubborn)
  expect(attempts.map(({ attempt, phase }) => [attempt, phaseName(phase)])).toEqual([
    [1, 'TIMED_OUT'],
    [2, 'SUCCEEDED'],
  ])
  expect(attempts[0]?.errorInfo?.message).toMatch(/^TaskTimeoutError: attempt 1 ran longer than its limit of 2 s/)
  expect(status?.phase).toBe(ActionPhase.SUCCEEDED)
})

test('an attempt that computes does not take the time of those that wait for it to pause', async () => {
  await start({ maxWorkersPerPool: 1 })
  const handle = await run(crowd, {})
  expect(await handle.outputs()).toEqual([2000, 2001, 2002, 2003])
})

test('a limit of the server holds for tasks that set none, and for no others', async () => {
  await start({ defaultLimits: { maxRuntimeMs: 300 } })
  const [over, handle] = await Promise.all([ended(endless), run(unlimited, {})])
  expect(over.status?.phase).toBe(ActionPhase.TIMED_OUT)
  expect(over.attempts[0]?.errorInfo?.message).toMatch(/limit of 0.3 s, the server's for tasks that set none/)
  expect(await handle.outputs()).toBe('done')
})

test('a worker that runs out of memory says so, at the expense of the system', async () => {
  await start({ systemRetries: 1 })
  const { attempts, status } = await ended(hungry)
  expect(status?.phase).toBe(ActionPhase.FAILED)
  expect(attempts.map(({ errorInfo }) => errorInfo)).toMatchObject([
    { kind: ErrorInfo_Kind.SYSTEM, message: expect.stringMatching(/^OOMKilled: .* ran out of memory/) },
    { kind: ErrorInfo_Kind.SYSTEM, message: expect.stringMatching(/^OOMKilled: .* ran out of memory/) },
  ])
})
