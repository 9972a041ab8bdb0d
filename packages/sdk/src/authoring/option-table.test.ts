import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from '@tern/core'
import { Secret_MountType } from '@tern/idl/core'
import type { TaskSpec } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { secretsFolder } from './task-options.ts'
import { optionLevels } from './option-levels.ts'
import { definitionOf } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'
import { toTaskSpec } from './task-spec.ts'

const location = { org: 'tern', project: 'p', domain: 'd', version: 'v1', bundleUri: '/b/x.mjs' }

interface Row {
  /** Whether the environment, the task and a call take it. */
  readonly levels: readonly [environment: boolean, task: boolean, override: boolean]
  /** A value for each level, all different. */
  readonly values: readonly [unknown, unknown, unknown]
  /** What the wire says of it. */
  readonly onWire: (spec: TaskSpec) => unknown
  /** What the wire says for each of the values, if it is not the value itself. */
  readonly expected?: readonly [unknown, unknown, unknown]
  /** Takes the value of the levels before back, and what the wire says then. */
  readonly reset?: readonly [value: unknown, expected: unknown]
}

const other = new TaskEnvironment({ name: 'table-other' })
const link = (uri: string) => ({ name: 'board', uri, iconUri: '/i.png' })
const metadata = (spec: TaskSpec) => spec.taskTemplate?.metadata
const container = ({ taskTemplate }: TaskSpec) =>
  taskTemplate?.target.case === 'container' ? taskTemplate.target.value : undefined
const config = (key: string) => (spec: TaskSpec) => spec.taskTemplate?.config[key]
const cpu = (spec: TaskSpec) => container(spec)?.resources?.requests.map(({ value }) => value)
const three = <T>(make: (n: number) => T) => [make(1), make(2), make(3)] as const

// The table of the guide, docs/typescript.md.
const table: Readonly<Record<string, Row>> = {
  image: { levels: [true, false, false], values: ['a', 'b', 'c'], onWire: (spec) => container(spec)?.image },
  description: {
    levels: [true, false, false],
    values: ['a', 'b', 'c'],
    onWire: (spec) => spec.environment?.description,
  },
  dependsOn: { levels: [true, false, false], values: [[other], [other], [other]], onWire: () => [other] },
  pluginConfig: {
    levels: [true, false, false],
    values: three((n) => ({ taskType: 'spark', custom: { n } })),
    onWire: ({ taskTemplate }) => ({ taskType: taskTemplate?.type, custom: taskTemplate?.custom }),
  },
  resources: {
    levels: [true, false, true],
    values: three((cpu) => ({ cpu })),
    onWire: cpu,
    expected: [['1'], ['2'], ['3']],
    reset: [{}, []],
  },
  envVars: {
    levels: [true, false, true],
    values: three((n) => ({ A: String(n) })),
    onWire: (spec) => Object.fromEntries(container(spec)?.env.map(({ key, value }) => [key, value]) ?? []),
    reset: [{}, {}],
  },
  secrets: {
    levels: [true, false, true],
    values: ['a', 'b', 'c'],
    onWire: (spec) => spec.taskTemplate?.securityContext?.secrets.map(({ key }) => key).join(),
    reset: [[], undefined],
  },
  reusable: {
    levels: [true, false, true],
    values: three((replicas) => ({ replicas })),
    onWire: ({ taskTemplate }) => taskTemplate?.reusePolicy && { replicas: taskTemplate.reusePolicy.maxReplicas },
    reset: ['off', undefined],
  },
  cache: {
    levels: [true, true, true],
    values: three((n) => ({ version: String(n) })),
    onWire: (spec) => metadata(spec)?.discoverable && { version: metadata(spec)?.discoveryVersion },
    reset: ['disable', false],
  },
  podTemplate: {
    levels: [true, true, true],
    values: ['a', 'b', 'c'],
    onWire: (spec) => metadata(spec)?.podTemplateName,
    reset: ['', ''],
  },
  interruptible: {
    levels: [true, true, true],
    values: [true, false, true],
    onWire: (spec) => metadata(spec)?.interruptibleValue.value,
    reset: [false, false],
  },
  queue: { levels: [true, true, true], values: ['a', 'b', 'c'], onWire: config('queue'), reset: ['', undefined] },
  shortName: { levels: [false, true, true], values: ['a', 'b', 'c'], onWire: ({ shortName }) => shortName },
  retries: {
    levels: [false, true, true],
    values: [1, 2, 3],
    onWire: (spec) => metadata(spec)?.retries?.retries,
    reset: [0, 0],
  },
  timeout: {
    levels: [false, true, true],
    values: ['1s', '2s', '3s'],
    onWire: (spec) => `${metadata(spec)?.timeout?.seconds}s`,
    reset: [0, '0s'],
  },
  links: {
    levels: [false, true, true],
    values: [link('/1'), link('/2'), [link('/3')]],
    onWire: (spec) => metadata(spec)?.logLinks.map(({ name, uri, iconUri }) => ({ name, uri, iconUri })),
    expected: [[link('/1')], [link('/2')], [link('/3')]],
    reset: [[], []],
  },
  maxInlineIoBytes: {
    levels: [false, true, true],
    values: [1, 2, 3],
    onWire: (spec) => Number(config('max-inline-io-bytes')(spec)),
    reset: [0, 0],
  },
  report: { levels: [false, true, false], values: [true, true, true], onWire: (spec) => metadata(spec)?.generatesDeck },
  deprecated: {
    levels: [false, true, false],
    values: ['a', 'b', 'c'],
    onWire: (spec) => metadata(spec)?.deprecatedErrorMessage,
  },
  docs: {
    levels: [false, true, false],
    values: ['a', 'b', 'c'],
    onWire: (spec) => spec.documentation?.shortDescription,
  },
}

