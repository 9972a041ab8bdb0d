import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '@bufbuild/protobuf'
import { createConnectTransport } from '@connectrpc/connect-node'
import { literalTypes } from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../api/test/clients.ts'
import { type Receiver, startReceiver } from '../notifications/test/receiver.ts'
import { startServer, type TernServer } from '../server.ts'

const place = { project: 'flytesnacks', domain: 'development' }
const actionId = { run: { ...place, name: 'r1' }, name: 'ask' }

let dataDir: string
let tern: TernServer
let clients: Clients
let receiver: Receiver

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'tern-webhooks-'))
  receiver = await startReceiver()
  await start()
})
afterEach(async () => {
  await tern.stop()
  receiver.server.close()
  rmSync(dataDir, { recursive: true })
})

async function start(): Promise<void> {
  tern = await startServer({ port: 0, dataDir, logger: pino({ level: 'silent' }), abortGraceMs: 100 })
  clients = createClients(createConnectTransport({ baseUrl: tern.url, httpVersion: '1.1' }))
}

/** A run whose root sleeps, with a condition in it that has a webhook. */
async function ask(payload?: JsonObject, type = literalTypes.boolean()): Promise<void> {
  const container = { image: 'none', command: ['sleep', '600'] }
  await clients.runs.createRun({
    id: { case: 'runId', value: actionId.run },
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
  const webhook = { url: receiver.url, ...(payload && { payload }) }
  const value = { name: 'approval', prompt: 'Go on?', type, webhook }
  await clients.actions.enqueue({ action: { actionId, parentActionName: 'a0', spec: { case: 'condition', value } } })
}

const details = async () => (await clients.runs.getActionDetails({ actionId })).details
const post = (url: string, body: string, type = 'application/json') =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type } })

describe('a webhook', () => {
  test('is sent what it is to be sent, with an address that takes the value', async () => {
    await ask({ text: 'Approve: {callback_uri}', blocks: [{ url: '{callback_uri}' }, 5] })
    const { text, blocks } = await receiver.next()
    const [{ url }] = blocks as [{ url: string }]
    expect(text).toBe(`Approve: ${url}`)
    expect((await post(url, '{"value": true}')).status).toBe(200)
    expect(await details()).toMatchObject({
      status: { phase: ActionPhase.SUCCEEDED },
      result: { case: 'signalInfo', value: { signalledBy: { principal: { value: { id: { subject: 'webhook' } } } } } },
    })
    expect((await post(url, 'false')).status).toBe(409)
  })

  test('without a payload says what is asked', async () => {
    await ask()
    expect(await receiver.next()).toMatchObject({ run: 'r1', action: 'ask', prompt: 'Go on?', condition: 'approval' })
  })

  test('is sent again until it is taken, and not once it has been', async () => {
    receiver.answers.push(503, 500)
    await ask()
    const [first, second, third] = [await receiver.next(), await receiver.next(), await receiver.next()]
    expect([second, third]).toEqual([first, first])
    await tern.stop()
    await start()
    await clients.runs.signalEvent({ actionId, payload: { value: { case: 'boolValue', value: true } } })
    expect(receiver.bodies).toEqual([])
  })

  test('that was not sent when the server ended is sent by the next one', async () => {
    receiver.answers.push(503)
    await ask()
    await receiver.next()
    await tern.stop()
    await start()
    expect(await receiver.next()).toMatchObject({ action: 'ask' })
  })
})

describe('the address that takes the value', () => {
  let url: string
  beforeEach(async () => {
    await ask({ callback: '{callback_uri}' }, literalTypes.integer())
    url = (await receiver.next())['callback'] as string
  })

  test.each([
    ['{"value": 5}', 'application/json'],
    ['5', 'application/json'],
    ['"5"', 'application/json'],
    ['5', 'text/plain; charset=utf-8'],
  ])('takes %s as %s', async (body, type) => {
    expect((await post(url, body, type)).status).toBe(200)
    const result = (await details())?.result
    expect(result).toMatchObject({
      value: { output: { value: { value: { value: { value: { value: { case: 'integer', value: 5n } } } } } } },
    })
  })

  test('refuses what it cannot take, and the condition goes on waiting', async () => {
    const answers: [string, string, number, string][] = [
      [url, '{"value": "five"}', 400, 'an integer, not \\"five\\"'],
      [url, '{"value": 1.5}', 400, 'an integer, not 1.5'],
      [url, '{"value": null}', 400, 'is required'],
      [url, '{"value', 400, 'not JSON'],
      [url, `"${'x'.repeat(70_000)}"`, 413, '65536'],
      [url.replace('ask', 'a0'), '5', 403, 'not signed'],
      [url.replace(/signature=.*/, ''), '5', 403, 'not signed'],
    ]
    for (const [address, body, status, text] of answers) {
      const response = await post(address, body)
      expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(text)])
    }
    expect((await fetch(url)).status).toBe(405)
    expect((await details())?.status?.phase).toBe(ActionPhase.PAUSED)
  })
})
