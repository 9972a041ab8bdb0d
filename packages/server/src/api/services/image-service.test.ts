import { Code } from '@connectrpc/connect'
import { SelectClusterRequest_Operation } from '@tern/idl/cluster'
import { Filter_Function, Sort_Direction } from '@tern/idl/common'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { place, projectId } from '../test/fixtures.ts'
import { freshName } from '../test/runs.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const digest = 'a'.repeat(64)
const builder = { project: 'system', domain: 'production', name: 'build-image' }

/** As after a build. */
async function aBuiltImage(): Promise<string> {
  const { storage } = api
  await storage.write(storage.join(storage.root, 'images', digest, 'spec.pb'), new Uint8Array())
  return await aRecordedImage(digest)
}

async function aRecordedImage(of: string): Promise<string> {
  const name = `${freshName('image')}:v1`
  await api.repositories.images.record({ name, digest: of, run: { ...place, run: 'r1' }, builtAt: 1 })
  return name
}

eachTransport((transport) => {
  let clients: Clients
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
  })

  const fqinOf = async (name: string) => (await clients.images.getImage({ id: { name }, projectId })).image?.fqin

  test('an image that was built is there, under the name that tasks have for it', async () => {
    const name = await aBuiltImage()
    const { image } = await clients.images.getImage({ id: { name }, projectId })
    expect(image).toMatchObject({ id: { name }, fqin: `${name}@sha256:${digest}`, buildRun: { ...place, name: 'r1' } })
    const operation = SelectClusterRequest_Operation.GET_IMAGE
    const cluster = await clients.clusters.selectCluster({
      operation,
      resource: { case: 'projectId', value: projectId },
    })
    expect(cluster.clusterEndpoint).toBe(api.url)
  })

  test('an image that is mapped to an environment need not be built', async () => {
    expect(await fqinOf('mapped:v7')).toBe('mapped:v7')
  })

  test('an image that nobody built is not there, nor one of which nothing is left', async () => {
    await expectRefused(fqinOf('other:v1'), Code.NotFound, 'the image other:v1 has not been built')
    await expectRefused(fqinOf(await aRecordedImage('b'.repeat(64))), Code.NotFound, 'has not been built')
    await expectRefused(clients.images.getImage({}), Code.InvalidArgument, 'id')
    await expectRefused(fqinOf(''), Code.InvalidArgument, 'id')
  })

  test('the task that builds images is there in every domain, as the latest of its name', async () => {
    const { tasks } = await clients.tasks.listTasks({
      scopeBy: { case: 'projectId', value: { name: builder.project, domain: builder.domain } },
      request: {
        limit: 1,
        sortBy: { key: 'created_at', direction: Sort_Direction.DESCENDING },
        filters: [{ field: 'name', function: Filter_Function.EQUAL, values: [builder.name] }],
      },
    })
    expect(tasks.map(({ taskId }) => taskId)).toMatchObject([{ ...builder, version: '1' }])
    const taskName = { ...builder, domain: 'staging' }
    expect((await clients.tasks.listVersions({ taskName })).versions).toMatchObject([{ version: '1' }])
    const taskId = { ...builder, domain: 'development', version: '1' }
    const { details } = await clients.tasks.getTaskDetails({ taskId })
    expect(details?.spec?.taskTemplate).toMatchObject({ type: 'image-build', id: taskId })
    await expectRefused(
      clients.tasks.getTaskDetails({ taskId: { ...taskId, domain: 'nowhere' } }),
      Code.NotFound,
      'not deployed in system/nowhere',
    )
  })

  test('a run of it is in the project that asks', async () => {
    const text = (value: string) =>
      ({
        value: {
          case: 'scalar',
          value: { value: { case: 'primitive', value: { value: { case: 'stringValue', value } } } },
        },
      }) as const
    const { run } = await clients.runs.createRun({
      id: { case: 'projectId', value: projectId },
      task: { case: 'taskId', value: { ...builder, version: '1' } },
      inputWrapper: {
        case: 'inputs',
        value: {
          literals: ['spec', 'context', 'target_image'].map((name) => ({ name, value: text('') })),
        },
      },
    })
    expect(run?.action?.id?.run).toMatchObject(place)
    expect(run?.action?.metadata?.spec).toMatchObject({ case: 'task', value: { id: builder } })
  })
})
