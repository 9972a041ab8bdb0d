import { create } from '@bufbuild/protobuf'
import { ContainerSchema, Resources_ResourceName, TaskMetadataSchema } from '@tern/idl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProjectView } from '../src/views/project-view.ts'
import type { TaskDetailsView, TaskVersionView } from '../src/views/task-view.ts'
import { aTask, InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start()
})
afterAll(() => cli.stop())

describe('versions of a task', () => {
  beforeAll(async () => {
    for (const version of ['v1', 'v2', 'v3']) await cli.client.deployTask(aTask('etl.main', version))
  })

  test('are listed, newest first', async () => {
    const versions = await cli.json<TaskVersionView[]>(['get', 'task', 'etl.main', '--versions'])
    expect(versions.map(({ version }) => version)).toEqual(['v3', 'v2', 'v1'])
    expect(versions[0]).toEqual({
      version: 'v3',
      deployedAt: expect.stringMatching(/Z$/),
      deployedBy: null,
      latestRun: null,
    })
    const { stdout } = await cli.tern(['get', 'task', 'etl.main', '--versions'])
    expect(stdout).toMatch(/^VERSION +DEPLOYED\nv3 +(just now|\d+[sm] ago)\n/)
    expect(await cli.json(['get', 'task', 'etl.main', '--versions', '--limit', '2'])).toHaveLength(2)
  })

  test('are shown by a flag, an argument, or with the name', async () => {
    const version = async (...args: string[]) => (await cli.json<TaskDetailsView>(['get', 'task', ...args])).version
    expect(await version('etl.main', '--version', 'v1')).toBe('v1')
    expect(await version('etl.main', 'v2')).toBe('v2')
    expect(await version('etl.main:v2')).toBe('v2')
    expect(await version('etl.main')).toBe('v3')
  })

  test('one says what it takes, what it caches and needs, and how many triggers start it', async () => {
    const spec = aTask('etl.heavy')
    const template = spec.taskTemplate!
    template.metadata = create(TaskMetadataSchema, {
      discoverable: true,
      discoveryVersion: '7',
      cacheSerializable: true,
      cacheIgnoreInputVars: ['shout'],
      deprecatedErrorMessage: 'use etl.light',
    })
    const resources = {
      requests: [{ name: Resources_ResourceName.CPU, value: '2' }],
      limits: [
        { name: Resources_ResourceName.CPU, value: '4' },
        { name: Resources_ResourceName.MEMORY, value: '1Gi' },
      ],
    }
    template.target = { case: 'container', value: create(ContainerSchema, { image: 'x', resources }) }
    await cli.client.deployTask(spec)
    const trigger = ['--every', '5m', '--input', 'numbers=1', '--kickoff-arg', 'day', '--inactive']
    await cli.tern(['create', 'trigger', 'etl.heavy', 'often', ...trigger])
    expect(await cli.json<TaskDetailsView>(['get', 'task', 'etl.heavy'])).toMatchObject({
      description: 'Adds up, v1',
      deprecated: 'use etl.light',
      inputs: [
        { name: 'day', type: 'datetime', required: true },
        { name: 'numbers', type: 'list<integer>', required: true },
        { name: 'shout', type: 'boolean', required: false, default: false },
      ],
      cached: true,
      caching: { version: '7', serialized: true, ignoredInputs: ['shout'] },
      resources: { requests: { cpu: '2' }, limits: { cpu: '4', memory: '1Gi' } },
      triggers: { total: 1, active: 0 },
    })
    const { stdout } = await cli.tern(['get', 'task', 'etl.heavy'])
    expect(stdout).toMatch(/^Deprecated +use etl\.light$/m)
    expect(stdout).toMatch(/^Cached +yes, version 7, equal calls wait for each other, whatever shout$/m)
    expect(stdout).toMatch(/^Resources +cpu 2 to 4, memory any to 1Gi$/m)
    expect(stdout).toMatch(/^Triggers +1 \(0 on\); tern get trigger etl\.heavy lists them$/m)
  })

  test.each([
    [['get', 'task', '--versions'], 2, /^error: --version and --versions are for one task\nhint: /],
    [['get', 'task', 'etl.main:v1', '--versions'], 2, /^error: --versions lists all versions, and one is named\n/],
    [['get', 'task', 'etl.main:v1', '--version', 'v2'], 2, /^error: etl\.main:v1 v2 names two versions\n/],
    [['get', 'task', 'etl.man'], 1, /^error: task etl\.man is not deployed in .*\nhint: Did you mean etl\.main\?\n$/],
    [['get', 'task', 'etl.man', '--versions'], 1, /\nhint: Did you mean etl\.main\?\n$/],
    [['get', 'task', 'etl.man', '--version', 'v1'], 1, /\nhint: Did you mean etl\.main\?\n$/],
    [['get', 'task', 'etl.main', '--version', 'v9'], 1, /\nhint: Did you mean v[123]\?\n$/],
    [['run', '--name', 'etl.mian'], 1, /\nhint: Did you mean etl\.main\?\n$/],
  ])('tern %j is refused', async (args, code, message) => {
    expect(await cli.tern(args)).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) })
  })
})

describe('projects', () => {
  test('are created with labels, changed and archived', async () => {
    const made = await cli.json<ProjectView>(['create', 'project', 'mine', '--name', 'Mine', '--label', 'team=data'])
    expect(made).toMatchObject({ id: 'mine', name: 'Mine', state: 'ACTIVE', labels: { team: 'data' } })
    const update = (...args: string[]) => cli.json<ProjectView>(['update', 'project', 'mine', ...args])
    expect(await update('--description', 'all mine', '--label', 'tier=1')).toMatchObject({
      name: 'Mine',
      description: 'all mine',
      labels: { team: 'data', tier: '1' },
    })
    expect(await update('--remove-label', 'team')).toMatchObject({ description: 'all mine', labels: { tier: '1' } })
    expect(await update('--archive')).toMatchObject({ state: 'ARCHIVED', name: 'Mine' })
    const list = async (...args: string[]) =>
      (await cli.json<ProjectView[]>(['get', 'project', ...args])).map(({ id }) => id).sort()
    expect(await list()).toEqual(['flytesnacks'])
    expect(await list('--archived')).toEqual(['mine'])
    expect(await list('--all')).toEqual(['flytesnacks', 'mine'])
    expect(await update('--unarchive')).toMatchObject({ state: 'ACTIVE' })
  })

  test.each([
    [['update', 'project', 'flytesnacks'], 2, /^error: nothing to change\nhint: /],
    [['update', 'project', 'flytesnack', '--archive'], 1, /^error: .*\nhint: Did you mean flytesnacks\?\n$/],
    [['get', 'project', 'flytesnack'], 1, /^error: .*\nhint: Did you mean flytesnacks\?\n$/],
    [['update', 'project', 'flytesnacks', '--archive', '--unarchive'], 2, /cannot be used with/],
    [['update', 'project', 'flytesnacks', '--description', 'x'.repeat(301)], 1, /^error: .*description.*300/],
    [['create', 'project', 'No Good'], 1, /^error: .*"No Good"/],
  ])('tern %j is refused', async (args, code, message) => {
    expect(await cli.tern(args)).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) })
  })
})
