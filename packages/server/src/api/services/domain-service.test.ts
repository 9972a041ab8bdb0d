import { Code } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi({ config: { domains: ['test', 'live'] } })
})
afterAll(() => api.close())

eachTransport((transport) => {
  let clients: Clients
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  test('the domains are those that the server was started with, in that order', async () => {
    const { domains } = await clients.domains.listDomains({})
    expect(domains).toMatchObject([
      { id: 'test', org: 'tern', friendlyName: 'test' },
      { id: 'live', org: 'tern', friendlyName: 'live' },
    ])
    expect((await clients.domains.getDomain({ id: 'live' })).domain).toMatchObject({ id: 'live' })
    const { project } = await clients.projects.getProject({ id: 'flytesnacks' })
    expect(project?.domains.map(({ id }) => id)).toEqual(['test', 'live'])
  })

  test('one that is not there is not found', async () => {
    await expectRefused(clients.domains.getDomain({ id: 'staging' }), Code.NotFound, 'The domains are test, live')
    await expectRefused(clients.domains.getDomain({}), Code.InvalidArgument, 'id')
  })

  test('they are configured, and not changed', async () => {
    for (const call of [
      clients.domains.createDomain({ id: 'new' }),
      clients.domains.updateDomain({ id: 'test' }),
      clients.domains.deleteDomain({ id: 'test' }),
    ]) {
      await expectRefused(call, Code.Unimplemented, 'start the server with the domains')
    }
  })
})
