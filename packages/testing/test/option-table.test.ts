import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TaskSpec } from '@tern/idl/task'
import type { ActionDetails } from '@tern/idl/workflow'
import { configure, deployedTask, run } from '@tern/sdk'
import { bundleFile, loadBundle, taskSpecOf } from '@tern/sdk/bundle'
import { createClient, type TernClient } from '@tern/sdk/client'
import { optionLevels } from '@tern/sdk/internal'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ServerProcess } from '@tern/test-support/server-process'
import { combinations, type Level, probe, probes } from './option-probes.ts'

let folder: string
let server: ServerProcess
let client: TernClient

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-table-'))
  const args = ['--max-workers', '1', '--queue', 'of-one=1', '--queue', 'of-two=2', '--queue', 'of-three=3']
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), args })
  configure({ endpoint: server.url })
  client = createClient({ endpoint: server.url })
  await client.secrets.create({ name: 'probe-one', value: 'first', scope: {} })
  await client.secrets.create({ name: 'probe-two', value: 'second', scope: {} })
  await deploy()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function deploy(): Promise<void> {
  const bundle = await bundleFile(join(import.meta.dirname, 'option-probes.ts'))
  const [{ tasks }, bundleUri] = await Promise.all([loadBundle(bundle), client.uploadBundle(bundle)])
  const place = { ...client.configuration, version: bundle.version, bundleUri }
  const deployed = [...tasks].filter(([name]) => name.startsWith('probed.'))
  await Promise.all(deployed.map(([, task]) => client.deployTask(taskSpecOf(task, place))))
}

interface Child {
  readonly details: ActionDetails
  readonly spec: TaskSpec
}

const metadata = ({ spec }: Child) => spec.taskTemplate?.metadata
const container = ({ spec }: Child) =>
  spec.taskTemplate?.target.case === 'container' ? spec.taskTemplate.target.value : undefined

type Expected = Partial<Record<Level | 'reset', unknown>>

interface Effect {
  /** What the server says of the child, where the task itself cannot tell. */
  readonly of?: (child: Child) => unknown
  readonly expected: Expected
}

const link = (name: string) => (child: string) => ({ name, uri: `https://links.test/${child}/${name}/1` })

/** What comes of the values of `probes`: what the task tells, or what the server has of it. */
const effects: Readonly<Record<keyof typeof probes, Effect>> = {
  image: { of: (child) => container(child)?.image, expected: { environment: 'registry.test/one:1' } },
  description: { of: ({ spec }) => spec.environment?.description, expected: { environment: 'what they are for' } },
  pluginConfig: { of: ({ spec }) => spec.taskTemplate?.custom, expected: { environment: { n: 1 } } },
  resources: {
    expected: {
      environment: '--max-old-space-size=192',
      override: '--max-old-space-size=240',
      reset: 'no limit',
    },
  },
  envVars: { expected: { environment: 'environment', override: 'override', reset: 'none' } },
  secrets: { expected: { environment: 'first - -', override: '- - second', reset: '- - -' } },
  reusable: { expected: { environment: '2', override: '3', reset: '4' } },
  cache: {
    of: (child) => metadata(child)?.discoverable && metadata(child)?.discoveryVersion,
    expected: { environment: '1', task: '2', override: '3', reset: false },
  },
  podTemplate: {
    of: (child) => metadata(child)?.podTemplateName,
    expected: { environment: 'one', task: 'two', override: 'three', reset: '' },
  },
  interruptible: {
    of: (child) => metadata(child)?.interruptibleValue.value,
    expected: { environment: true, task: false, override: true, reset: false },
  },
  queue: { expected: { environment: '1', task: '2', override: '3', reset: '4' } },
  shortName: { of: ({ spec }) => spec.shortName, expected: { task: 'of the task', override: 'of the call' } },
  docs: { of: ({ spec }) => spec.documentation?.shortDescription, expected: { task: 'what it does' } },
  deprecated: { of: (child) => metadata(child)?.deprecatedErrorMessage, expected: { task: 'use another' } },
  report: { expected: { task: 'told' } },
  retries: { expected: { task: 'at attempt 2', override: 'at attempt 3', reset: 'at attempt 1' } },
  timeout: { expected: { task: 'TaskTimeoutError', override: 'TaskTimeoutError', reset: 'in time' } },
  links: {
    of: ({ details }) =>
      details.attempts[0]?.logInfo.map(({ name, uri }) => ({ name, uri: uri.replace(details.id?.name ?? '', 'it') })),
    expected: { task: [link('task')('it')], override: [link('call')('it'), link('more')('it')], reset: [] },
  },
  maxInlineIoBytes: {
    expected: {
      task: '500 InlineIOMaxBytesBreached InlineIOMaxBytesBreached',
      override: '500 1500 InlineIOMaxBytesBreached',
      reset: '500 1500 2500',
    },
  },
}

