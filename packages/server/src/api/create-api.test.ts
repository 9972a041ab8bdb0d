import { get } from 'node:http'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { toBinary, toJsonString } from '@bufbuild/protobuf'
import { Code, createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { GetProjectRequestSchema, ProjectService } from '@tern/idl/project'
import { RunService } from '@tern/idl/workflow'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClients } from './test/clients.ts'
import { aRunRequest, place } from './test/fixtures.ts'
import { startApi, type TestApi } from './test/start-api.ts'
import { eachTransport } from './test/transports.ts'

let api: TestApi
const logged: { msg: string; requestId?: string; err?: { message: string } }[] = []
const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(JSON.parse(line)) })
beforeAll(async () => {
  api = await startApi({ logger, config: { maxRequestBytes: 20_000 } })
})
afterAll(() => api.close())

const getProject = '/flyteidl2.project.ProjectService/GetProject'
const flytesnacks = { $typeName: 'flyteidl2.project.GetProjectRequest', id: 'flytesnacks', org: '' } as const
const bytes = toBinary(GetProjectRequestSchema, flytesnacks)

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
  fetch(`${api.url}${path}`, { method: 'POST', body, headers })

describe('beside RPCs', () => {
  test('health and readiness are text', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const response = await fetch(api.url + path)
      expect([response.status, await response.text()]).toEqual([200, 'OK'])
    }
  })

  test('a server that is not ready says why', async () => {
    const broken = await startApi({ readiness: [() => Promise.reject(new Error('the disk is full'))] })
    const response = await fetch(`${broken.url}/readyz`)
    expect([response.status, await response.text()]).toEqual([503, 'the disk is full'])
    await broken.close()
  })

  test('there is no authorization server', async () => {
    const url = `${api.url}/.well-known/oauth-authorization-server`
    expect((await fetch(url)).status).toBe(501)
    const posted = await fetch(url, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('other paths are not there', async () => {
    const page = await fetch(`${api.url}/nothing?x=1`)
    expect([page.status, await page.json()]).toEqual([
      404,
      { code: 'not_found', message: 'there is nothing at /nothing' },
    ])
    const rpc = await post('/flyteidl2.project.ProjectService/Nothing', '{}', { 'content-type': 'application/json' })
    expect([rpc.status, ((await rpc.json()) as { code: string }).code]).toEqual([404, 'unimplemented'])
  })

  test('web pages of this machine may call', async () => {
    const headers = { origin: 'http://localhost:5173', 'access-control-request-method': 'POST' }
    const preflight = await fetch(api.url + getProject, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE, OPTIONS')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Connect-Protocol-Version')
    expect(preflight.headers.get('access-control-max-age')).toBe('86400')
    const answer = await post(getProject, '{"id":"flytesnacks"}', { 'content-type': 'application/json', ...headers })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-expose-headers')).toContain('Grpc-Status')
  })

  test.each(['https://evil.example', 'null', 'http://localhost.evil.example'])(
    'web pages of %s may not',
    async (origin) => {
      const preflight = await fetch(api.url + getProject, { method: 'OPTIONS', headers: { origin } })
      expect(preflight.status).toBe(403)
      const answer = await post(getProject, '{"id":"flytesnacks"}', { 'content-type': 'application/json', origin })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
      expect(((await answer.json()) as { message: string }).message).toContain(origin)
    },
  )

  test('a server of this machine does not answer to other names', async () => {
    const local = await startApi({ config: { isLocalOnly: true } })
    const ask = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get(`${local.url}/healthz`, { headers: { host } }, (response) => resolve(response.resume().statusCode)).on(
          'error',
          reject,
        )
      })
    expect(await ask('evil.example:30080')).toBe(403)
    expect(await ask(`localhost:${local.port}`)).toBe(200)
    expect(await ask(`[::1]:${local.port}`)).toBe(200)
    await local.close()
  })

  test('origins may be allowed by configuration', async () => {
    const origin = 'https://console.example.com'
    const open = await startApi({ config: { allowedOrigins: [origin] } })
    const answer = await fetch(`${open.url}/healthz`, { headers: { origin } })
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    await open.close()
  })
})

