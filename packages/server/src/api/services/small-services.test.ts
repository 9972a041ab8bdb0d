import { Code } from '@connectrpc/connect'
import { SelectClusterRequest_Operation } from '@tern/idl/cluster'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { projectId } from '../test/fixtures.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`

eachTransport((transport) => {
  let clients: Clients
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  test('the cluster is the server that is asked', async () => {
    const operation = SelectClusterRequest_Operation.CREATE_UPLOAD_LOCATION
    const resource = { case: 'projectId', value: projectId } as const
    const { clusterEndpoint, cluster } = await clients.clusters.selectCluster({ operation, resource })
    expect({ clusterEndpoint, cluster }).toEqual({ clusterEndpoint: api.url, cluster: '' })
    const headers = { 'x-forwarded-proto': 'https' }
    const behindProxy = await clients.clusters.selectCluster({ operation, resource }, { headers })
    expect(behindProxy.clusterEndpoint).toBe(api.url.replace('http:', 'https:'))
    await expectRefused(clients.clusters.selectCluster({ operation }), Code.InvalidArgument, 'resource')
    await expectRefused(clients.clusters.selectCluster({ resource }), Code.InvalidArgument, 'operation')
  })

  test('a caller is who it says it is', async () => {
    const claims = { sub: 'ada', email: 'ada@example.com', given_name: 'Ada', family_name: 'Lovelace' }
    const bearer = await clients.identity.userInfo({}, { headers: { authorization: `Bearer ${jwt(claims)}` } })
    expect(bearer).toMatchObject({ subject: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' })
    const forwarded = await clients.identity.userInfo({}, { headers: { 'x-amzn-oidc-identity': 'grace' } })
    expect(forwarded.subject).toBe('grace')
  })

  test('a caller that does not say who it is has no identity', async () => {
    await expectRefused(clients.identity.userInfo({}), Code.Unauthenticated, 'who')
    const opaque = { headers: { authorization: 'Bearer opaque' } }
    await expectRefused(clients.identity.userInfo({}, opaque), Code.Unauthenticated, 'who')
  })

  test('nobody has to log in', async () => {
    await expectRefused(clients.auth.getOAuth2Metadata({}), Code.Unimplemented, 'no login')
    expect(await clients.auth.getPublicClientConfig({})).toMatchObject({ authorizationMetadataKey: 'authorization' })
  })
})