const levels = ['environment', 'task', 'override'] as const

/** The task on the wire, with an option said at some of the three levels. */
function specWith(given: Partial<Record<(typeof levels)[number], object>>): TaskSpec {
  const env = new TaskEnvironment({ name: 'table', ...given.environment })
  const task = env.task({ name: 'task', ...given.task }, () => undefined)
  const called = given.override === undefined ? task : task.override(given.override)
  return toTaskSpec(definitionOf(called), location)
}

describe.each(Object.entries(table))('the option %s', (option, row) => {
  const expected = row.expected ?? row.values

  describe.each(levels.map((level, index) => ({ level, index })))('$level', ({ level, index }) => {
    const given = { [level]: { [option]: row.values[index] } }

    if (row.levels[index]) {
      test('T-3: is taken and goes on the wire', () => {
        expect(row.onWire(specWith(given))).toEqual(expected[index])
      })
    }

    if (!row.levels[index]) {
      test('is refused, and told where it belongs', () => {
        expect(() => specWith(given)).toThrow(InvalidArgumentError)
        expect(() => specWith(given)).toThrow(new RegExp(`${option} (is no option here|cannot be overridden): `))
      })
    }

    if (row.levels[index] && row.levels.indexOf(true) < index) {
      test('T-9: wins over what was said before', () => {
        const before = levels.slice(0, index).filter((_, at) => row.levels[at])
        const all = [...before, level].map((each) => [each, { [option]: row.values[levels.indexOf(each)] }])
        expect(row.onWire(specWith(Object.fromEntries(all)))).toEqual(expected[index])
      })
    }

    if (row.levels[index] && row.levels.indexOf(true) < index && row.reset !== undefined) {
      test('may take it back', () => {
        const first = levels.find((_, at) => row.levels[at])!
        const spec = specWith({ [first]: { [option]: row.values[0] }, [level]: { [option]: row.reset?.[0] } })
        expect(row.onWire(spec)).toEqual(row.reset?.[1])
      })
    }
  })
})

describe('the table', () => {
  const untested = ['name', 'inputs', 'output', 'outputs', 'triggers']

  test('here is what the code says', () => {
    const said = Object.entries(table).map(([option, row]) => [option, levels.filter((_, index) => row.levels[index])])
    const ofCode = Object.entries(optionLevels).filter(([option]) => !untested.includes(option))
    expect(Object.fromEntries(said)).toEqual(Object.fromEntries(ofCode))
  })

  test('of docs/typescript.md is what the code says', () => {
    const guide = readFileSync(new URL('../../../../docs/typescript.md', import.meta.url), 'utf8')
    const rows = [...guide.matchAll(/^\| `(\w+)` +\| (\S+)[^|]*\| (\S+)[^|]*\| (\S+)[^|]*\|/gm)]
    const said = rows.map(([, option, ...cells]) => [
      option,
      levels.filter((_, index) => ['yes', 'needed'].includes(cells[index]!)),
    ])
    expect(Object.fromEntries(said)).toEqual(optionLevels)
  })
})

