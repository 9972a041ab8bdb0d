import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configure, notify, run } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
import { ServerProcess } from '@tern/test-support/server-process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ends } from './notified-tasks.ts'

let folder: string
let tern: ServerProcess
let receiver: Server
let url: string
let bodies: Record<string, unknown>[]
/** Whether what is sent is taken. */
let isTaking: boolean

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-notified-'))
  bodies = []
  isTaking = true
  receiver = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      bodies.push(JSON.parse(text) as Record<string, unknown>)
      response.writeHead(isTaking ? 200 : 503).end()
    })
  })
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`
  await start()
})
afterEach(async () => {
  await tern.stop()
  receiver.closeAllConnections()
  receiver.close()
  rmSync(folder, { recursive: true, force: true })
})

async function start(port?: number): Promise<void> {
  tern = await ServerProcess.start({ dataDir: join(folder, 'data'), port, log: 'ignore' })
  configure({ endpoint: tern.url })
}

test('what a run wants to have told is told by the server, in each of the ways that there are', async () => {
  const told = [
    notify.slack({ on: 'failed', url, message: '{{.Run.Name}}: {{.Error}}' }),
    notify.teams({ on: 'failed', url, title: '{{.Phase}}', message: 'M' }),
    notify.webhook({ on: ['failed', 'aborted'], url }),
    notify.webhook({ on: 'succeeded', url, body: { never: true } }),
  ]
  const handle = await run(ends, { ms: 0, fails: true }, { notify: told, name: 'told' })
  await handle.wait()
  await expect.poll(() => bodies.length).toBe(3)
  expect(bodies).toContainEqual({ text: expect.stringMatching(/^told: .*as "asked"/) })
  expect(bodies).toContainEqual({ title: 'FAILED', text: 'M' })
  expect(bodies).toContainEqual(expect.objectContaining({ run: 'told', phase: 'FAILED', project: 'flytesnacks' }))
})

test('what was not told when the server is killed, the next one tells', async () => {
  isTaking = false
  const told = notify.webhook({ on: ['succeeded', 'failed'], url })
  const ended = await run(ends, { ms: 0, fails: false }, { notify: told, name: 'ended' })
  await ended.wait()
  await run(ends, { ms: 1_500, fails: false }, { notify: told, name: 'going' })
  await expect.poll(() => bodies.length).toBeGreaterThan(0)
  await tern.kill()
  isTaking = true
  bodies = []
  await start(tern.port)
  const names = () => new Set(bodies.map((body) => body['run']))
  await expect.poll(names).toEqual(new Set(['ended', 'going']))
  const client = createClient({ endpoint: tern.url })
  const stateOf = async (name: string) => (await client.notifications.list(name))[0]?.deliveredAt
  for (const name of ['ended', 'going']) await expect.poll(() => stateOf(name)).toBeDefined()
})
