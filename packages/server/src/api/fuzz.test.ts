import type { DescMethod, DescService, Message } from '@bufbuild/protobuf'
import { Code, ConnectError, type Transport } from '@connectrpc/connect'
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node'
import { StringValueSchema as WrongSchema } from '@bufbuild/protobuf/wkt'
import { services } from '@tern/idl'
import { Filter_Function, FilterSchema, type ListRequest, ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { create, type DescMessage } from '@bufbuild/protobuf'
import { reflect } from '@bufbuild/protobuf/reflect'
import { RunService } from '@tern/idl/workflow'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { arbitraryMessage } from './test/arbitrary-message.ts'
import { aRunRequest, aTaskSpec, place, projectId } from './test/fixtures.ts'
import { createClients } from './test/clients.ts'
import { startApi, type TestApi } from './test/start-api.ts'

// What is sent at random must be answered, or refused as what it is: the caller's mistake. `internal` is the server's.

let api: TestApi
let transport: Transport
const logged: string[] = []

beforeAll(async () => {
  const logger = pino({ level: 'error' }, { write: (line) => void logged.push(line) })
  api = await startApi({ logger, config: { maxRequestBytes: 1024 * 1024 } })
  transport = createConnectTransport({ baseUrl: api.url, httpVersion: '2' })
  const { runs, tasks } = createClients(transport)
  await tasks.deployTask({ taskId: { ...place, name: 'env.main', version: 'v1' }, spec: aTaskSpec() })
  await runs.createRun(aRunRequest({ id: { case: 'runId', value: { ...place, name: 'r1' } } }))
})
afterAll(() => api.close())
beforeEach(() => {
  logged.length = 0
})

const serversFault = new Set([Code.Internal, Code.Unknown, Code.DataLoss, Code.Unavailable])
// Of streams that have nothing more to say and would wait for ever.
const patienceMs = 100

/** How a call ends; undefined when it goes well. */
async function call(method: DescMethod, message: Message): Promise<ConnectError | undefined> {
  const stop = AbortSignal.timeout(method.methodKind === 'unary' ? 20_000 : patienceMs)
  try {
    if (method.methodKind === 'unary')
      await transport.unary(method as DescMethod & { methodKind: 'unary' }, stop, undefined, {}, message)
    else await drain(method, message, stop)
    return undefined
  } catch (error) {
    if (stop.aborted && method.methodKind !== 'unary') return undefined
    return ConnectError.from(error)
  }
}

async function drain(method: DescMethod, message: Message, signal: AbortSignal): Promise<void> {
  async function* requests() {
    yield message
  }
  const { message: responses } = await transport.stream(
    method as DescMethod & { methodKind: 'server_streaming' },
    signal,
    undefined,
    {},
    requests(),
  )
  for await (const _ of responses) return
}

function expectBlameless(error: ConnectError | undefined, sent: unknown): void {
  if (error === undefined || !serversFault.has(error.code)) return
  throw new Error(`${Code[error.code]}: ${error.rawMessage}\n${logged.join('\n')}\n${String(sent)}`, { cause: error })
}

const implemented = services.filter(({ typeName }) => !/\.(app|connector|imagebuilder)\./.test(typeName))

describe.each(implemented.map((service: DescService) => [service.typeName, service] as const))(
  '%s',
  (_, { methods }) => {
    test.each(methods.map((method) => [method.name, method] as const))(
      '%s survives whatever message',
      async (__, method) => {
        await fc.assert(
          fc.asyncProperty(arbitraryMessage(method.input), async (message) => {
            expectBlameless(await call(method, message), method.name)
          }),
          { numRuns: method.methodKind === 'unary' ? 25 : 6 },
        )
      },
      60_000,
    )
  },
)

describe('bytes that are no message are refused, whatever they say they are', () => {
  const path = () => `${api.url}/flyteidl2.workflow.RunService/GetRunDetails`

  test.each(['application/proto', 'application/json', 'text/plain', 'application/xml'])('as %s', async (type) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (body) => {
        const response = await fetch(path(), { method: 'POST', body, headers: { 'content-type': type } })
        await response.arrayBuffer()
        expect([400, 404, 415]).toContain(response.status)
      }),
      { numRuns: 40 },
    )
    expect(logged).toEqual([])
  })

  test('over gRPC', async () => {
    const grpc = createGrpcTransport({ baseUrl: api.url })
    const { getRunDetails } = RunService.method
    // A field of another type than the message has there.
    const method = { ...getRunDetails, input: WrongSchema } as unknown as typeof getRunDetails
    const call = grpc.unary(method, undefined, undefined, {}, { value: '\u0000\u0001 no message' } as never)
    await expect(call).rejects.toMatchObject({ code: Code.InvalidArgument })
    expect(logged).toEqual([])
  })
})

