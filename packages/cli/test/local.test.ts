import { expect, test } from 'vitest'
import type { FileTaskView } from '../src/task-run/file-tasks-view.ts'
import type { FinishedRunView } from '../src/task-run/finished-run-view.ts'
import { fixture, tern } from './tern-process.ts'

test('tern run FILE lists the tasks of the file', async () => {
  const { code, stdout } = await tern(['run', fixture])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^checks +cli-tests\.checks +count: integer, onError\?: "stop" \| "go-on", shout\?: boolean/m)
  const tasks = JSON.parse((await tern(['run', fixture, '-o', 'json'])).stdout) as FileTaskView[]
  expect(tasks.map(({ task }) => task)).toContain('callsFlaky')
  expect(tasks.find(({ task }) => task === 'checks')?.inputs[2]).toEqual({
    name: 'shout',
    type: 'boolean',
    description: 'in capitals',
    required: false,
    default: false,
  })
})

test('tern run FILE TASK --help lists the inputs', async () => {
  const { code, stdout } = await tern(['run', fixture, 'checks', '--help'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/--count <integer> +\(required\)/)
  expect(stdout).toMatch(/--shout \[boolean\] +in capitals \(default false; or --no-shout\)/)
  expect(stdout).toMatch(/--on-error <stop\|go-on> +\(default "stop"\)/)
})

test('a local run prints what the task prints, and its outputs', async () => {
  const { code, stdout, stderr } = await tern([
    'run',
    '--local',
    'examples/hello.ts',
    'main',
    '--numbers',
    '1',
    '--numbers',
    '2',
  ])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^predicted 7, 9\nSUCCEEDED r\w+ in [\d.]+\w+\n\nOutputs\n {2}o0: 8\n$/)
})

test('with -o json only the result is on standard output', async () => {
  const { stdout, stderr } = await tern([
    'run',
    '--local',
    '-o',
    'json',
    '--name',
    'here',
    'examples/hello.ts',
    'main',
    '--numbers',
    '[1]',
  ])
  expect(JSON.parse(stdout) as FinishedRunView).toMatchObject({
    name: 'here',
    url: null,
    phase: 'SUCCEEDED',
    outputs: { o0: 7 },
  })
  expect(stderr).toBe('predicted 7\n')
})

test('called tasks are retried as on a server', async () => {
  const { code, stdout } = await tern(['run', '--local', fixture, 'callsFlaky'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^attempt 1\nattempt 2\nSUCCEEDED/)
})

test('a local run that fails ends with 1 and says why', async () => {
  const { code, stdout, stderr } = await tern(['run', '--local', 'examples/etl-with-failure.ts', 'main'])
  expect(code).toBe(1)
  expect(stdout).toContain('FAILED')
  expect(stderr).toMatch(/did not succeed: BadRowError: line 5, order 1004: amount "12\.5O" is not a number/)
  // Where in the user's code, and nothing of anybody else's.
  const places = [...stderr.matchAll(/^    at (?:.*\()?([^:\n]+):\d+:\d+\)?$/gm)].map(([, file]) => file)
  expect(new Set(places)).toEqual(new Set(['examples/etl-with-failure.ts']))
})

test('values come from files and standard input', async () => {
  const task = ['run', '--local', '-o', 'json', 'examples/hello.ts', 'main', '--numbers', '@-']
  const { stdout } = await tern(task, { stdin: '[4,5]\n' })
  expect(JSON.parse(stdout)).toMatchObject({ outputs: { o0: 14 } })
})

test('flags come from the environment', async () => {
  const { stdout } = await tern(['run', 'examples/hello.ts', 'main', '--numbers', '1'], {
    env: { TERN_RUN_LOCAL: 'true', TERN_OUTPUT: 'json' },
  })
  expect(JSON.parse(stdout)).toMatchObject({ phase: 'SUCCEEDED' })
})