test.each([{ resources: { cpu: 2 } }, { envVars: {} }, { secrets: [] }])(
  'where processes are reused, a call cannot change what they started with: %j',
  (override) => {
    const environment = { reusable: { replicas: 1 } }
    expect(() => specWith({ environment, override })).toThrow(/cannot change where processes are reused/)
    expect(() => specWith({ override: { ...override, reusable: environment.reusable } })).toThrow(InvalidArgumentError)
    expect(
      specWith({ environment, override: { ...override, reusable: 'off' } }).taskTemplate?.reusePolicy,
    ).toBeUndefined()
  },
)

test('RS-5: secrets are variables, or files whose path is in one', () => {
  const secrets = [
    'a-b',
    { key: 'c', group: 'g', mount: true },
    { key: 'd', mount: secretsFolder, envVar: 'D' },
  ] as const
  const { taskTemplate } = specWith({ environment: { secrets } })
  const { ENV_VAR, FILE } = Secret_MountType
  expect(taskTemplate?.securityContext?.secrets).toMatchObject([
    { key: 'a-b', mountRequirement: ENV_VAR, envVar: 'A_B' },
    { key: 'c', group: 'g', mountRequirement: FILE, envVar: 'G_C_FILE' },
    { key: 'd', mountRequirement: FILE, envVar: 'D' },
  ])
})

test('a reusable environment has one pod template, and no plugin that cannot be reused', () => {
  const reusable = { replicas: 1 }
  expect(() => specWith({ environment: { reusable }, task: { podTemplate: 'a' } })).toThrow(
    /belongs to the environment/,
  )
  const pluginConfig = { taskType: 'spark', custom: {} }
  expect(() => specWith({ environment: { reusable, pluginConfig } })).toThrow(/cannot be reused/)
  expect(() => specWith({ environment: { pluginConfig }, override: { reusable } })).toThrow(/cannot be reused/)
  expect(() =>
    specWith({ environment: { reusable, pluginConfig: { ...pluginConfig, supportsReuse: true } } }),
  ).not.toThrow()
})

test('RS-3: devices and shared memory are extended resources', () => {
  const { taskTemplate } = specWith({ environment: { resources: { gpu: 'A100:2', sharedMemory: '1Gi' } } })
  expect(taskTemplate?.extendedResources).toMatchObject({
    gpuAccelerator: { device: expect.stringMatching(/a100/i) },
    sharedMemory: { sizeLimit: '1Gi' },
  })
  const whole = specWith({ environment: { resources: { sharedMemory: 'auto' } } }).taskTemplate
  expect(whole?.extendedResources?.sharedMemory).toMatchObject({ mountPath: '/dev/shm', sizeLimit: '' })
})