const lists = implemented.flatMap(({ methods }) => methods.filter(({ input }) => listFieldOf(input) !== undefined))
const fields = [
  'name',
  'run_name',
  'phase',
  'created_at',
  'version',
  'labels.team',
  'duration_ms',
  'active',
  'state',
  'nothing',
  '',
  "a' or 1=1",
]
const values = [
  '',
  'env.main',
  'SUCCEEDED',
  '5',
  '-1',
  'true',
  '2026-01-01T00:00:00Z',
  'yesterday',
  '%',
  '\\',
  '1e400',
  '9'.repeat(30),
]
const functions = Object.values(Filter_Function).filter((value) => typeof value === 'number')

const listRequests: fc.Arbitrary<ListRequest> = fc
  .record({
    limit: fc.constantFrom(0, 1, 200, 201, 4_294_967_295),
    token: fc.constantFrom('', '', '', 'x', '5', 'eyJhIjoxfQ'),
    filters: fc.array(
      fc
        .record({
          function: fc.constantFrom(...functions),
          field: fc.constantFrom(...fields),
          values: fc.array(fc.constantFrom(...values), { maxLength: 3 }),
        })
        .map((filter) => create(FilterSchema, filter)),
      { maxLength: 3 },
    ),
    sortByFields: fc.array(
      fc.record({
        key: fc.constantFrom(...fields),
        direction: fc.constantFrom(Sort_Direction.ASCENDING, Sort_Direction.DESCENDING),
      }),
      { maxLength: 2 },
    ),
  })
  .map((request) => create(ListRequestSchema, request as never))

test.each(lists.map((method) => [`${method.parent.name}.${method.name}`, method] as const))(
  'lists of %s are filtered and sorted, or the filter is refused',
  async (__, method) => {
    await fc.assert(
      fc.asyncProperty(listRequests, async (request) => {
        const message = create(method.input)
        const target = reflect(method.input, message)
        for (const field of method.input.fields) {
          if (field === listFieldOf(method.input)) target.set(field, reflect(ListRequestSchema, request))
          else scope(target, field.localName)
        }
        const error = await call(method, message)
        expectBlameless(error, JSON.stringify(request))
        if (error !== undefined) expect([Code.InvalidArgument, Code.NotFound]).toContain(error.code)
      }),
      { numRuns: 40 },
    )
  },
  60_000,
)

/** Fills in what a list is of, where the message has such a field. */
function scope(target: ReturnType<typeof reflect>, name: string): void {
  const field = target.desc.field[name]
  if (field?.fieldKind !== 'message') return
  const known: Record<string, object> = {
    projectId: { organization: 'tern', ...projectId },
    runId: { org: 'tern', ...place, name: 'r1' },
  }
  const value = known[name]
  if (value !== undefined) target.set(field, reflect(field.message, create(field.message, value as never)))
}

function listFieldOf(input: DescMessage) {
  return input.fields.find(
    (field) => field.fieldKind === 'message' && field.message.typeName === ListRequestSchema.typeName,
  )
}
