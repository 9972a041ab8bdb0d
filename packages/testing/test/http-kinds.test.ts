import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { type AnyTask, configure, File, run, type RunHandle, NonRecoverableError } from '@tern/sdk'
import { createClient } from '@tern/sdk/client'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestServer } from '@tern/test-support'
import { create, fetchFile, hasty, item, once, remove, secretive, sendFile, text } from './http-tasks.ts'

const token = 'a secret/token'
let folder: string
let tern: Awaited<ReturnType<typeof startTestServer>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-http-'))
  tern = await startTestServer({ dataDir: join(folder, 'data'), logger: pino({ level: 'silent' }) })
  configure({ endpoint: tern.url })
  await createClient({ endpoint: tern.url }).secrets.create({ name: 'http-token', value: token, scope: {} })
  process.env['HTTP_TOKEN'] = token
})
afterAll(async () => {
  delete process.env['HTTP_TOKEN']
  await tern.stop()
  rmSync(folder, { recursive: true })
})

type Handler = (request: IncomingMessage, answer: ServerResponse, count: number) => unknown

async function serve(handle: Handler): Promise<{ server: Server; url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, answer) => {
    requests.push(request)
    void handle(request, answer, requests.length)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

let other: Awaited<ReturnType<typeof serve>>
let api: Awaited<ReturnType<typeof serve>>
let handler: Handler
beforeEach(async () => {
  other = await serve((request, answer) => answer.end(JSON.stringify(request.headers)))
  api = await serve((request, answer, count) => handler(request, answer, count))
})
afterEach(() => {
  for (const { server } of [other, api]) {
    server.closeAllConnections()
    server.close()
  }
})

const status =
  (...statuses: readonly number[]): Handler =>
  (_, answer, count) =>
    answer.writeHead(statuses[count - 1] ?? 200, { 'retry-after': '0' }).end(`answer ${count}`)

const modes = ['remote', 'local'] as const
describe.each(modes)('%s', (mode) => {
  const start = <R>(task: AnyTask, inputs: object): Promise<RunHandle<R>> =>
    run(task, inputs as never, { mode }) as Promise<RunHandle<R>>
  const outputs = async <R>(task: AnyTask, inputs: object): Promise<R> => (await start<R>(task, inputs)).outputs()
  const failure = async (task: AnyTask, inputs: object) => {
    const { phase, error } = await (await start(task, inputs)).wait()
    expect(phase).toBe('FAILED')
    return error!
  }

  test('Q-7: what is put into an address and headers stays where it belongs', async () => {
    handler = (request, answer) => answer.end(JSON.stringify({ url: request.url, headers: request.headers }))
    const port = Number(new URL(api.url).port)
    const seen = await outputs<{ url: string; headers: Record<string, string> }>(item, {
      port,
      id: '../a?b#c',
      tag: 'x&y=z',
    })
    expect(seen.url).toBe('/items/..%2Fa%3Fb%23c?tag=x%26y%3Dz&fixed=a+b')
    expect(seen.headers).toMatchObject({ authorization: `Bearer ${token}`, 'x-tag': 'of x&y=z' })
    expect(await failure(item, { port, id: '..', tag: '' })).toMatchObject({
      message: expect.stringMatching(/cannot be a part/),
    })
    const broken = await failure(item, { port, id: 'a', tag: 'a\r\nx-admin: 1' })
    expect(broken.message).toMatch(/header x-tag has a character/)
  })

  test('a body of JSON has the values themselves, and outputs are parts of the answer', async () => {
    handler = async (request, answer) => {
      const body = {
        sent: await readText(request),
        type: request.headers['content-type'],
        key: request.headers['idempotency-key'],
      }
      answer.writeHead(201, { 'x-made': 'yes' }).end(JSON.stringify(body))
    }
    const at = new Date('2026-01-31T12:00:00Z')
    const inputs = { url: `${api.url}/things`, name: '"},{', count: 3, tags: ['a'], at }
    const made = await outputs<{
      status: number
      headers: Record<string, string>
      body: { sent: string; type: string; key: string }
    }>(create, inputs)
    expect(made).toMatchObject({ status: 201, headers: { 'x-made': 'yes' }, body: { type: 'application/json' } })
    expect(JSON.parse(made.body.sent)).toEqual({
      name: 'n "},{',
      count: 3,
      tags: [['a'], null],
      at: '2026-01-31T12:00:00.000Z',
    })
    expect(made.body.key).toMatch(/^[0-9a-f]{64}$/)
  })

  test('files come and go', async () => {
    handler = async (request, answer) => {
      if (request.method === 'GET') return answer.end('x'.repeat(200_000))
      const type = request.headers['content-type']
      answer.end(JSON.stringify({ sent: await readText(request), type }))
    }
    const file = await outputs<File>(fetchFile, { url: `${api.url}/data.csv` })
    expect((await file.bytes()).length).toBe(200_000)
    expect(await outputs(sendFile, { url: api.url, file: File.fromText('contents') })).toEqual({
      sent: 'contents',
      type: 'application/octet-stream',
    })
  })

  test('a server that is busy is asked again, and one that refuses is not', async () => {
    handler = status(503, 429)
    expect(await outputs(text, { url: api.url })).toBe('answer 3')
    handler = status(...api.requests.map(() => 200), 404)
    expect(await failure(text, { url: api.url })).toMatchObject({
      code: 'HttpRefusedError',
      message: expect.stringMatching(/GET http:\/\/127.0.0.1:\d+\/ was answered with 404: answer 4/),
    })
    expect(api.requests).toHaveLength(4)
  })

  test('what may have been done is not done again', async () => {
    handler = status(500)
    expect(await failure(once, { url: api.url })).toMatchObject({ code: 'HttpRequestError' })
    expect(api.requests).toHaveLength(1)
  })

  test('a request has its time, and a wait its limit', async () => {
    handler = () => {}
    expect((await failure(hasty, { url: api.url })).message).toMatch(/gave no answer within 1500 ms/)
    expect(api.requests).toHaveLength(2)
    handler = (_, answer) => answer.writeHead(429, { 'retry-after': '3600' }).end()
    expect((await failure(text, { url: api.url })).message).toMatch(/answered with 429/)
    expect(api.requests).toHaveLength(3)
  })

  test('an answer that is too large is not taken', async () => {
    handler = (_, answer) => answer.end('x'.repeat(101))
    expect(await failure(text, { url: api.url })).toMatchObject({ code: 'ResponseTooLarge' })
    handler = (_, answer) => {
      answer.write('x'.repeat(60))
      answer.end('x'.repeat(60))
    }
    expect(await failure(text, { url: api.url })).toMatchObject({ code: 'ResponseTooLarge' })
  })

  test('a status can be a result', async () => {
    handler = status(404)
    expect(await outputs(remove, { url: api.url })).toEqual({ status: 404 })
  })

  test('secrets reach the server that they are for, and no other place', async () => {
    handler = (request, answer) => answer.end(request.headers['x-key'])
    expect(await outputs(secretive, { url: api.url })).toBe(token)
    handler = (_, answer) => answer.writeHead(302, { location: other.url }).end()
    const seen = JSON.parse(await outputs<string>(secretive, { url: api.url })) as Record<string, string>
    expect(seen['x-key']).toBeUndefined()
    handler = (request, answer) => answer.writeHead(403).end(`no ${String(request.headers['x-key'])}`)
    expect((await failure(secretive, { url: api.url })).message).toMatch(/403: no \*\*\*$/)
  })
})

test('an address that no server has is said', async () => {
  await expect(text({ url: 'http://127.0.0.1:1/' })).rejects.toThrow(/GET http:\/\/127.0.0.1:1\/ failed/)
  await expect(text({ url: 'http://127.0.0.1:1/' })).rejects.toThrow(NonRecoverableError)
  await expect(text({ url: 'file:///etc/passwd' })).rejects.toThrow(/begins with http/)
})
