import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { InvalidArgumentError } from '@tern/core'
import { SettingsSchema, SettingState } from '@tern/idl/settings'
import { expect, test } from 'vitest'
import { checkSettings } from './check-settings.ts'

type Init = MessageInitShape<typeof SettingsSchema>

const state = SettingState.VALUE
const text = (stringValue: string) => ({ state, stringValue })
const quantity = (quantityValue: string) => ({ state, quantityValue })
const int = (intValue: bigint) => ({ state, intValue })
const map = (entries: Record<string, string>) => ({ state, mapValue: { entries } })

function check(init: Init): void {
  checkSettings(create(SettingsSchema, init), (directory, field) => {
    if (!directory.startsWith('/data')) throw new InvalidArgumentError(`${field}: outside`, { field })
  })
}

const good: ReadonlyArray<Init> = [
  {},
  { run: { defaultQueue: text('gpu_large.1'), runBaseDir: text('/data/runs'), maxActionConcurrency: int(0n) } },
  { run: { maxActionConcurrency: int(1n) }, security: { serviceAccount: text('team-a.runner') } },
  { storage: { rawDataPath: text('s3://bucket') }, podTemplateName: text('big') },
  { storage: { rawDataPath: text('/mnt/data') }, app: { disallowAnonymous: { state, boolValue: true } } },
  {
    taskResource: {
      min: { cpu: quantity('250m'), gpu: quantity('1') },
      max: { cpu: quantity('2'), gpu: quantity('1') },
    },
  },
  { taskResource: { min: { memory: quantity('1Gi') }, mirrorLimitsRequest: { state, boolValue: false } } },
  { labels: map({ team: 'a', 'example.com/cost-centre': '' }), annotations: map({ note: 'any text, too' }) },
  { environmentVariables: map({ LOG_LEVEL: 'debug', _x: '' }) },
  { labels: map({}) },
  { labels: { state: SettingState.UNSET }, run: { defaultQueue: { state: SettingState.INHERIT } } },
]

test('what can be is fine', () => {
  for (const init of good) expect(() => check(init)).not.toThrow()
})

const bad: ReadonlyArray<[string, Init]> = [
  ['run.default_queue: is empty', { run: { defaultQueue: text('') } }],
  ['run.default_queue', { run: { defaultQueue: text('a queue') } }],
  ['run.default_queue: is longer', { run: { defaultQueue: text('x'.repeat(5000)) } }],
  ['run.run_base_dir: outside', { run: { runBaseDir: text('/etc') } }],
  ['run.max_action_concurrency: -1', { run: { maxActionConcurrency: int(-1n) } }],
  ['run.max_action_concurrency', { run: { maxActionConcurrency: int(2n ** 31n) } }],
  ['security.service_account', { security: { serviceAccount: text('Runner') } }],
  ['storage.raw_data_path', { storage: { rawDataPath: text('data') } }],
  ['storage.raw_data_path', { storage: { rawDataPath: text('/data/../etc') } }],
  ['pod_template_name', { podTemplateName: text('a b') }],
  ['task_resource.min.cpu', { taskResource: { min: { cpu: quantity('-1') } } }],
  ['task_resource.max.storage', { taskResource: { max: { storage: quantity('10 GB') } } }],
  ['task_resource.max.memory', { taskResource: { max: { memory: quantity('') } } }],
  ['task_resource.min.gpu', { taskResource: { min: { gpu: quantity('500m') } } }],
  [
    'task_resource.min.memory: 2Gi is more than task_resource.max.memory, 1Gi',
    { taskResource: { min: { memory: quantity('2Gi') }, max: { memory: quantity('1Gi') } } },
  ],
  ['task_resource.max.cpu: is longer', { taskResource: { max: { cpu: quantity('1'.repeat(1000)) } } }],
  ['environment_variables["1X"]', { environmentVariables: map({ '1X': 'a' }) }],
  ['environment_variables["X"]', { environmentVariables: map({ X: 'a\0b' }) }],
  ['environment_variables: value is required', { environmentVariables: { state } }],
  ['labels["team"]', { labels: map({ team: 'two words' }) }],
  ['environment_variables["XX', { environmentVariables: map({ ['X'.repeat(1000)]: 'a' }) }],
  ['labels["a/b/c"]', { labels: map({ 'a/b/c': 'x' }) }],
  ['labels: has 201', { labels: map(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`k${i}`, '']))) }],
  ['annotations["note"]: is longer', { annotations: map({ note: 'x'.repeat(20_000) }) }],
  ['run.default_queue: has a value', { run: { defaultQueue: { state: SettingState.INHERIT, stringValue: 'x' } } }],
  ['labels: has a value', { labels: { ...map({}), state: SettingState.UNSET } }],
  ['run.default_queue: state 9', { run: { defaultQueue: { state: 9 as SettingState } } }],
]

test.each(bad.map(([message, init]) => ({ message, init })))('$message is refused', ({ message, init }) => {
  expect(() => check(init)).toThrow(
    expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(`settings.${message}`) }),
  )
})