describe('requests', () => {
  test('without side effects may be GETs', async () => {
    const transport = createConnectTransport({ baseUrl: api.url, httpVersion: '1.1', useHttpGet: true })
    const { project } = await createClient(ProjectService, transport).getProject({ id: 'flytesnacks' })
    expect(project?.id).toBe('flytesnacks')
    const query = `connect=v1&encoding=json&message=${encodeURIComponent('{"id":"flytesnacks"}')}`
    const response = await fetch(`${api.url}${getProject}?${query}`)
    expect(((await response.json()) as { project: { id: string } }).project.id).toBe('flytesnacks')
    const change = '/flyteidl2.project.ProjectService/CreateProject'
    expect((await fetch(`${api.url}${change}?${query}`)).status).toBe(405)
  })

  test('may be compressed', async () => {
    const json = await post(getProject, gzipSync(toJsonString(GetProjectRequestSchema, flytesnacks)), {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    })
    expect(json.status).toBe(200)
    const binary = await post(getProject, gzipSync(bytes), {
      'content-type': 'application/proto',
      'content-encoding': 'gzip',
    })
    expect(binary.status).toBe(200)
    const broken = await post(getProject, 'not gzip', {
      'content-type': 'application/proto',
      'content-encoding': 'gzip',
    })
    expect(((await broken.json()) as { code: string }).code).toBe('invalid_argument')
  })

  test('of streams may be compressed, message by message or as a whole', async () => {
    const envelope = (flags: number, data: Uint8Array) => {
      const head = Buffer.alloc(5)
      head.writeUInt8(flags)
      head.writeUInt32BE(data.length, 1)
      return Buffer.concat([head, data])
    }
    const path = '/flyteidl2.workflow.RunService/WatchRunDetails'
    const message = Buffer.from(JSON.stringify({ runId: { ...place, name: 'nothing' } }))
    const type = { 'content-type': 'application/connect+json' }
    const whole = await post(path, gzipSync(envelope(0, message)), { ...type, 'content-encoding': 'gzip' })
    expect(await whole.text()).toContain('not_found')
    const single = await post(path, envelope(1, gzipSync(message)), { ...type, 'connect-content-encoding': 'gzip' })
    expect(await single.text()).toContain('not_found')
    const broken = await post(path, 'not gzip', { ...type, 'content-encoding': 'gzip' })
    expect(await broken.text()).toContain('invalid_argument')
  })

  test('that are no messages are refused', async () => {
    const refuse = async (body: string, type: string) => {
      const response = await post(getProject, body, { 'content-type': type })
      return [response.status, response.status === 415 ? '' : ((await response.json()) as { code: string }).code]
    }
    expect(await refuse('{"id":', 'application/json')).toEqual([400, 'invalid_argument'])
    expect(await refuse('id=flytesnacks', 'text/plain')).toEqual([415, ''])
  })

  test('with fields that are not known yet are answered', async () => {
    const body = '{"id":"flytesnacks","colour":"red"}'
    expect((await post(getProject, body, { 'content-type': 'application/json' })).status).toBe(200)
  })
})

