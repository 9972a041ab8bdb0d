import { create } from '@bufbuild/protobuf'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import {
  AlreadyExistsError,
  InternalError,
  InvalidArgumentError,
  NotFoundError,
  TaskFailedError,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from '@tern/core'
import { ActionPhase } from '@tern/idl/common'
import { DataProxyService } from '@tern/idl/dataproxy'
import { InputsSchema, TaskService, TaskSpecSchema } from '@tern/idl/task'
import { type ActionDetails, ActionDetailsSchema, ErrorInfo_Kind, RunService } from '@tern/idl/workflow'
import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createClient, type TernClient, toRunState } from '../src/client.ts'
import { typedRun } from '../src/remote/typed-run.ts'
import { bindInterface } from '../src/types/task-interface.ts'
import { fakeBackend } from './fake-backend.ts'

interface Services {
  runs?: Partial<ServiceImpl<typeof RunService>>
  tasks?: Partial<ServiceImpl<typeof TaskService>>
  data?: Partial<ServiceImpl<typeof DataProxyService>>
}

async function backend({ runs = {}, tasks = {}, data = {} }: Services) {
  const server = await fakeBackend((router) => {
    router.service(RunService, runs)
    router.service(TaskService, tasks)
    router.service(DataProxyService, data)
  })
  onTestFinished(() => server.stop())
  return Object.assign(server, { client: createClient({ endpoint: server.url, token: 'secret' }) })
}

function details(phase: ActionPhase, more: Partial<ActionDetails> = {}): ActionDetails {
  return create(ActionDetailsSchema, { status: { phase, attempts: 1 }, ...more } as never)
}

const task = create(TaskSpecSchema, { taskTemplate: { id: { name: 'e.main', version: 'v1' } } })

describe('a call', () => {
  test('is repeated while the server is unavailable, and carries who calls', async () => {
    const seen: (string | null)[] = []
    const server = await backend({
      runs: {
        getRunDetails: (_, context) => {
          seen.push(context.requestHeader.get('authorization'))
          if (seen.length < 3) throw new ConnectError('starting', Code.Unavailable)
          return { details: {} }
        },
      },
    })
    await server.client.getRun('r1')
    expect(seen).toEqual(['Bearer secret', 'Bearer secret', 'Bearer secret'])
  })

  test('has the token that is in force', async () => {
    const seen: (string | null)[] = []
    const server = await backend({
      runs: {
        getRunDetails: (_, context) => {
          seen.push(context.requestHeader.get('authorization'))
          if (seen.length < 2) throw new ConnectError('starting', Code.Unavailable)
          return { details: {} }
        },
      },
    })
    const tokens = ['first', 'second', undefined]
    const client = createClient({ endpoint: server.url, token: async () => tokens.shift() })
    await client.getRun('r1')
    await client.getRun('r1')
    expect(seen).toEqual(['Bearer first', 'Bearer second', null])
  })

  test.each([
    [Code.NotFound, NotFoundError],
    [Code.InvalidArgument, InvalidArgumentError],
    [Code.AlreadyExists, AlreadyExistsError],
    [Code.Unauthenticated, UnauthenticatedError],
    [Code.Unimplemented, UnimplementedError],
    [Code.Internal, InternalError],
  ])('refused with code %i throws an error of this package', async (code, type) => {
    const server = await backend({
      runs: {
        getRunDetails: () => {
          throw new ConnectError('no such thing', code)
        },
      },
    })
    const call = server.client.getRun('r1')
    await expect(call).rejects.toThrow(type)
    await expect(call).rejects.toThrow('no such thing')
  })

  test('to where nobody listens says so, and what to do', async () => {
    const server = await backend({})
    await server.stop()
    const error: unknown = await createClient({ endpoint: server.url })
      .getRun('r1')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({
      message: `no server answers at ${server.url} (set by the call)`,
      hint: expect.stringMatching(/tern start.*--local/) as string,
    })
  })
})

describe('lists', () => {
  test('go over pages until the last, or the limit', async () => {
    const pages = ['', 'b', 'c']
    const server = await backend({
      runs: {
        listRuns: ({ request }) => {
          const index = pages.indexOf(request?.token ?? '')
          const runs = [0, 1].map((i) => ({ action: { id: { run: { name: `r${index}${i}` } } } }))
          return { runs, token: pages[index + 1] ?? '' }
        },
      },
    })
    expect(await names(server.client.listRuns())).toEqual(['r00', 'r01', 'r10', 'r11', 'r20', 'r21'])
    expect(await names(server.client.listRuns({ limit: 3 }))).toEqual(['r00', 'r01', 'r10'])
  })

  async function names(runs: ReturnType<TernClient['listRuns']>): Promise<(string | undefined)[]> {
    const all: (string | undefined)[] = []
    for await (const run of runs) all.push(run.action?.id?.run?.name)
    return all
  }
})

