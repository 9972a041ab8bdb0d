import { create, type DescMethod, type DescService } from '@bufbuild/protobuf'
import { Code, type Transport } from '@connectrpc/connect'
import { AppLogsService, AppService } from '@tern/idl/app'
import { AsyncConnectorService, ConnectorMetadataService } from '@tern/idl/connector'
import { RunLogsService } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { drain, expectRefused } from '../test/expect-refused.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const services: ReadonlyArray<DescService> = [
  AppService,
  AppLogsService,
  AsyncConnectorService,
  ConnectorMetadataService,
  RunLogsService,
]

eachTransport((wire) => {
  let transport: Transport
  beforeAll(() => {
    transport = wire.connect(api.url)
  })

  describe.each(services.map((service) => [service.typeName, service] as const))('%s', (_, { methods }) => {
    test.each(methods.map((method) => [method.name, method] as const))(
      '%s says that it is not there',
      async (name, method) => {
        await expectRefused(call(method), Code.Unimplemented, name)
      },
    )
  })

  async function call(method: DescMethod): Promise<void> {
    const message = create(method.input)
    if (method.methodKind === 'unary') {
      await transport.unary(method as DescMethod & { methodKind: 'unary' }, undefined, undefined, {}, message)
      return
    }
    const stream = method as DescMethod & { methodKind: 'server_streaming' }
    const requests = (async function* () {
      yield message
    })()
    await drain((await transport.stream(stream, undefined, undefined, {}, requests)).message)
  }
})
