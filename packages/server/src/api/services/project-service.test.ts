import { Code, ConnectError } from '@connectrpc/connect'
import { Sort_Direction } from '@tern/idl/common'
import { ProjectState } from '@tern/idl/project'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clients, createClients } from '../test/clients.ts'
import { expectRefused } from '../test/expect-refused.ts'
import { aRunRequest, aTaskSpec } from '../test/fixtures.ts'
import { startApi, type TestApi } from '../test/start-api.ts'
import { eachTransport } from '../test/transports.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

let serial = 0
/** A name that no other test uses, since all transports share a server. */
function fresh(prefix: string): string {
  serial += 1
  return `${prefix}-${serial}`
}

eachTransport((transport) => {
  let projects: Clients['projects']
  beforeAll(() => {
    projects = createClients(transport.connect(api.url)).projects
  })

  test('a new server has the project flytesnacks with three domains', async () => {
    const { project } = await projects.getProject({ id: 'flytesnacks' })
    expect(project).toMatchObject({ id: 'flytesnacks', state: ProjectState.ACTIVE, org: 'tern' })
    expect(project?.domains.map(({ id }) => id)).toEqual(['development', 'staging', 'production'])
  })

  test('a created project is returned as it was given', async () => {
    const id = fresh('made')
    await projects.createProject({
      project: { id, name: 'Made', description: 'for a test', labels: { values: { team: 'a' } } },
    })
    const { project } = await projects.getProject({ id })
    expect(project).toMatchObject({ id, name: 'Made', description: 'for a test', labels: { values: { team: 'a' } } })
  })

  test('an update replaces everything', async () => {
    const id = fresh('updated')
    await projects.createProject({ project: { id, name: 'Before', labels: { values: { team: 'a' } } } })
    await projects.updateProject({ project: { id, name: 'After', state: ProjectState.ARCHIVED } })
    const { project } = await projects.getProject({ id })
    expect(project).toMatchObject({ name: 'After', description: '', state: ProjectState.ARCHIVED })
    expect(project?.labels).toBeUndefined()
  })

  test('archived projects are listed when they are asked for', async () => {
    const id = fresh('archived')
    await projects.createProject({ project: { id, state: ProjectState.ARCHIVED } })
    const shown = await projects.listProjects({})
    expect(shown.projects?.projects.map((project) => project.id)).not.toContain(id)
    const archived = await projects.listProjects({ filters: 'eq(state, 1)' })
    expect(archived.projects?.projects.map((project) => project.id)).toContain(id)
  })

  test('filters are joined', async () => {
    const ids = [fresh('joined'), fresh('joined'), fresh('joined')]
    for (const id of ids) await projects.createProject({ project: { id, name: `about ${id}` } })
    const { projects: found } = await projects.listProjects({
      filters: `value_in(identifier, ${ids[0]};${ids[1]}) + contains(name,about)+ne(identifier,${ids[1]})`,
    })
    expect(found?.projects.map(({ id }) => id)).toEqual([ids[0]])
  })

  test('pages lead through all projects in the order asked for', async () => {
    const prefix = fresh('paged')
    for (const letter of ['a', 'b', 'c', 'd', 'e']) {
      await projects.createProject({ project: { id: `${prefix}-${letter}`, name: letter } })
    }
    const seen: string[] = []
    const query = {
      limit: 2,
      filters: `contains(identifier,${prefix}-)`,
      sortBy: { key: 'name', direction: Sort_Direction.DESCENDING },
    }
    for (let token = ''; ; ) {
      const { projects: page } = await projects.listProjects({ ...query, token })
      seen.push(...(page?.projects ?? []).map(({ name }) => name))
      token = page?.token ?? ''
      if (token === '') break
    }
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'])
  })

  test('every function of the filter language does what it says', async () => {
    const prefix = fresh('filtered')
    for (const letter of ['a', 'b', 'c']) {
      await projects.createProject({
        project: { id: `${prefix}-${letter}`, name: `Name ${letter}`, description: letter },
      })
    }
    const found = async (filter: string) => {
      const filters = `contains(identifier,${prefix}-)+${filter}`
      const { projects: page } = await projects.listProjects({ filters })
      return page?.projects.map(({ name }) => name.slice(-1)).join('')
    }
    expect(await found(`eq(identifier,${prefix}-b)`)).toBe('b')
    expect(await found('ne( name , Name b )')).toBe('ac')
    expect(await found('value_in(description, a; c ;x)')).toBe('ac')
    expect(await found('value_in(description,b)')).toBe('b')
    expect(await found('contains(name,me c)')).toBe('c')
    expect(await found('contains(name,me_c)')).toBe('')
    expect(await found('eq(state,PROJECT_STATE_ACTIVE)')).toBe('abc')
    expect(await found('eq(state,1)')).toBe('')
  })

  test('without a limit all are listed, by id', async () => {
    const { projects: page } = await projects.listProjects({})
    const ids = page?.projects.map(({ id }) => id) ?? []
    expect(ids).toContain('flytesnacks')
    expect(ids).toEqual([...ids].sort())
    expect(page?.token).toBe('')
  })

  test('an archived project takes no deployments and no runs, until it is active again', async () => {
    const { tasks, runs } = createClients(transport.connect(api.url))
    const id = fresh('closed')
    const home = { project: id, domain: 'development' }
    const deploy = () => tasks.deployTask({ taskId: { ...home, name: 'env.main', version: 'v1' }, spec: aTaskSpec() })
    const start = () =>
      runs.createRun(aRunRequest({ id: { case: 'projectId', value: { name: id, domain: 'development' } } }))
    await projects.createProject({ project: { id } })
    await deploy()
    for (const state of [ProjectState.ARCHIVED, ProjectState.SYSTEM_ARCHIVED]) {
      await projects.updateProject({ project: { id, state } })
      await expectRefused(deploy(), Code.FailedPrecondition, `project ${id} is archived`)
      await expectRefused(start(), Code.FailedPrecondition, `project ${id} is archived`)
    }
    expect((await tasks.getTaskDetails({ taskId: { ...home, name: 'env.main', version: 'v1' } })).details).toBeDefined()
    await projects.updateProject({ project: { id, state: ProjectState.ACTIVE } })
    await deploy()
    expect((await start()).run?.action?.id?.run?.project).toBe(id)
  })

  test('texts without end are refused in few words', async () => {
    const endless = ' '.repeat(200_000)
    const calls = [
      () => projects.getProject({ id: `x${endless}` }),
      () => projects.createProject({ project: { id: `x${endless}` } }),
      () => projects.createProject({ project: { id: 'x', name: endless } }),
      () => projects.listProjects({ filters: `eq(name,${endless}` }),
      () => projects.listProjects({ sortBy: { key: endless } }),
      () => projects.listProjects({ token: endless }),
    ]
    for (const call of calls) {
      const { rawMessage }: ConnectError = await call().then(
        () => new ConnectError('was answered'),
        (error: unknown) => ConnectError.from(error),
      )
      expect(rawMessage).not.toBe('was answered')
      expect(rawMessage.length).toBeLessThan(1000)
    }
  })

  test('what cannot be is refused', async () => {
    await expectRefused(projects.createProject({}), Code.InvalidArgument, 'project')
    await expectRefused(projects.createProject({ project: { id: '' } }), Code.InvalidArgument, 'project.id')
    await expectRefused(projects.createProject({ project: { id: 'No Good' } }), Code.InvalidArgument, 'No Good')
    await expectRefused(projects.createProject({ project: { id: 'flytesnacks' } }), Code.AlreadyExists, 'flytesnacks')
    await expectRefused(
      projects.createProject({ project: { id: 'long', description: 'x'.repeat(301) } }),
      Code.InvalidArgument,
      '301 characters',
    )
    await expectRefused(projects.createProject({ project: { id: 'a'.repeat(64) } }), Code.InvalidArgument, 'at most 63')
    for (const id of ['-a', 'a-', 'a/b', '..', 'ä', 'a_b']) {
      await expectRefused(projects.createProject({ project: { id } }), Code.InvalidArgument, 'project.id')
    }
    const named = { project: { id: 'long', name: 'x'.repeat(256) } }
    await expectRefused(projects.createProject(named), Code.InvalidArgument, 'project.name')
    const labelled = { project: { id: 'long', labels: { values: { a: 'x'.repeat(70_000) } } } }
    await expectRefused(projects.createProject(labelled), Code.InvalidArgument, 'project.labels')
    const state = 9 as ProjectState
    await expectRefused(projects.createProject({ project: { id: 'odd', state } }), Code.InvalidArgument, 'state')
    await expectRefused(projects.updateProject({}), Code.InvalidArgument, 'project')
    await expectRefused(projects.getProject({ id: 'long' }), Code.NotFound, 'long')
    await expectRefused(projects.updateProject({ project: { id: 'nowhere' } }), Code.NotFound, 'nowhere')
    await expectRefused(projects.getProject({ id: 'nowhere' }), Code.NotFound, 'nowhere')
    await expectRefused(projects.getProject({ id: '' }), Code.InvalidArgument, 'id')
    await expectRefused(projects.listProjects({ filters: 'eq(state)' }), Code.InvalidArgument, 'eq(state)')
    await expectRefused(projects.listProjects({ filters: 'eq(colour,red)' }), Code.InvalidArgument, 'colour')
    await expectRefused(projects.listProjects({ filters: 'gt(state,1)' }), Code.InvalidArgument, 'gt(state,1)')
    await expectRefused(projects.listProjects({ filters: 'eq(state,soon)' }), Code.InvalidArgument, 'soon')
    await expectRefused(projects.listProjects({ limit: 20_000 }), Code.InvalidArgument, 'limit')
    const { projects: page } = await projects.listProjects({ limit: 1 })
    const elsewhere = { limit: 1, token: page?.token ?? '', filters: 'eq(state,0)' }
    await expectRefused(projects.listProjects(elsewhere), Code.InvalidArgument, 'another query')
    await expectRefused(projects.listProjects({ token: 'nonsense' }), Code.InvalidArgument, 'nonsense')
    await expectRefused(projects.listProjects({ sortBy: { key: 'colour' } }), Code.InvalidArgument, 'colour')
  })
})