describe('watching an action', () => {
  test('goes on when the stream ends early or breaks', async () => {
    const streams: (() => AsyncIterable<{ details: ActionDetails }>)[] = [
      async function* () {
        yield { details: details(ActionPhase.QUEUED) }
      },
      // biome-ignore format: one line says it
      async function* () { yield { details: details(ActionPhase.RUNNING) }; throw new ConnectError('restarting', Code.Unavailable) },
      async function* () {
        yield { details: details(ActionPhase.SUCCEEDED) }
      },
    ]
    const server = await backend({ runs: { watchActionDetails: () => streams.shift()?.() ?? nothing() } })
    const phases: number[] = []
    for await (const { status } of server.client.watchAction('r1')) phases.push(status?.phase ?? 0)
    expect(phases).toEqual([ActionPhase.QUEUED, ActionPhase.RUNNING, ActionPhase.SUCCEEDED])
  })

  test('does not go on when trying again is pointless', async () => {
    let calls = 0
    const server = await backend({
      runs: {
        // biome-ignore format: one line says it
        watchActionDetails: async function* () { calls++; yield* nothing(); throw new ConnectError('no run r1', Code.NotFound) },
      },
    })
    await expect(server.client.waitForAction('r1')).rejects.toThrow('no run r1')
    expect(calls).toBe(1)
  })

  test('can be given up', async () => {
    const server = await backend({
      runs: {
        watchActionDetails: async function* (_, { signal }) {
          yield { details: details(ActionPhase.RUNNING) }
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
        },
      },
    })
    await expect(server.client.waitForAction('r1', 'a0', { signal: AbortSignal.timeout(50) })).rejects.toThrow(
      'timeout',
    )
  })
})

describe('logs', () => {
  test('go on where a broken stream ended', async () => {
    const logs = (...texts: string[]) => ({ logs: [{ lines: texts.map((message) => ({ message: `${message}\n` })) }] })
    const streams: (() => AsyncIterable<ReturnType<typeof logs>>)[] = [
      // biome-ignore format: one line says it
      async function* () { yield* nothing(); throw new ConnectError('no logs yet', Code.NotFound) },
      // biome-ignore format: one line says it
      async function* () { yield logs('a', 'b'); throw new ConnectError('restarting', Code.Unavailable) },
      async function* () {
        yield logs('a')
        yield logs('b', 'c')
      },
    ]
    const server = await backend({ data: { tailLogs: () => streams.shift()?.() ?? nothing() } })
    const lines: string[] = []
    for await (const { text } of server.client.logs('r1')) lines.push(text)
    expect(lines).toEqual(['a', 'b', 'c'])
  })
})

describe('uploads', () => {
  test('put the bytes where the server says, once, over passing failures', async () => {
    let asked = 0
    const server = await backend({
      data: {
        createUploadLocation: ({ filename, contentLength }) => {
          asked++
          expect([filename, contentLength]).toEqual(['x.mjs', 3n])
          return { signedUrl: `${server.url}/put/x`, nativeUrl: '/data/x', headers: { 'x-extra': '1' } }
        },
      },
    })
    server.uploadStatuses.push(503)
    const bundle = { fileName: 'x.mjs', bytes: new Uint8Array([1, 2, 3]) }
    expect(await server.client.uploadBundle(bundle)).toBe('/data/x')
    expect(await server.client.uploadBundle(bundle)).toBe('/data/x')
    expect(server.uploads.get('/put/x')).toEqual(Buffer.from([1, 2, 3]))
    expect(asked).toBe(1)
  })

  test('that are refused fail with the status', async () => {
    const server = await backend({
      data: { createUploadLocation: () => ({ signedUrl: `${server.url}/put/x`, nativeUrl: '/data/x' }) },
    })
    server.uploadStatuses.push(403)
    const bundle = { fileName: 'x.mjs', bytes: new Uint8Array(1) }
    await expect(server.client.uploadBundle(bundle)).rejects.toThrow('uploading x.mjs failed: 403')
  })
})

