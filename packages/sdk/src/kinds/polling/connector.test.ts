import { InvalidArgumentError } from '@tern/core'
import {
  connector,
  type JobContext,
  type JobState,
  type LocalRunHandle,
  RecoverableError,
  run,
  TaskEnvironment,
} from '@tern/sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type AnyTask, definitionOf } from '../../authoring/task.ts'
import { toTaskSpec } from '../../authoring/task-spec.ts'

let env: TaskEnvironment
/** What the service was asked, and what it says the next times. */
let asked: string[]
let states: (JobState<number> | Error)[]
let keys: string[]
beforeEach(() => {
  env = new TaskEnvironment({ name: 'jobs' })
  asked = []
  states = []
  keys = []
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const startOf = (task: AnyTask, inputs: object = {}) =>
  run.local(task, inputs as never, { local: { output: 'capture' } }) as Promise<LocalRunHandle<unknown>>

/** Its log, by attempt. */
const linesOf = ({ actions }: LocalRunHandle<unknown>) =>
  actions[0]!.attempts.map(({ logs }) => logs.map(({ text }) => (JSON.parse(text) as { message: string }).message))

const service = {
  type: 'farm',
  every: '1m',
  create: (_: object, { key }: JobContext) => {
    keys.push(key)
    asked.push('create')
    return `job-${keys.length}`
  },
  get: (handle: string) => {
    asked.push(`get ${handle}`)
    const state = states.shift() ?? { phase: 'running' as const }
    if (state instanceof Error) throw state
    return state
  },
  delete: (handle: string) => void asked.push(`delete ${handle}`),
}

test('Q-11: a job is created, looked at until it is over, and gives its outputs', async () => {
  const links = [{ name: 'dashboard', uri: 'http://farm.test/1' }]
  states = [
    { phase: 'queued' },
    { phase: 'running', message: '10 %', links },
    { phase: 'running', message: '10 %', links },
    new RecoverableError('no route'),
    { phase: 'succeeded', outputs: 42 },
  ]
  const task = connector(env, { ...service, name: 'job', output: z.int() })
  const handle = await startOf(task)
  const outputs = handle.outputs()
  await vi.advanceTimersByTimeAsync(4 * 60_000 + 1_000)
  expect(await outputs).toBe(42)
  expect(asked).toEqual(['create', ...Array.from({ length: 5 }, () => 'get job-1')])
  expect(linesOf(handle)).toEqual([
    [
      'created the job job-1 of farm',
      'queued',
      'running: 10 %',
      'dashboard: http://farm.test/1',
      'running: no answer: no route',
      'succeeded',
    ],
  ])
})

test('Q-11: an attempt that takes over goes on with the same job', async () => {
  states = [{ phase: 'running' }, new Error('get has a mistake'), { phase: 'succeeded', outputs: 1 }]
  const task = connector(env, { ...service, name: 'job', output: z.int(), retries: 1 })
  const handle = await startOf(task)
  const outputs = handle.outputs()
  await vi.advanceTimersByTimeAsync(61_000)
  expect(await outputs).toBe(1)
  expect(asked).toEqual(['create', 'get job-1', 'get job-1', 'get job-1'])
  expect(linesOf(handle)[1]?.[0]).toBe('goes on with the job job-1 of farm')
})

test('a job that fails is followed by another, as often as retries say', async () => {
  const failed = { phase: 'failed', message: 'out of disk', code: 'DiskFull' } as const
  states = [{ phase: 'running' }, failed, failed, { phase: 'running' }, failed]
  const task = connector(env, { ...service, name: 'job', output: z.int(), retries: { count: 2, on: 'recoverable' } })
  const handle = await startOf(task)
  const ended = handle.wait()
  await vi.advanceTimersByTimeAsync(121_000)
  expect(await ended).toMatchObject({
    phase: 'FAILED',
    attempts: 3,
    error: { code: 'DiskFull', message: 'the job of farm failed: out of disk' },
  })
  expect(asked.filter((what) => what === 'create')).toHaveLength(3)
  expect(new Set(keys).size).toBe(3)
  expect(asked.slice(-2)).toEqual(['get job-3', 'get job-3'])
})

test.each<[string, JobState<number>, string, RegExp]>([
  ['that is never to succeed', { phase: 'failed', recoverable: false }, 'JobFailed', /^the job of farm failed$/],
  ['that was stopped there', { phase: 'aborted', message: 'by Ada' }, 'JobAborted', /was stopped there: by Ada/],
  ['in no phase that there is', { phase: 'done' } as never, 'InvalidArgumentError', /gave the phase "done"/],
])('a job %s fails its task', async (_, state, code, message) => {
  states = [state]
  const task = connector(env, { ...service, name: 'job', output: z.int() })
  const { phase, error } = await (await startOf(task)).wait()
  expect(phase).toBe('FAILED')
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
})

test('Q-11: a job ends with its task', async () => {
  const task = connector(env, { ...service, name: 'job', output: z.int() })
  const handle = await startOf(task)
  await vi.advanceTimersByTimeAsync(61_000)
  await handle.abort('enough')
  expect((await handle.wait()).phase).toBe('ABORTED')
  expect(asked).toEqual(['create', 'get job-1', 'get job-1', 'delete job-1'])
  expect(linesOf(handle)[0]?.at(-1)).toBe('stopped the job job-1 of farm')
})

test('a job whose task is given up while it is made is stopped, too', async () => {
  const task = connector(env, {
    ...service,
    name: 'slow',
    output: z.int(),
    create: async (inputs: object, job: JobContext) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return service.create(inputs, job)
    },
  })
  const handle = await startOf(task)
  await vi.advanceTimersByTimeAsync(500)
  const aborted = handle.abort('enough')
  await vi.advanceTimersByTimeAsync(600)
  await aborted
  expect(asked).toEqual(['create', 'delete job-1'])
})

test('a job that takes too long is stopped', async () => {
  const remove = vi.fn(() => Promise.reject(new Error('no such job')))
  const task = connector(env, { ...service, delete: remove, name: 'job', output: z.int(), timeout: '90s' })
  const handle = await startOf(task)
  const ended = handle.wait()
  await vi.advanceTimersByTimeAsync(91_000)
  expect((await ended).phase).toBe('TIMED_OUT')
  await handle.settled()
  expect(remove).toHaveBeenCalledWith('job-1', expect.objectContaining({ key: keys[0] }))
  expect(linesOf(handle)[0]?.at(-1)).toBe('the job job-1 of farm could not be stopped')
})

test('Q-11: what is done in one go needs no handle', async () => {
  const task = connector(env, {
    name: 'sum',
    type: 'calculator',
    inputs: { a: z.int(), b: z.int() },
    outputs: { sum: z.int() },
    do: ({ a, b }, { key }) => {
      keys.push(key)
      if (a === 0) return { phase: 'failed', message: 'nothing to add' }
      if (b === 0) return { phase: 'running' }
      return { phase: 'succeeded', outputs: { sum: a + b } }
    },
  })
  expect(await (await startOf(task, { a: 2, b: 3 })).outputs()).toEqual({ sum: 5 })
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/)
  await expect(task({ a: 0, b: 1 })).rejects.toThrow('the job of calculator failed: nothing to add')
  await expect(task({ a: 1, b: 0 })).rejects.toThrow(/it must return when the job is over/)
  const { taskTemplate } = toTaskSpec(definitionOf(task), {
    org: 'o',
    project: 'p',
    domain: 'd',
    version: 'v',
    bundleUri: '/b',
  })
  expect(taskTemplate).toMatchObject({ type: 'typescript', custom: { kind: 'connector', service: 'calculator' } })
})

test('a connector is a function too', async () => {
  vi.useRealTimers()
  states = [{ phase: 'running' }, { phase: 'succeeded', outputs: 7 }]
  const task = connector(env, { ...service, name: 'plain', output: z.int(), every: '100ms' })
  expect(await task()).toBe(7)
})

test.each<[string, object, string, RegExp]>([
  ['no service', { type: '' }, 'type', /type must name the service/],
  ['no create', { create: undefined }, 'create', /has create and get, or do/],
  ['no get', { get: undefined }, 'get', /has create and get, or do/],
  ['a delete that is no function', { delete: 'job' }, 'delete', /delete must be a function/],
  ['both forms at once', { do: () => ({ phase: 'succeeded' }) }, 'create', /create does not go with do/],
  ['a wait that is none', { every: '0s' }, 'every', /100 ms or more/],
  ['an option of no task', { poll: 1 }, 'poll', /unknown option/],
])('a connector refuses %s', (_, options, field, message) => {
  const declare = () => connector(env, { ...service, name: 'c', ...options } as never)
  expect(declare).toThrow(InvalidArgumentError)
  expect(declare).toThrow(expect.objectContaining({ field, message: expect.stringMatching(message) }))
})
