import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient } from '@connectrpc/connect'
import { createConnectTransport } from '@connectrpc/connect-node'
import { ActionsService } from '@tern/idl/actions'
import { ActionPhase } from '@tern/idl/common'
import { RunService } from '@tern/idl/workflow'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerProcess } from '@tern/test-support/server-process'
import { isAlive, untilGone } from './processes.ts'

const place = { project: 'flytesnacks', domain: 'development' } as const
const actionId = { run: { ...place, name: 'long' }, name: 'a0' }

let folder: string
let server: ServerProcess
let runs: Client<typeof RunService>
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-leftovers-'))
  await start()
})
afterEach(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function start(): Promise<void> {
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), log: 'ignore' })
  runs = createClient(RunService, createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }))
}

/** A task that notes its process and those of earlier attempts that are still there, and then runs for ever. */
function aLongTask() {
  const script = [
    `for pid in $(cat "$0/pids" 2>/dev/null); do grep -q ') [^Z]' /proc/$pid/stat 2>/dev/null && echo $pid >> "$0/overlaps"; done`,
    'sleep 600 & child=$!',
    'echo $$ $child >> "$0/pids"',
    'wait',
  ]
  return {
    taskTemplate: {
      id: { ...place, name: 'env.long', version: 'v1' },
      type: 'raw-container',
      target: { case: 'container' as const, value: { command: ['sh', '-c'], args: [script.join('\n'), folder] } },
    },
  }
}

async function startLongTask(): Promise<void> {
  const task = { case: 'taskSpec', value: aLongTask() } as const
  await runs.createRun({ id: { case: 'runId', value: actionId.run }, task })
}

/** Another of them, below the first. */
async function startChild(name: string): Promise<void> {
  const actions = createClient(ActionsService, createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' }))
  const runOutputBase = join(folder, 'data/storage/child')
  const spec = { case: 'task', value: { spec: aLongTask() } } as const
  const action = {
    actionId: { ...actionId, name },
    parentActionName: 'a0',
    inputUri: runOutputBase,
    runOutputBase,
    spec,
  }
  await actions.enqueue({ action })
}

/** The processes of each attempt so far. */
function processes(): number[][] {
  const file = join(folder, 'pids')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  return lines.map((line) => line.split(' ').map(Number))
}

async function untilStarted(attempts: number): Promise<void> {
  await expect.poll(() => processes().length).toBe(attempts)
}

describe('processes of a server that was killed', () => {
  test('are ended by the next one, before it runs their action again', async () => {
    await startLongTask()
    await untilStarted(1)
    await server.kill()
    const [first = []] = processes()
    expect(first.map(isAlive)).toEqual([true, true])
    await start()
    await untilStarted(2)
    expect(first.map(isAlive)).toEqual([false, false])
    expect(existsSync(join(folder, 'overlaps'))).toBe(false)
    await runs.abortRun({ runId: actionId.run })
    await untilGone(processes().flat())
  })

  test('are ended when their run was aborted just before, and all of it stays aborted', async () => {
    await startLongTask()
    await untilStarted(1)
    await startChild('c1')
    await untilStarted(2)
    const payload = Buffer.from(JSON.stringify({ sub: 'ada' })).toString('base64url')
    const headers = { authorization: `Bearer e30.${payload}.x` }
    await runs.abortRun({ runId: actionId.run, reason: 'enough' }, { headers })
    await server.kill()
    await start()
    await untilGone(processes().flat())
    await runs.abortRun({ runId: actionId.run, reason: 'once more' })
    for (const name of ['a0', 'c1']) {
      const { details } = await runs.getActionDetails({ actionId: { ...actionId, name } })
      expect(details).toMatchObject({
        status: { phase: ActionPhase.ABORTED, attempts: 1 },
        result: {
          case: 'abortInfo',
          value: { reason: 'enough', abortedBy: { principal: { value: { id: { subject: 'ada' } } } } },
        },
      })
    }
    expect(processes()).toHaveLength(2)
  })
})