test.each<[string, object, string]>([
  ['another device', { resources: { gpu: 'A1000' } }, 'no device is called "A1000"'],
  ['half a device', { resources: { gpu: 'T4:0.5' } }, 'quantity of T4 0.5 must be a whole number of 1 or more'],
  ['half of any device', { resources: { gpu: 0.5 } }, 'resources.gpu 0.5 must be a whole number'],
  ['devices that are a list', { resources: { gpu: ['T4'] } }, 'a device such as "A100:8"'],
  ['much shared memory', { resources: { sharedMemory: 'lots' } }, 'resources.sharedMemory "lots" is not a quantity'],
  ['replicas', { reusable: { replicas: [3, 1] } }, 'reusable.replicas: 3 is more than 1'],
  ['three replicas', { reusable: { replicas: [1, 2, 3] } }, 'one number or [fewest, most]'],
  ['no replicas', { reusable: { replicas: 0 } }, 'must be a whole number of 1 or more'],
  ['no concurrency', { reusable: { concurrency: 0 } }, 'reusable.concurrency 0'],
  ['a short idle time', { reusable: { idleTtl: '29s' } }, 'reusable.idleTtl "29s" must be at least 30s'],
  ['another scope', { reusable: { scope: 'all' } }, "must be 'global' or 'run'"],
  ['off, in an environment', { reusable: 'off' }, 'reusable "off" must be an object'],
  [
    'a pod without the container',
    { podTemplate: { podSpec: { containers: [{ name: 'x' }] } } },
    'no container primary',
  ],
  ['labels that are no texts', { podTemplate: { labels: { a: 1 } } }, 'podTemplate.labels.a must be a text'],
  ['a secret in a folder', { secrets: { key: 'a', mount: '/run' } }, 'secret a: mount "/run" must be true, or'],
  ['a secret in no variable', { secrets: { key: 'a', envVar: '1A' } }, 'envVar "1A" is no variable'],
  ['a plugin that is told nothing', { pluginConfig: { taskType: 'x' } }, 'pluginConfig.custom must be an object'],
])('an environment refuses %s', (_name, environment, message) => {
  expect(() => specWith({ environment })).toThrow(message)
})

test.each<[string, object, string]>([
  ['two links of one name', { links: [link('/1'), link('/2')] }, 'two links with the name "board"'],
  ['a link that is code', { links: link('javascript:alert(1)') }, 'must begin with http://, https:// or /'],
  ['half a byte', { maxInlineIoBytes: 0.5 }, 'maxInlineIoBytes 0.5 must be a whole number'],
  ['a report that is none', { report: 'yes' }, 'report must be true or false'],
])('a task refuses %s', (_name, task, message) => {
  expect(() => specWith({ task })).toThrow(message)
})

test('RS-4: a pod has the task in the place of its primary container', () => {
  const podSpec = {
    serviceAccountName: 'trainer',
    containers: [
      { name: 'main', env: [{ name: 'B', value: 'pod' }], resources: { limits: { 'example.com/fuse': '1' } } },
      { name: 'sidecar', image: 'side' },
    ],
  }
  const podTemplate = { podSpec, primaryContainerName: 'main', labels: { team: 'a' } }
  const environment = { podTemplate, image: 'own', envVars: { A: '1' }, resources: { cpu: [1, 2], disk: '1Gi' } }
  const { taskTemplate } = specWith({ environment })
  expect(taskTemplate?.config).toMatchObject({ primary_container_name: 'main' })
  expect(taskTemplate?.target).toMatchObject({
    case: 'k8sPod',
    value: {
      metadata: { labels: { team: 'a' } },
      podSpec: {
        serviceAccountName: 'trainer',
        containers: [
          {
            name: 'main',
            image: 'own',
            command: [],
            args: ['tern-worker', '--bundle', '/b/x.mjs', '--task', 'table.task'],
            env: [
              { name: 'A', value: '1' },
              { name: 'B', value: 'pod' },
            ],
            resources: {
              requests: { cpu: '1', 'ephemeral-storage': '1Gi' },
              limits: { cpu: '2', 'example.com/fuse': '1' },
            },
          },
          { name: 'sidecar', image: 'side' },
        ],
      },
    },
  })
})

test('readers that have no reuse policy find the environment among what is custom', () => {
  const reusable = { replicas: [1, 3], concurrency: 2, idleTtl: '1m', scope: 'run' }
  const [first, again, changed] = [reusable, reusable, { ...reusable, concurrency: 3 }].map(
    (each) => specWith({ environment: { reusable: each } }).taskTemplate,
  )
  expect(first?.custom).toMatchObject({
    name: 'table',
    type: 'actor',
    spec: { min_replica_count: 1, replica_count: 3, parallelism: 2, ttl_seconds: 60, scaledown_ttl_seconds: 30 },
  })
  expect(first?.reusePolicy).toMatchObject({ minReplicas: 1, maxReplicas: 3, concurrency: 2, scope: 1 })
  expect(first?.custom?.['version']).toMatch(/^[0-9a-f]{15}$/)
  expect(again?.custom).toEqual(first?.custom)
  expect(changed?.custom?.['version']).not.toBe(first?.custom?.['version'])
})
