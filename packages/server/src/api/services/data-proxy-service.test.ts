import { createHash } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { literalTypes, toLiteral } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import { ArtifactType } from '@tern/idl/dataproxy'
import { LogLineOriginator } from '@tern/idl/logs'
import { InputsSchema, OutputsSchema } from '@tern/idl/task'
import { LogChunkSchema, LogLine_Stream } from '@tern/idl/worker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec, inputsOf, outputsOf, place, projectId } from '../test/fixtures.ts'
import { Script } from '../test/script.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
let now = Date.now()
beforeAll(async () => {
  api = await startApi({
    clock: { now: () => now },
    config: { maxUploadBytes: 100_000, maxInlineBytes: 1000, keepAliveMs: 50 },
  })
})
afterAll(() => api.close())

let serial = 0
function fresh(): string {
  serial += 1
  return `run-${serial}`
}

const md5Of = (data: string) => createHash('md5').update(data).digest()

eachTransport((transport) => {
  let clients: Clients
  let data: Clients['data']
  let script: Script
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    data = clients.data
    script = new Script(api)
  })

  async function start(overrides: Parameters<typeof aRunRequest>[0] = {}): Promise<string> {
    const name = fresh()
    await clients.runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name } }, ...overrides }))
    return name
  }

  const root = (name: string) => ({ run: { ...place, name }, name: 'a0' })

  describe('uploads', () => {
    const locate = (overrides: Parameters<typeof data.createUploadLocation>[0] = {}) =>
      data.createUploadLocation({ ...place, filename: 'bundle.mjs', contentMd5: md5Of('hello'), ...overrides })

    test('go where they are told, and can be read there', async () => {
      const location = await locate({ contentLength: 5n, addContentMd5Metadata: true })
      expect(location.nativeUrl).toMatch(/\/uploads\/flytesnacks\/development\/[A-Z2-7]+=*\/bundle\.mjs$/)
      expect(location.headers['Content-MD5']).toBe(md5Of('hello').toString('base64'))
      const put = await fetch(location.signedUrl, { method: 'PUT', body: 'hello', headers: location.headers })
      expect(put.status).toBe(200)
      expect(Buffer.from(await api.storage.read(location.nativeUrl)).toString()).toBe('hello')
    })

    test('keep the root they are grouped under', async () => {
      const filenameRoot = `root-${fresh()}`
      const { nativeUrl } = await locate({ filenameRoot, contentMd5: new Uint8Array() })
      expect(nativeUrl).toBe(`${api.storage.root}/uploads/flytesnacks/development/${filenameRoot}/bundle.mjs`)
    })

    test('do not replace another file', async () => {
      const filenameRoot = `root-${fresh()}`
      const { signedUrl } = await locate({ filenameRoot })
      await fetch(signedUrl, { method: 'PUT', body: 'hello' })
      await locate({ filenameRoot })
      await expectRefused(locate({ filenameRoot, contentMd5: md5Of('other') }), Code.AlreadyExists, 'bundle.mjs')
    })

    test('are refused when they are not what was announced', async () => {
      const { signedUrl } = await locate({ filenameRoot: `root-${fresh()}`, contentLength: 5n })
      const put = (url: string, body: string) => fetch(url, { method: 'PUT', body }).then(({ status }) => status)
      expect(await put(signedUrl, 'hellO')).toBe(400)
      expect(await put(signedUrl, 'hello world')).toBe(413)
      expect(await put(signedUrl.replace('bundle', 'bungle'), 'hello')).toBe(403)
      expect(await put(signedUrl.replace(/signature=.*/, ''), 'hello')).toBe(403)
      expect((await fetch(signedUrl)).status).toBe(405)
      now += 61 * 60 * 1000
      expect(await put(signedUrl, 'hello')).toBe(403)
    })

    test('are refused before they begin when they cannot be', async () => {
      await expectRefused(locate({ contentMd5: new Uint8Array() }), Code.InvalidArgument, 'filename_root')
      await expectRefused(locate({ contentMd5: new Uint8Array(3) }), Code.InvalidArgument, 'content_md5')
      await expectRefused(locate({ contentLength: 100_001n }), Code.InvalidArgument, '100000')
      await expectRefused(locate({ expiresIn: { seconds: 3601n } }), Code.InvalidArgument, 'expires_in')
      await expectRefused(locate({ filename: '../../tern.db' }), Code.InvalidArgument, 'filename')
      await expectRefused(locate({ filename: 'a\\b' }), Code.InvalidArgument, 'filename')
      await expectRefused(locate({ filenameRoot: '..' }), Code.InvalidArgument, 'filename_root')
      await expectRefused(locate({ project: 'nowhere' }), Code.NotFound, 'nowhere')
      await expectRefused(locate({ project: '' }), Code.InvalidArgument, 'project')
    })
  })

  describe('UploadInputs', () => {
    const upload = (overrides: Parameters<typeof data.uploadInputs>[0] = {}) =>
      data.uploadInputs({
        id: { case: 'projectId', value: projectId },
        task: { case: 'taskSpec', value: aTaskSpec() },
        inputs: inputsOf(1),
        ...overrides,
      })

    test('stores inputs once, and names them by what they are', async () => {
      const first = (await upload()).offloadedInputData
      const again = (await upload({ id: { case: 'runId', value: { ...place, name: 'r1' } } })).offloadedInputData
      const other = (await upload({ inputs: inputsOf(2) })).offloadedInputData
      expect(again).toEqual(first)
      expect(other?.uri).not.toBe(first?.uri)
      expect(other?.inputsHash).not.toBe(first?.inputsHash)
      const stored = await api.storage.read(first?.uri ?? '')
      expect(Buffer.from(stored)).toEqual(Buffer.from(toBinary(InputsSchema, inputsOf(1))))
      expect((await upload({ inputs: {} })).offloadedInputData?.inputsHash).not.toBe('')
    })

    test('leaves what the cache ignores out of the hash, not out of the place', async () => {
      const spec = aTaskSpec()
      if (spec.taskTemplate?.metadata) spec.taskTemplate.metadata.cacheIgnoreInputVars = ['x']
      const task = { case: 'taskSpec', value: spec } as const
      const one = (await upload({ task })).offloadedInputData
      const two = (await upload({ task, inputs: inputsOf(2) })).offloadedInputData
      expect(one?.inputsHash).toBe(two?.inputsHash)
      expect(one?.uri).not.toBe(two?.uri)
    })

    test('refuses what cannot be', async () => {
      await expectRefused(upload({ id: { case: undefined } }), Code.InvalidArgument, 'id')
      await expectRefused(upload({ task: { case: undefined } }), Code.InvalidArgument, 'task')
      const taskId = { case: 'taskId', value: { ...place, name: 'env.nothing', version: 'v1' } } as const
      await expectRefused(upload({ task: taskId }), Code.NotFound, 'env.nothing')
      await expectRefused(upload({ baseDir: '/etc' }), Code.InvalidArgument, '/etc')
      await expectRefused(upload({ baseDir: `${api.storage.root}/../..` }), Code.InvalidArgument, 'outside')
      const nowhere = { case: 'projectId', value: { ...projectId, name: 'nowhere' } } as const
      await expectRefused(upload({ id: nowhere }), Code.NotFound, 'nowhere')
    })
  })

  describe('GetActionData', () => {
    test('has inputs from the start, and outputs once there are some', async () => {
      const name = await start()
      const before = await data.getActionData({ actionId: root(name) })
      expect(before.inputs?.literals).toHaveLength(2)
      expect(before.outputs?.literals).toEqual([])
      await script.succeed(name, 'a0', outputsOf(3))
      const { outputs } = await data.getActionData({ actionId: root(name) })
      expect(outputs?.literals.map((literal) => literal.name)).toEqual(['o0'])
      await expectRefused(data.getActionData({ actionId: root('nothing') }), Code.NotFound, 'nothing')
      await expectRefused(data.getActionData({}), Code.InvalidArgument, 'action_id')
    })

    test('reads inputs too large to be kept with the action', async () => {
      const spec = aTaskSpec()
      const label = 'x'.repeat(2000)
      const literals = [
        ...inputsOf(1).literals,
        {
          name: 'label',
          value: {
            value: {
              case: 'scalar',
              value: { value: { case: 'primitive', value: { value: { case: 'stringValue', value: label } } } },
            },
          },
        } as const,
      ]
      const name = await start({
        task: { case: 'taskSpec', value: spec },
        inputWrapper: { case: 'inputs', value: create(InputsSchema, { literals }) },
      })
      const { inputs, inputsUri } = await data.getActionData({ actionId: root(name) })
      expect(inputs?.literals).toHaveLength(2)
      expect(await api.storage.exists(inputsUri)).toBe(true)
    })
  })

  describe('TailLogs', () => {
    const write = (handle: number, ...texts: string[]) => {
      const lines = texts.map((text) => ({ atMs: 1000, stream: LogLine_Stream.STDOUT, text }))
      api.executor.host.log(handle, toBinary(LogChunkSchema, create(LogChunkSchema, { lines })), lines.length)
    }

    test('has what was written, then what is written, up to the end of the attempt', async () => {
      const name = await start()
      const { handle } = await script.begin(name, 'a0')
      write(handle, 'one', 'two')
      const seen: string[] = []
      for await (const { logs } of data.tailLogs({ actionId: root(name), attempt: 1 })) {
        for (const line of logs.flatMap(({ lines }) => lines)) {
          seen.push(line.message)
          expect(line).toMatchObject({ originator: LogLineOriginator.USER, timestamp: { seconds: 1n } })
        }
        if (seen.length === 2) {
          write(handle, 'three')
          await script.succeed(name, 'a0')
        }
      }
      expect(seen).toEqual(['one\n', 'two\n', 'three\n'])
    })

    test('says now and then that it is still there, while nothing is written', async () => {
      const name = await start()
      const { handle } = await script.begin(name, 'a0')
      const seen: (string | undefined)[] = []
      for await (const { logs } of data.tailLogs({ actionId: root(name), attempt: 1 })) {
        seen.push(...(logs.length === 0 ? [undefined] : logs.flatMap(({ lines }) => lines.map((line) => line.message))))
        if (seen.length === 2) write(handle, 'late')
        if (seen.includes('late\n')) await script.succeed(name, 'a0')
      }
      expect(seen.slice(0, 2)).toEqual([undefined, undefined])
      expect(seen.filter((message) => message !== undefined)).toEqual(['late\n'])
    })

    test('has what an attempt that was told to stop writes until it has', async () => {
      const cleanUp = Promise.withResolvers<void>()
      api.executor.cleanUp = cleanUp.promise
      const name = await start()
      const { handle } = await script.begin(name, 'a0')
      write(handle, 'works')
      const seen: string[] = []
      for await (const { logs } of data.tailLogs({ actionId: root(name), attempt: 1 })) {
        const lines = logs.flatMap((batch) => batch.lines.map(({ message }) => message))
        seen.push(...lines)
        if (lines.includes('works\n')) {
          await clients.runs.abortRun({ runId: root(name).run })
          api.executor.cleanUp = undefined
          write(handle, 'stops the job')
        }
        if (!lines.includes('stops the job\n')) continue
        write(handle, 'is clean')
        cleanUp.resolve()
      }
      expect(seen).toEqual(['works\n', 'stops the job\n', 'is clean\n'])
      const again: string[] = []
      for await (const { logs } of data.tailLogs({ actionId: root(name), attempt: 1 }))
        again.push(...logs.flatMap(({ lines }) => lines.map(({ message }) => message)))
      expect(again).toEqual(seen)
    })

    test('of an attempt that wrote nothing just ends', async () => {
      const name = await start()
      await script.succeed(name, 'a0')
      await drain(data.tailLogs({ actionId: root(name), attempt: 1 }))
    })

    test('of what does not exist is not found', async () => {
      const tail = (name: string, attempt: number) => drain(data.tailLogs({ actionId: root(name), attempt }))
      await expectRefused(tail('nothing', 1), Code.NotFound, 'nothing')
      await expectRefused(tail(await start(), 2), Code.NotFound, 'attempt 2')
      await expectRefused(tail('nothing', 0), Code.InvalidArgument, 'attempt')
    })
  })

  describe('CreateDownloadLink', () => {
    const link = async (request: Parameters<typeof data.createDownloadLink>[0]) =>
      (await data.createDownloadLink(request)).preSignedUrls?.signedUrl[0] ?? ''
    const source = (name: string, attempt = 1) =>
      ({ case: 'actionAttemptId', value: { actionId: root(name), attempt } }) as const

    test('leads to the report of an attempt, in a sandbox', async () => {
      const name = await start()
      const uri = `${api.storage.root}/tern/flytesnacks/development/${name}/a0/1/report.html`
      const request = { artifactType: ArtifactType.REPORT, source: source(name) }
      await expectRefused(data.createDownloadLink(request), Code.NotFound, 'report.html')
      await api.storage.write(uri, Buffer.from('<h1>report</h1>'))
      const url = await link(request)
      const response = await fetch(url)
      expect(await response.text()).toBe('<h1>report</h1>')
      expect(response.headers.get('content-type')).toContain('text/html')
      expect(response.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts/)
      expect(response.headers.get('content-security-policy')).not.toContain('allow-same-origin')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      expect((await fetch(url.replace('report', 'retort'))).status).toBe(403)
      expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('15')
    })

    test('leads to the code bundle of a task and of an action', async () => {
      const uri = `${api.storage.root}/uploads/${fresh()}.mjs`
      await api.storage.write(uri, Buffer.from('export {}'))
      const spec = aTaskSpec()
      if (spec.taskTemplate?.metadata) spec.taskTemplate.metadata.codeBundleUri = uri
      const name = await start({ task: { case: 'taskSpec', value: spec } })
      const artifactType = ArtifactType.CODE_BUNDLE
      const response = await fetch(await link({ artifactType, source: source(name) }))
      expect(await response.text()).toBe('export {}')
      expect(response.headers.get('content-disposition')).toContain('attachment')
      const taskId = { ...place, name: 'env.bundled', version: fresh() }
      await clients.tasks.deployTask({ taskId, spec })
      const url = await link({ artifactType, source: { case: 'taskId', value: taskId } })
      expect((await fetch(url)).status).toBe(200)
    })

    test('refuses what cannot be', async () => {
      const name = await start()
      const { REPORT, CODE_BUNDLE, UNSPECIFIED } = ArtifactType
      const create = (request: Parameters<typeof data.createDownloadLink>[0]) => data.createDownloadLink(request)
      await expectRefused(
        create({ artifactType: UNSPECIFIED, source: source(name) }),
        Code.InvalidArgument,
        'artifact_type',
      )
      await expectRefused(create({ artifactType: REPORT }), Code.InvalidArgument, 'source')
      await expectRefused(create({ artifactType: REPORT, source: source(name, 2) }), Code.NotFound, 'attempt 2')
      await expectRefused(create({ artifactType: CODE_BUNDLE, source: source(name) }), Code.NotFound, 'no code bundle')
      const expiresIn = { seconds: 86_400n }
      await expectRefused(
        create({ artifactType: REPORT, source: source(name), expiresIn }),
        Code.InvalidArgument,
        'expires_in',
      )
    })
  })

  describe('CreateFileLink', () => {
    const fileOutputs = (value: Literal) =>
      toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name: 'o0', value }] }))
    const link = async (run: string, uri: string) => (await data.createFileLink({ actionId: root(run), uri })).signedUrl

    test('leads to a file that an action has put out, whole or in part', async () => {
      const name = await start()
      const uri = `${api.storage.root}/raw/${name}/x.csv`
      await api.storage.write(uri, Buffer.from('0123456789'))
      await expectRefused(link(name, uri), Code.NotFound, 'name')
      await script.succeed(name, 'a0', fileOutputs(toLiteral({ uri }, literalTypes.file())))
      const url = await link(name, uri)
      const whole = await fetch(url)
      expect(await whole.text()).toBe('0123456789')
      expect(whole.headers.get('accept-ranges')).toBe('bytes')
      const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe('bytes 2-4/10')
      expect(await part.text()).toBe('234')
      expect((await fetch(url, { headers: { range: 'bytes=10-' } })).status).toBe(416)
      expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('10')
      expect((await fetch(url.replace('x.csv', 'y.csv'))).status).toBe(403)
      await api.storage.delete(uri)
      await expectRefused(link(name, uri), Code.NotFound, 'does not exist any more')
      expect((await fetch(url)).status).toBe(404)
    })

    test('leads to the files of a folder, and to the list of them', async () => {
      const name = await start()
      const uri = `${api.storage.root}/raw/${name}/tree`
      await api.storage.write(`${uri}/a.txt`, Buffer.from('1'))
      await api.storage.write(`${uri}/b/a.txt`, Buffer.from('22'))
      await script.succeed(name, 'a0', fileOutputs(toLiteral({ uri }, literalTypes.directory())))
      const list = await fetch(await link(name, uri))
      expect(list.headers.get('content-type')).toBe('application/x-ndjson')
      const lines = (await list.text()).trim().split('\n')
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        { path: 'a.txt', size: 1 },
        { path: 'b/a.txt', size: 2 },
      ])
      expect(await (await fetch(await link(name, `${uri}/b/a.txt`))).text()).toBe('22')
    })

    test('refuses what no action names, and what this machine does not have', async () => {
      const name = await start()
      const uri = 's3://bucket/x.csv'
      await script.succeed(name, 'a0', fileOutputs(toLiteral({ uri }, literalTypes.file())))
      await expectRefused(link(name, uri), Code.InvalidArgument, 'uri')
      await expectRefused(link(name, '/etc/hosts'), Code.NotFound, 'name /etc/hosts')
      const spec = aTaskSpec()
      const variable = spec.taskTemplate?.interface?.inputs?.variables.find(({ key }) => key === 'x')?.value
      if (variable !== undefined) variable.type = literalTypes.file()
      const hosts = toLiteral({ uri: '/etc/hosts' }, literalTypes.file())
      const inputs = create(InputsSchema, { literals: [{ name: 'x', value: hosts }] })
      const task = { case: 'taskSpec', value: spec } as const
      const given = await start({ task, inputWrapper: { case: 'inputs', value: inputs } })
      await expectRefused(link(given, '/etc/hosts'), Code.NotFound, 'nor the stored inputs')
      await expectRefused(link(name, ''), Code.InvalidArgument, 'uri')
      await expectRefused(link(fresh(), uri), Code.NotFound, 'does not exist')
    })
  })
})
