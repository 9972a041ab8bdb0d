import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidArgumentError } from '@tern/core'
import { type LocalRunHandle, RecoverableError, run, sensor, TaskEnvironment, urlAnswers } from '@tern/sdk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { definitionOf, type AnyTask } from '../../authoring/task.ts'
import { toTaskSpec } from '../../authoring/task-spec.ts'

let env: TaskEnvironment
beforeEach(() => {
  env = new TaskEnvironment({ name: 'sensors' })
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const templateOf = (task: AnyTask) =>
  toTaskSpec(definitionOf(task), { org: 'o', project: 'p', domain: 'd', version: 'v', bundleUri: '/b' }).taskTemplate

const startOf = (task: AnyTask, inputs: object = {}) =>
  run.local(task, inputs as never, { local: { output: 'capture' } }) as Promise<LocalRunHandle<unknown>>

/** Its log, without the parts of a line that say when. */
const linesOf = ({ actions }: LocalRunHandle<unknown>) =>
  actions[0]!.attempts.map(({ logs }) => logs.map(({ text }) => (JSON.parse(text) as { message: string }).message))

test('Q-10: a sensor checks until there is an answer, and returns it', async () => {
  const answers = [undefined, null, false, { rows: 3 }]
  const times: number[] = []
  const task = sensor(env, {
    name: 'rows',
    inputs: { table: z.string() },
    output: z.object({ rows: z.int() }),
    every: '1h',
    check: ({ table }) => {
      expect(table).toBe('sales')
      times.push(Date.now())
      return answers.shift() as { rows: number } | undefined
    },
  })
  const handle = await startOf(task, { table: 'sales' })
  const outputs = handle.outputs()
  await vi.advanceTimersByTimeAsync(3 * 3_600_000 + 100)
  expect(await outputs).toEqual({ rows: 3 })
  expect(times.map((at) => Math.round((at - times[0]!) / 3_600_000))).toEqual([0, 1, 2, 3])
  expect(linesOf(handle)).toEqual([
    [
      'check 1: not yet, the answer is nothing; the next is in 1h',
      'check 2: not yet, the answer is null; the next is in 1h',
      'check 3: not yet, the answer is false; the next is in 1h',
      'check 4: there it is',
    ],
  ])
  expect(handle.actions.filter(({ group }) => group === 'checks').map(({ kind, title }) => `${kind} ${title}`)).toEqual(
    Array.from({ length: 3 }, () => ['trace check', 'task core.sleep']).flat(),
  )
})

test('waits grow as they are told to', async () => {
  const times: number[] = []
  const task = sensor(env, {
    name: 'growing',
    every: '1s',
    backoff: { factor: 3, cap: '5s' },
    check: () => times.push(Date.now()) === 5,
  })
  const outputs = (await startOf(task)).outputs()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(await outputs).toBeUndefined()
  expect(times.slice(1).map((at, index) => Math.round((at - times[index]!) / 1000))).toEqual([1, 3, 5, 5])
})

test('an attempt goes on where the one before it was', async () => {
  let checks = 0
  const task = sensor(env, {
    name: 'again',
    every: '1h',
    retries: 1,
    check: () => {
      checks += 1
      if (checks === 3) throw new Error('the check has a mistake')
      return checks === 5
    },
  })
  const handle = await startOf(task)
  const start = Date.now()
  const outputs = handle.outputs()
  await vi.advanceTimersByTimeAsync(5 * 3_600_000)
  await outputs
  expect(checks).toBe(5)
  expect(Math.round((handle.actions[0]!.endedAt!.getTime() - start) / 3_600_000)).toBe(3)
  expect(linesOf(handle)[1]).toEqual([
    'goes on after 2 checks of earlier attempts; the last: false',
    'check 3: not yet, the answer is false; the next is in 1h',
    'check 4: there it is',
  ])
})

test('who cannot answer is asked again', async () => {
  let checks = 0
  const task = sensor(env, {
    name: 'deaf',
    every: '1s',
    check: () => {
      checks += 1
      if (checks === 1) throw new RecoverableError('no connection')
      return true
    },
  })
  const handle = await startOf(task)
  const outputs = handle.outputs()
  await vi.advanceTimersByTimeAsync(1_100)
  await outputs
  expect(linesOf(handle)[0]?.[0]).toBe('check 1: not yet, the answer is none: no connection; the next is in 1s')
})

test('Q-10: a sensor whose time is over has timed out, over all its attempts', async () => {
  let checks = 0
  const task = sensor(env, {
    name: 'late',
    every: '40m',
    timeout: '2h',
    retries: 3,
    check: () => {
      checks += 1
      if (checks === 2) throw new Error('once')
      return false
    },
  })
  const handle = await startOf(task)
  const ended = handle.wait()
  await vi.advanceTimersByTimeAsync(2 * 3_600_000 + 1_000)
  expect(await ended).toMatchObject({
    phase: 'TIMED_OUT',
    error: { message: 'the action did not end within its deadline of 7200 s' },
  })
  expect(linesOf(handle).at(-1)?.at(-1)).toMatch(/^gave up after \d checks; the last answer is false$/)
  expect(templateOf(task)).toMatchObject({
    type: 'typescript',
    custom: { kind: 'sensor', every: '40m' },
    metadata: { timeout: { seconds: 0n } },
  })
})

test('a call has another time for the whole wait', async () => {
  const task = sensor(env, { name: 'changed', every: '1h', timeout: '9h', check: () => false })
  const handle = await startOf(task.override({ timeout: '90m' }))
  const ended = handle.wait()
  await vi.advanceTimersByTimeAsync(91 * 60_000)
  expect(await ended).toMatchObject({
    phase: 'TIMED_OUT',
    error: { message: expect.stringContaining('deadline of 5400 s') },
  })
})

test('a sensor is given up when its run is', async () => {
  const task = sensor(env, { name: 'endless', check: () => false })
  const handle = await startOf(task)
  await vi.advanceTimersByTimeAsync(150_000)
  await handle.abort('enough')
  expect((await handle.wait()).phase).toBe('ABORTED')
  expect(linesOf(handle)[0]?.at(-1)).toBe('gave up after 3 checks; the last answer is false')
})

test('a sensor with a report says there how often it has looked', async () => {
  vi.useRealTimers()
  const reports: string[] = []
  let path: string | undefined
  const task = sensor(env, {
    name: 'reporting',
    every: '100ms',
    report: true,
    check: () => {
      if (path !== undefined) reports.push(readFileSync(path, 'utf8'))
      return reports.length === 2
    },
  })
  const handle = await startOf(task)
  handle.onChange(({ attempts }) => (path ??= attempts[0]?.reportPath))
  await handle.outputs()
  expect(reports[0]).toMatch(/Checked 1 time. The last answer, at 20\S+Z, is false\./)
  expect(reports[1]).toContain('Checked 2 times.')
  expect(readFileSync(path!, 'utf8')).toMatch(/Checked 3 times, until 20/)
})

test('a sensor is a function too', async () => {
  vi.useRealTimers()
  let checks = 0
  const task = sensor(env, { name: 'plain', every: '100ms', check: () => ++checks === 2 })
  await task()
  expect(checks).toBe(2)
  await expect(task({}, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  expect(checks).toBe(2)
})

test.each<[string, object, string, RegExp]>([
  ['no check', { check: undefined }, 'check', /check must be a function/],
  ['a wait that is none', { every: 'soon' }, 'every', /not a duration/],
  ['a wait that is too short', { every: '10ms' }, 'every', /every 10ms must be 100 ms or more/],
  ['waits that shrink', { backoff: { factor: 0.5, cap: '1h' } }, 'backoff.factor', /1 or more/],
  ['waits without an end', { backoff: { factor: 2 } }, 'backoff.cap', /at least as long as every/],
  ['a limit that is below', { every: '1h', backoff: { factor: 2, cap: '1m' } }, 'backoff.cap', /at least as long/],
  ['another option of waits', { backoff: { base: '1s' } }, 'base', /unknown option "base"/],
  ['a time limit that is none', { timeout: 'never' }, 'timeout.maxRuntime', /not a duration/],
  ['an option of no task', { poke: () => true }, 'poke', /unknown option/],
])('a sensor refuses %s', (_, options, field, message) => {
  const declare = () => sensor(env, { name: 's', check: () => true, ...options } as never)
  expect(declare).toThrow(InvalidArgumentError)
  expect(declare).toThrow(expect.objectContaining({ field, message: expect.stringMatching(message) }))
})

test('an address answers, or it does not', async () => {
  vi.useRealTimers()
  const server = createServer((request, answer) => {
    answer.writeHead(request.url === '/teapot' ? 418 : 200).end(request.headers['x-key'])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  expect(await urlAnswers(url)).toBe(true)
  expect(await urlAnswers(`${url}/teapot`)).toBe(false)
  expect(await urlAnswers(`${url}/teapot`, { statuses: [418], method: 'HEAD', headers: { 'x-key': 'a' } })).toBe(true)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  expect(await urlAnswers(url)).toBe(false)
  await expect(urlAnswers('ftp://a')).rejects.toThrow(/"ftp:\/\/a" is no address/)
  await expect(urlAnswers(url, { headers: { 'a b': 'c' } })).rejects.toThrow(TypeError)
})
