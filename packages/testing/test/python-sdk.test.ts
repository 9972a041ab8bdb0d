import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ActionPhase } from '@tern/idl/common'
import type { Action } from '@tern/idl/workflow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FlyteProject } from '@tern/test-support/flyte-project'

interface Told {
  readonly features: Readonly<Record<string, string>>
  readonly cache: Readonly<Record<string, boolean>>
  readonly answers: string
  readonly files: readonly [digest: string, names: ReadonlyArray<string>]
  readonly run: Readonly<Record<string, unknown>>
  readonly failure: Readonly<Record<string, unknown>>
  readonly abort: Readonly<Record<string, unknown>>
  readonly triggers: Readonly<Record<string, unknown>>
  readonly deployed: Readonly<Record<string, unknown>>
}

const seed = Math.floor(Math.random() * 1e9)

let project: FlyteProject
let told: Told
beforeAll(async () => {
  project = await FlyteProject.start({ files: join(import.meta.dirname, 'python') })
  told = await project.program<Told>('uses_sdk.py', String(seed))
}, 400_000)
afterAll(() => project?.stop())

describe('tasks of the Python SDK', () => {
  test.for([
    ['give and take values of every type', 'values', 'as given'],
    ['block on others', 'blocking', '6'],
    ['call others in groups', 'groups', '4'],
    ['map others over many, and get the errors of some', 'map', "[1, 3, 5, 'RuntimeUserError']"],
    ['call themselves', 'nested', '3'],
    ['are tried again', 'retries', '2'],
    ['go on where their last attempt was', 'checkpoints', 'what the first attempt knew'],
    ['run out of time', 'timeouts', 'TaskTimeoutError'],
    ['give up on others', 'cancels', 'cancelled'],
    ['catch the errors of others', 'errors', 'Trouble user in the child; NonRecoverableError user never again'],
    ['pass on context', 'context', "{'who': 'parent'}"],
    ['are cached, also where inputs that do not count differ', 'caches', 'True True True'],
    ['report', 'reports', 'reported'],
    ['do once what they trace, also when they are killed', 'traces', '7 101 1'],
    ['wait for conditions for so long only', 'conditions', 'ConditionTimedoutError'],
    ['pass on files and folders', 'files', "True True ['a.txt', 'sub/b.txt']"],
    ['sleep durably', 'durable', 'True'],
    ['have options of the call', 'override', '8'],
  ] as const)('%s', ([, feature, expected]) => {
    expect(told.features[feature]).toBe(expected)
  })

  test('know where they are, and have the variables of the task and the run', () => {
    const { place } = told.features
    expect(place).toMatch(/^flytesnacks\/development \w+ True \{'who': 'run'\} \['task', 'run', 'run'\]$/)
  })

  test('show their actions in groups, with short names and attempts', async () => {
    const actions: Action[] = []
    for await (const action of project.client.listActions(`features-${seed}`)) actions.push(action)
    const groups = new Set(actions.map(({ metadata }) => metadata?.group))
    expect(groups).toEqual(new Set(['', 'features.odd_map', 'first', 'second']))
    const named = (name: string) => actions.filter(({ metadata }) => metadata?.funtionName === name)
    expect(named('features.retried')).toMatchObject([{ status: { attempts: 3, phase: ActionPhase.SUCCEEDED } }])
    expect(new Set(named('features.fails').map(({ status }) => status?.attempts))).toEqual(new Set([1, 2]))
    expect(named('features.sleeper')).toMatchObject([{ status: { phase: ActionPhase.ABORTED } }])
    expect(named('features.slow')).toMatchObject([{ status: { phase: ActionPhase.TIMED_OUT } }])
  })
})

describe('programs that use the Python SDK', () => {
  test('get results of other runs', () => {
    expect(told.cache).toEqual({ reused: true, overwritten: true, 'then reused': true })
  })

  test('answer conditions of every type', () => {
    expect(told.answers).toBe("[True, 7, 0.5, 'because']")
  })

  test('hand over their files', () => {
    expect(told.files).toEqual([createHash('sha256').update('one').digest('hex'), ['one.txt']])
  })

  test('look at runs, and start them again', () => {
    expect(told.run).toEqual({
      phase: 'succeeded',
      done: true,
      inputs: { x: 21 },
      output: 42,
      attempts: 1,
      transitions: ['queued', 'initializing', 'running', 'succeeded'],
      actions: ['a0'],
      listed: true,
      rerun: 10,
      watched: 'succeeded',
    })
  })

  test('are told what failed, and what cannot be', () => {
    const { phase, message, refused } = told.failure
    expect([phase, message]).toEqual(['failed', 'NonRecoverableError: never again'])
    expect(refused).toEqual([
      expect.stringContaining('run nothing does not exist in flytesnacks/development'),
      expect.stringContaining('No versions found for Task features.nothing'),
      expect.stringContaining('already exists'),
    ])
  })

  test('abort a run while its children run', () => {
    expect(told.abort).toEqual({ reason: 'no longer wanted', phases: ['aborted', 'aborted', 'aborted'] })
  })

  test('make triggers, which fire, and remove them', () => {
    expect(told.triggers).toEqual({ names: ['daily', 'soon'], active: false, told: true, left: [] })
  })

  test('run deployed tasks with their defaults', () => {
    const output = '2024-02-29T00:00:00+00:00 1'
    expect(told.deployed).toEqual({ required: ['at'], defaults: ['x'], output, entrypoints: ['scheduled.tell'] })
  })
})