/** How often a task of the option is called where something comes of that. */
const results: Readonly<Record<string, readonly [each: string, reset: string]>> = {
  cache: ['one result', 'two results'],
}

test.each(combinations.map((combination, index) => ({ ...combination, index })))(
  '$option of the $level, $kind, is in effect',
  async ({ option, level, kind, index }) => {
    const handle = await run(probe, { index })
    const seen = await handle.outputs()
    const { of, expected } = effects[option]!
    const wanted = expected[kind === 'reset' ? 'reset' : level]
    if (of === undefined) return expect(seen).toBe(wanted)
    expect(of(await childOf(handle.name))).toEqual(wanted)
    const [each, reset] = results[option] ?? ['done', 'done']
    expect(seen).toBe(kind === 'reset' ? reset : each)
  },
)

test('a run of a deployed task has the options that it is started with', async () => {
  const retries = deployedTask({ name: 'probed.retries', inputs: { n: z.int() } })
  const state = await (await run(retries.override({ retries: 2 }), { n: 0 })).wait()
  expect([state.error?.message, state.attempts]).toEqual([expect.stringContaining('at attempt 3'), 3])
  expect((await (await run(retries, { n: 0 })).wait()).attempts).toBe(1)
})

// Where there is no server, there are no queues, processes or pods, and nobody is told of links.
const localOptions = ['envVars', 'secrets', 'cache', 'retries', 'timeout', 'maxInlineIoBytes', 'report']

test.each(
  combinations
    .map((combination, index) => ({ ...combination, index }))
    .filter(({ option, kind }) => localOptions.includes(option) && kind !== 'deployed'),
)('$option of the $level, $kind, is in effect in a local run', async ({ option, level, kind, index }) => {
  const secretsFile = join(folder, '.env')
  writeFileSync(secretsFile, 'PROBE_ONE=first\nPROBE_TWO=second\n')
  const local = { secretsFile, cacheFile: `:memory:${index}` }
  const seen = await (await run.local(probe, { index }, { local })).outputs()
  const [each, reset] = results[option] ?? []
  const wanted = effects[option]!.expected[kind === 'reset' ? 'reset' : level]
  expect(seen).toBe((kind === 'reset' ? reset : each) ?? wanted)
})

async function childOf(runName: string): Promise<Child> {
  for await (const { id } of client.listActions(runName)) {
    if (id?.name === 'a0' || id === undefined) continue
    const details = await client.getAction(runName, id.name)
    if (details.spec.case === 'task') return { details, spec: details.spec.value }
  }
  throw new Error(`run ${runName} has no child`)
}

test('every option has a probe at each level that takes it', () => {
  // These are what every task has, or are about deployment: see the tests of `tern deploy`.
  const others = ['name', 'inputs', 'output', 'outputs', 'dependsOn', 'triggers']
  const wanted = Object.entries(optionLevels).filter(([option]) => !others.includes(option))
  const probed = Object.entries(probes).map(([option, { values }]) => [option, Object.keys(values)])
  expect(Object.fromEntries(probed)).toEqual(Object.fromEntries(wanted))
})