describe('requests over the limit', () => {
  test('are refused by their length, before they are read', async () => {
    const socket = connect(api.port, '127.0.0.1')
    const length = 1_000_000_000
    const head = [
      `POST ${getProject} HTTP/1.1`,
      'host: x',
      'content-type: application/proto',
      `content-length: ${length}`,
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) {
      answer += chunk
      // The connection is not kept for the rest of the body.
      if (answer.includes('resource_exhausted')) socket.write(Buffer.alloc(1000))
    }
    expect(answer).toMatch(/^HTTP\/1\.1 429/)
  })

  test('are refused when they do not tell their length', async () => {
    const socket = connect(api.port, '127.0.0.1')
    const head = [
      `POST ${getProject} HTTP/1.1`,
      'host: x',
      'content-type: application/proto',
      'transfer-encoding: chunked',
    ]
    const chunk = Buffer.concat([Buffer.from('2000\r\n'), Buffer.alloc(0x2000), Buffer.from('\r\n')])
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    for (let i = 0; i < 4; i++) socket.write(chunk)
    let answer = ''
    for await (const part of socket) answer += part
    expect(answer).toMatch(/^HTTP\/1\.1 429/)
    expect(answer).toContain('resource_exhausted')
  })

  test('are refused when they grow by decompression', async () => {
    const response = await post(getProject, gzipSync(Buffer.alloc(10_000_000)), {
      'content-type': 'application/proto',
      'content-encoding': 'gzip',
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([429, 'resource_exhausted'])
  })

  test('are refused on HTTP/2, and its connection goes on', async () => {
    const session = connectHttp2(api.url)
    const stream = session.request({
      ':method': 'POST',
      ':path': getProject,
      'content-type': 'application/proto',
      'content-length': 1_000_000,
    })
    stream.write(Buffer.alloc(1000))
    const [headers] = await once(stream, 'response')
    expect(headers[':status']).toBe(429)
    stream.resume()
    await once(stream, 'close')
    const next = session.request({ ':path': '/healthz' })
    const [answer] = await once(next, 'response')
    expect(answer[':status']).toBe(200)
    next.close()
    session.close()
  })

  eachTransport((transport) => {
    test('are refused with their own code', async () => {
      const { runs } = createClients(transport.connect(api.url))
      const large = aRunRequest({ runSpec: { envs: { values: [{ key: 'K', value: 'x'.repeat(20_000) }] } } })
      await expect(runs.createRun(large)).rejects.toMatchObject({ code: Code.ResourceExhausted })
    })
  })
})

describe('errors', () => {
  test('nobody meant to throw are logged, not shown', async () => {
    const broken = await startApi({ logger })
    await broken.breakTable('projects')
    const headers = { 'x-request-id': 'request-7' }
    for (const transport of [
      createConnectTransport({ baseUrl: broken.url, httpVersion: '1.1' }),
      createGrpcTransport({ baseUrl: broken.url }),
    ]) {
      const call = createClient(ProjectService, transport).listProjects({}, { headers })
      await expect(call).rejects.toMatchObject({
        code: Code.Internal,
        rawMessage: 'internal error (request request-7)',
      })
    }
    expect(logged.at(-1)).toMatchObject({
      msg: 'internal error',
      requestId: 'request-7',
      err: { message: expect.stringMatching(/no such table|does not exist/) },
    })
    await broken.close()
  })

  test('have a request id even when the client sent none', async () => {
    const response = await post(getProject, '{}', { 'content-type': 'application/json' })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    const named = await post(getProject, '{}', { 'content-type': 'application/json', 'x-request-id': 'mine' })
    expect(named.headers.get('x-request-id')).toBe('mine')
  })

  test('of validation name the field and what is wrong', async () => {
    const { runs } = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
    const long = { project: 'p'.repeat(64), domain: 'development', name: '' }
    await expect(runs.getRunDetails({ runId: long })).rejects.toMatchObject({
      code: Code.InvalidArgument,
      rawMessage: 'run_id.project: must be at most 63 characters; run_id.name: value is required',
    })
  })
})

describe('a server that stops', () => {
  test('ends streams cleanly', async () => {
    const stopping = await startApi()
    const transports = [
      createConnectTransport({ baseUrl: stopping.url, httpVersion: '1.1' }),
      createGrpcTransport({ baseUrl: stopping.url }),
    ]
    const target = { case: 'org', value: 'tern' } as const
    const [client] = transports.map((transport) => createClient(RunService, transport))
    await client?.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name: 'r1' } } }))
    const ended = transports.map(async (transport) => {
      let messages = 0
      for await (const _ of createClient(RunService, transport).watchRuns({ target })) {
        messages += 1
        if (messages === 1) opened.push(true)
        if (opened.length === transports.length) void stopping.stopServing()
      }
      return messages
    })
    const opened: boolean[] = []
    expect(await Promise.all(ended)).toEqual([1, 1])
    await stopping.close()
  })
})

test('an upload is refused by its length, before it is read', async () => {
  const { data } = createClients(createConnectTransport({ baseUrl: api.url, httpVersion: '1.1' }))
  const contentMd5 = createHash('md5').update('hello').digest()
  const { signedUrl } = await data.createUploadLocation({ ...place, filename: 'f', contentMd5, contentLength: 5n })
  const { pathname, search } = new URL(signedUrl)
  const socket = connect(api.port, '127.0.0.1')
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  expect(answer).toMatch(/^HTTP\/1\.1 413/)
})
