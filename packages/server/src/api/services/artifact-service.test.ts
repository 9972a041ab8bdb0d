import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { Code } from '@connectrpc/connect'
import { fromLiteral, literalTypes, toLiteral } from '@tern/core'
import type { ArtifactSpecSchema } from '@tern/idl/artifact'
import { ArtifactVersionIdSchema } from '@tern/idl/core'
import { Filter_Function, type ListRequestSchema, Sort_Direction } from '@tern/idl/common'
import { ProjectState } from '@tern/idl/project'
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

type SpecInit = MessageInitShape<typeof ArtifactSpecSchema>
type ListInit = MessageInitShape<typeof ListRequestSchema>

function specOf(value: string, more: Omit<SpecInit, '$typeName'> = {}): SpecInit {
  return { value: toLiteral(value, literalTypes.string()), type: literalTypes.string(), ...more }
}

eachTransport((transport) => {
  let artifacts: Clients['artifacts']
  let clients: Clients
  beforeAll(() => {
    clients = createClients(transport.connect(api.url))
    artifacts = clients.artifacts
  })

  const idOf = (name: string, version: string) => ({ name: { ...place, name }, version })

  async function createVersion(name: string, version: string, spec: SpecInit = specOf(version)) {
    const { artifact } = await artifacts.createArtifact({ artifactId: idOf(name, version), spec })
    return artifact!
  }

  async function versionsOf(name: string, request: ListInit = {}): Promise<ReadonlyArray<string | undefined>> {
    const listed = await artifacts.listArtifacts({ projectId, name, request })
    return listed.artifacts.map(({ artifactId }) => artifactId?.version)
  }

  /** A project of its own, where nothing is but what the test makes. */
  async function ownProject(): Promise<string> {
    const id = freshName('artifacts')
    await clients.projects.createProject({ project: { id } })
    return id
  }

  test('an artifact is answered as it was given, with what the server knows of it', async () => {
    const name = freshName('model')
    const info = { description: 'a model', userMetadata: { kind: 'model' }, card: { uri: '/card', format: 'html' } }
    const spec = specOf('weights', { info, source: { source: { case: 'externalRef', value: 'hub://x' } } })
    const { artifact } = await artifacts.createArtifact(
      { artifactId: idOf(name, '1.0'), spec },
      { headers: { 'x-auth-request-user': 'ada' } },
    )
    expect(artifact).toMatchObject({
      artifactId: { name: { ...place, name, org: 'tern' }, version: '1.0' },
      spec: { info, source: { source: { case: 'externalRef', value: 'hub://x' } }, type: literalTypes.string() },
      createdBy: { principal: { value: { id: { subject: 'ada' } } } },
    })
    expect(artifact?.createdAt).toBeDefined()
    const value = artifact?.spec?.value
    expect(fromLiteral(value!)).toBe('weights')
    expect(value?.artifactId).toMatchObject({ key: { ...place, name, org: 'tern' }, version: '1.0' })
    expect(await artifacts.getArtifact({ name: { ...place, name }, version: '1.0' })).toMatchObject({ artifact })
  })

  test('without a version, the one created last is answered', async () => {
    const name = freshName('latest')
    for (const version of ['2', '10', '1']) await createVersion(name, version)
    const { artifact } = await artifacts.getArtifact({ name: { ...place, name } })
    expect(artifact?.artifactId?.version).toBe('1')
  })

  test('creating the same again gives what is there', async () => {
    const name = freshName('again')
    const first = await createVersion(name, 'v1')
    expect(await createVersion(name, 'v1')).toEqual(first)
    // An identity that a value brings along is not the value.
    const artifactId = create(ArtifactVersionIdSchema, { version: 'other' })
    const borrowed = { ...toLiteral('v1', literalTypes.string()), artifactId }
    expect(await createVersion(name, 'v1', { ...specOf('v1'), value: borrowed })).toEqual(first)
    expect(await versionsOf(name)).toEqual(['v1'])
    const created = await Promise.all(Array.from({ length: 4 }, () => createVersion(name, 'v2')))
    expect(new Set(created.map(({ createdAt }) => createdAt?.nanos)).size).toBe(1)
    expect(await versionsOf(name)).toEqual(['v2', 'v1'])
  })

  test('an attempt that is tried again, and content that lies elsewhere, are the same', async () => {
    const name = freshName('retried')
    const type = literalTypes.file()
    const specAt = (attempt: number, uri: string, hash: string) => {
      const action = { run: { org: 'tern', ...place, name: 'r1' }, name: 'a0' }
      const source = { source: { case: 'taskAction', value: { action, attempt } } } as const
      return { value: toLiteral({ uri, hash }, type), type, source, info: { card: { uri: `${uri}.html` } } }
    }
    const first = await createVersion(name, 'v1', specAt(1, '/one', 'h1'))
    expect(await createVersion(name, 'v1', specAt(2, '/two', 'h1'))).toEqual(first)
    await expectRefused(createVersion(name, 'v1', specAt(2, '/one', 'h2')), Code.AlreadyExists, name)
  })

  test('a version never changes', async () => {
    const name = freshName('fixed')
    await createVersion(name, 'v1')
    await expectRefused(
      createVersion(name, 'v1', specOf('other')),
      Code.AlreadyExists,
      `version v1 of artifact ${name}`,
    )
    const info = { description: 'something else' }
    await expectRefused(createVersion(name, 'v1', specOf('v1', { info })), Code.AlreadyExists, name)
    const { artifact } = await artifacts.getArtifact({ name: { ...place, name } })
    expect(fromLiteral(artifact!.spec!.value!)).toBe('v1')
  })

  test('large values are kept in storage, and given back whole', async () => {
    const name = freshName('large')
    const text = 'x'.repeat(100_000)
    const created = await createVersion(name, 'v1', specOf(text))
    expect(fromLiteral(created.spec!.value!)).toBe(text)
    const { artifact } = await artifacts.getArtifact({ name: { ...place, name } })
    expect(fromLiteral(artifact!.spec!.value!)).toBe(text)
    const listed = await artifacts.listArtifacts({ projectId, name })
    const { value } = listed.artifacts[0]!.spec!
    expect(value).toMatchObject({
      value: { case: 'offloadedMetadata', value: { inferredType: literalTypes.string() } },
      artifactId: { version: 'v1' },
    })
    const uri = value?.value.case === 'offloadedMetadata' ? value.value.value.uri : ''
    expect(await api.storage.exists(uri)).toBe(true)
    expect((await api.repositories.artifacts.findLatest({ ...place, name }))?.spec.length).toBeLessThan(1000)
  })

  test('versions are listed, the last first, page by page', async () => {
    const name = freshName('paged')
    for (const version of ['a', 'b', 'c', 'd', 'e']) await createVersion(name, version)
    const seen: (string | undefined)[] = []
    for (let token = ''; ; ) {
      const page = await artifacts.listArtifacts({ projectId, name, request: { limit: 2, token } })
      expect(page.artifacts.length).toBeLessThanOrEqual(2)
      seen.push(...page.artifacts.map(({ artifactId }) => artifactId?.version))
      token = page.token
      if (token === '') break
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
    const sortByFields = [{ key: 'version', direction: Sort_Direction.ASCENDING }]
    expect(await versionsOf(name, { sortByFields })).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await versionsOf(name, { sortBy: { key: 'created_at' } })).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  test('versions are found by what is said about them', async () => {
    const name = freshName('found')
    const run = { org: 'tern', ...place, name: 'r1' }
    const action = { run, name: 'a0' }
    await createVersion(
      name,
      'imported',
      specOf('i', { source: { source: { case: 'externalRef', value: 'hub://m' } } }),
    )
    await createVersion(
      name,
      'made',
      specOf('m', { source: { source: { case: 'taskAction', value: { action, attempt: 1 } } } }),
    )
    await createVersion(name, 'plain', specOf('p', { info: { userMetadata: { 'flyte.io/kind': 'model' } } }))
    const { EQUAL, VALUE_IN, EXISTS, NOT_EXISTS, GREATER_THAN, CONTAINS } = Filter_Function
    const found = (field: string, fn: Filter_Function, ...values: string[]) =>
      versionsOf(name, { filters: [{ field, function: fn, values }] })
    expect(await found('source_run', EQUAL, 'r1')).toEqual(['made'])
    expect(await found('source_action', EQUAL, 'a0')).toEqual(['made'])
    expect(await found('source_external_ref', EQUAL, 'hub://m')).toEqual(['imported'])
    expect(await found('user_metadata.flyte.io/kind', VALUE_IN, 'model', 'data')).toEqual(['plain'])
    expect(await found('user_metadata.flyte.io/kind', EXISTS)).toEqual(['plain'])
    expect(await found('user_metadata.flyte.io/kind', NOT_EXISTS)).toEqual(['made', 'imported'])
    expect(await found('version', VALUE_IN, 'made', 'plain')).toEqual(['plain', 'made'])
    expect(await found('version', CONTAINS, 'a')).toEqual(['plain', 'made'])
    expect(await found('created_at', GREATER_THAN, '2100-01-01T00:00:00Z')).toEqual([])
  })

  test('names are listed with their latest version, the last changed first', async () => {
    const project = await ownProject()
    const id = { name: project, domain: 'development' }
    const make = (name: string, version: string) =>
      artifacts.createArtifact({
        artifactId: { name: { project, domain: 'development', name }, version },
        spec: specOf(version),
      })
    for (const [name, version] of [
      ['model', '1'],
      ['data', '1'],
      ['model', '2'],
      ['model', '2'],
    ] as const)
      await make(name, version)
    const shown = ({ groups }: Awaited<ReturnType<typeof artifacts.listArtifactNames>>) =>
      groups.map(({ latest, versions }) => [latest?.artifactId?.name?.name, latest?.artifactId?.version, versions])
    expect(shown(await artifacts.listArtifactNames({ projectId: id }))).toEqual([
      ['model', '2', 2n],
      ['data', '1', 1n],
    ])
    const filters = [{ field: 'name', function: Filter_Function.CONTAINS, values: ['dat'] }]
    expect(shown(await artifacts.listArtifactNames({ projectId: id, request: { filters } }))).toEqual([
      ['data', '1', 1n],
    ])
    const sortByFields = [{ key: 'name', direction: Sort_Direction.ASCENDING }]
    const first = await artifacts.listArtifactNames({ projectId: id, request: { sortByFields, limit: 1 } })
    expect(shown(first)).toEqual([['data', '1', 1n]])
    const request = { sortByFields, limit: 1, token: first.token }
    const second = await artifacts.listArtifactNames({ projectId: id, request })
    expect(shown(second)).toEqual([['model', '2', 2n]])
    expect(second.token).toBe('')
    const everything = await artifacts.listArtifacts({ projectId: id })
    expect(everything.artifacts).toHaveLength(3)
  })

  test('a project and domain has artifacts of its own', async () => {
    const name = freshName('apart')
    await createVersion(name, 'v1')
    const elsewhere = { ...place, domain: 'staging', name }
    await expectRefused(artifacts.getArtifact({ name: elsewhere }), Code.NotFound, 'staging')
    await artifacts.createArtifact({ artifactId: { name: elsewhere, version: 'v1' }, spec: specOf('other') })
    expect((await artifacts.getArtifact({ name: { ...place, name } })).artifact?.spec?.value).toMatchObject({
      value: { value: { value: { value: { value: { value: 'v1' } } } } },
    })
  })

  test('what is not there is not found', async () => {
    const name = freshName('gone')
    await expectRefused(artifacts.getArtifact({ name: { ...place, name } }), Code.NotFound, `artifact ${name}`)
    await createVersion(name, 'v1')
    await expectRefused(artifacts.getArtifact({ name: { ...place, name }, version: 'v2' }), Code.NotFound, 'version v2')
    const nowhere = { ...place, project: 'nowhere', name }
    await expectRefused(
      artifacts.createArtifact({ artifactId: { name: nowhere, version: '1' }, spec: specOf('x') }),
      Code.NotFound,
      'nowhere',
    )
    const noDomain = { ...place, domain: 'none', name }
    await expectRefused(
      artifacts.createArtifact({ artifactId: { name: noDomain, version: '1' }, spec: specOf('x') }),
      Code.NotFound,
      'domain "none"',
    )
  })

  test('archived projects take no artifacts', async () => {
    const project = await ownProject()
    await clients.projects.updateProject({ project: { id: project, state: ProjectState.ARCHIVED } })
    const name = { project, domain: 'development', name: 'late' }
    await expectRefused(
      artifacts.createArtifact({ artifactId: { name, version: '1' }, spec: specOf('x') }),
      Code.FailedPrecondition,
      'archived',
    )
  })

  test('what cannot be is refused by the name of the field', async () => {
    const { InvalidArgument } = Code
    const make = (name: string, version: string, spec: SpecInit = specOf('x')) =>
      artifacts.createArtifact({ artifactId: idOf(name, version), spec })
    await expectRefused(artifacts.createArtifact({ spec: specOf('x') }), InvalidArgument, 'artifact_id')
    await expectRefused(artifacts.createArtifact({ artifactId: idOf('a', '1') }), InvalidArgument, 'spec')
    await expectRefused(make('', '1'), InvalidArgument, 'artifact_id.name.name')
    await expectRefused(make('a', ''), InvalidArgument, 'artifact_id.version')
    await expectRefused(make('a/b', '1'), InvalidArgument, 'must not contain "/"')
    await expectRefused(make('a@b', '1'), InvalidArgument, 'artifact_id.name.name')
    await expectRefused(make(' a', '1'), InvalidArgument, 'space')
    await expectRefused(make('a\u0000', '1'), InvalidArgument, 'control characters')
    await expectRefused(make('a'.repeat(256), '1'), InvalidArgument, '256 characters')
    await expectRefused(make('a', 'v/1'), InvalidArgument, 'artifact_id.version')
    await expectRefused(make('a', 'v'.repeat(256)), InvalidArgument, '256 characters')
    await expectRefused(make('a', '1', { type: literalTypes.string() }), InvalidArgument, 'spec.value')
    await expectRefused(make('a', '1', { value: specOf('x').value! }), InvalidArgument, 'spec.type')
    await expectRefused(make('a', '1', specOf('x', { type: literalTypes.integer() })), InvalidArgument, 'spec.value')
    const userMetadata = { '': 'x' }
    await expectRefused(make('a', '1', specOf('x', { info: { userMetadata } })), InvalidArgument, 'user_metadata')
    const run = { org: 'tern', ...place, domain: 'staging', name: 'r1' }
    const source = { source: { case: 'taskAction', value: { action: { run, name: 'a0' }, attempt: 1 } } } as const
    await expectRefused(make('a', '1', specOf('x', { source })), InvalidArgument, 'spec.source.task_action')
    await expectRefused(artifacts.getArtifact({}), InvalidArgument, 'name')
    await expectRefused(artifacts.getArtifact({ name: { ...place, name: '' } }), InvalidArgument, 'name.name')
    await expectRefused(artifacts.listArtifacts({}), InvalidArgument, 'project_id')
    await expectRefused(artifacts.listArtifactNames({}), InvalidArgument, 'project_id')
  })

  test('lists that cannot be are refused', async () => {
    const { InvalidArgument } = Code
    const list = (request: ListInit) => artifacts.listArtifacts({ projectId, request })
    const names = (request: ListInit) => artifacts.listArtifactNames({ projectId, request })
    const filters = [{ field: 'colour', function: Filter_Function.EQUAL, values: ['red'] }]
    for (const lists of [list, names]) {
      await expectRefused(lists({ filters }), InvalidArgument, 'colour')
      await expectRefused(lists({ sortByFields: [{ key: 'colour' }] }), InvalidArgument, 'colour')
      await expectRefused(lists({ limit: 201 }), InvalidArgument, '201')
      await expectRefused(lists({ token: 'nonsense' }), InvalidArgument, 'nonsense')
    }
    const name = freshName('token')
    for (const version of ['1', '2']) await createVersion(name, version)
    const { token } = await artifacts.listArtifacts({ projectId, name, request: { limit: 1 } })
    await expectRefused(list({ limit: 1, token }), InvalidArgument, 'another query')
  })
})