test('a run is made from uploaded inputs', async () => {
  const seen: unknown[] = []
  const server = await backend({
    data: {
      uploadInputs: ({ id, inputs }) => {
        seen.push(id.case, inputs?.literals.length)
        return { offloadedInputData: { uri: '/in', inputsHash: 'h' } }
      },
    },
    runs: {
      createRun: ({ id, inputWrapper, task: given }) => {
        seen.push(id.case, id.value?.name, inputWrapper.value, given.case)
        return { run: { action: { id: { run: { name: 'mine' } } } } }
      },
    },
  })
  await server.client.createRun({ task: { spec: task }, inputs: create(InputsSchema), name: 'mine' })
  await server.client.createRun({
    task: { reference: { name: 'e.main', version: 'v1' } },
    inputs: create(InputsSchema),
  })
  const offloaded = expect.objectContaining({ uri: '/in', inputsHash: 'h' }) as unknown
  expect(seen).toEqual(
    [
      ['runId', 0, 'runId', 'mine', offloaded, 'taskSpec'],
      ['runId', 0, 'runId', expect.stringMatching(/^r[a-z0-9]{19}$/), offloaded, 'taskId'],
    ].flat(),
  )
})

describe('tasks', () => {
  test('deployed before are no error', async () => {
    let deployed = 0
    const server = await backend({
      tasks: {
        deployTask: ({ taskId }) => {
          expect(taskId).toMatchObject({ org: 'tern', project: 'flytesnacks', name: 'e.main', version: 'v1' })
          if (deployed++ > 0) throw new ConnectError('exists', Code.AlreadyExists)
          return {}
        },
      },
    })
    expect(await server.client.deployTask(task)).toBe(true)
    expect(await server.client.deployTask(task)).toBe(false)
  })

  test('without a version are the newest', async () => {
    const server = await backend({
      tasks: {
        listTasks: ({ request }) => {
          expect(request).toMatchObject({ limit: 1, filters: [{ field: 'name', values: ['e.main'] }] })
          return { tasks: [{ taskId: { name: 'e.main', version: 'v9' } }] }
        },
        getTaskDetails: ({ taskId }) => ({ details: { taskId: taskId as NonNullable<typeof taskId> } }),
      },
    })
    expect((await server.client.getTask({ name: 'e.main' })).taskId?.version).toBe('v9')
  })

  test('that nobody deployed are not found', async () => {
    const server = await backend({ tasks: { listTasks: () => ({}) } })
    await expect(server.client.getTask({ name: 'e.none' })).rejects.toThrow(
      'task e.none is not deployed in project flytesnacks, domain development',
    )
  })
})

describe('a run on a server', () => {
  const { outputs } = { outputs: bindInterface('e.main', { output: z.int() }) }

  test('gives its outputs, or throws what it failed with', async () => {
    const failed = details(ActionPhase.FAILED, {
      result: {
        case: 'errorInfo',
        value: {
          $typeName: 'flyteidl2.workflow.ErrorInfo',
          message: 'OutOfPaperError: no paper\n    at main (src/main.ts:3:9)',
          kind: ErrorInfo_Kind.USER,
        },
      },
    })
    const ends = [details(ActionPhase.SUCCEEDED), failed]
    const server = await backend({
      runs: {
        watchActionDetails: async function* () {
          yield { details: ends.shift() as ActionDetails }
        },
      },
      data: {
        getActionData: () => ({
          outputs: { literals: [{ name: 'o0', value: outputs.outputs[0]?.codec.toLiteral(42) as never }] },
        }),
      },
    })
    const run = typedRun<number>(server.client, 'r1', outputs)
    expect(run.url).toBe(`${server.url}/v2/domain/development/project/flytesnacks/runs/r1`)
    expect(await run.outputs()).toBe(42)
    const error: unknown = await run.outputs().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TaskFailedError)
    expect(error).toMatchObject({
      code: 'OutOfPaperError',
      message: 'no paper',
      kind: 'user',
      remoteStack: '    at main (src/main.ts:3:9)',
    })
  })

  test('that was aborted has the reason as its error', () => {
    const state = toRunState(
      'r1',
      details(ActionPhase.ABORTED, {
        result: { case: 'abortInfo', value: { $typeName: 'flyteidl2.workflow.AbortInfo', reason: 'enough' } },
      }),
    )
    expect(state).toMatchObject({ phase: 'ABORTED', isFinal: true, error: { message: 'enough' } })
  })
})

async function* nothing(): AsyncGenerator<never, void, undefined> {}
