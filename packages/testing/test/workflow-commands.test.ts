import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ServerProcess } from '@tern/test-support/server-process'
import { afterAll, beforeAll, expect, test } from 'vitest'

// A workflow by the built command, on a built server: compiled, run, asked, deployed, run again, and ended.

const command = join(import.meta.dirname, '../../cli/bin/tern.mjs')
const file = 'workflows.ts'
const fixtures = join(import.meta.dirname, '../../cli/test/fixtures')
const timeout = 120_000

let folder: string
let server: ServerProcess
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tern-workflow-commands-'))
  server = await ServerProcess.start({ dataDir: join(folder, 'data'), log: 'ignore' })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function tern(...args: string[]) {
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, TERN_ENDPOINT: server.url }
  const child = spawn(process.execPath, [command, ...args], { cwd: fixtures, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  return { code, stdout, stderr }
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await tern(...args, '-o', 'json')
  if (code !== 0) throw new Error(`tern ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

interface Run {
  readonly name: string
  readonly phase: string
  readonly outputs: unknown
}

interface Action {
  readonly name: string
  readonly task: string | null
  readonly phase: string
}

const phaseOf = async (name: string) => (await json<Run>('get', 'run', name)).phase
const waiting = async (name: string) => (await json<{ condition: string }[]>('get', 'condition', name)).length

async function asked(name: string): Promise<void> {
  await expect.poll(() => waiting(name), { timeout, interval: 200 }).toBe(1)
}

test('compile', { timeout: 2 * timeout }, async () => {
  const formats = [
    [[], /^shop\.nightly \(day: string, rate: float\) [0-9a-f]{16}\n/],
    [['-o', 'json'], /"digest": "[0-9a-f]{64}"/],
    [['--draw', 'mermaid'], /^flowchart TD\n/],
    [['--draw', 'dot'], /^digraph "shop\.nightly" \{/],
    [['--draw', 'svg'], /^<svg /],
  ] as const
  for (const [flags, printed] of formats) {
    const { code, stdout, stderr } = await tern('compile', file, 'nightly', ...flags)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(printed)
  }
})

test.each([
  ['a mistake', ['compile', 'broken-workflows.ts', 'wrongType'], 1, /^error: .*\(broken-workflows\.ts:\d+:\d+\)\n$/],
  ['a file that is not there', ['compile', 'nowhere.ts', 'nightly'], 1, /nowhere\.ts does not exist/],
  ['a workflow that is not there', ['compile', file, 'daily'], 2, /has no task daily/],
  ['a task', ['compile', file, 'load'], 2, /load is a task, and no workflow/],
  ['inputs that it has not', ['run', file, 'nightly', '--night', '1'], 2, /--night/],
  ['inputs that are missing', ['run', file, 'nightly'], 2, /--day/],
  ['a mistake that is run', ['run', 'broken-workflows.ts', 'wrongType', '--n', '1'], 1, /expected integer, got float/],
  ['one that is not deployed', ['get', 'task', 'shop.weekly'], 1, /shop\.weekly/],
] as const)('%s is an error', { timeout }, async (_what, args, code, message) => {
  const ended = await tern(...args)
  expect([ended.code, ended.stdout]).toEqual([code, ''])
  expect(ended.stderr).toMatch(message)
  expect(ended.stderr).not.toMatch(/^\s+at /m)
})

test('run --local', { timeout }, async () => {
  const inputs = ['--day', 'abc', '--rate', '1']
  expect(await json<Run>('run', file, 'nightly', '--local', ...inputs)).toMatchObject({
    phase: 'SUCCEEDED',
    outputs: { o0: 3 },
  })
  const failed = await tern('run', file, 'nightly', '--local', '--day', 'abc', '--rate', '-1')
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('the sum is negative')])
})

test('run, with an answer in between', { timeout: 2 * timeout }, async () => {
  expect(await json<Run>('run', file, 'nightly', '--follow', '--day', 'abc', '--rate', '2')).toMatchObject({
    phase: 'SUCCEEDED',
    outputs: { o0: 6 },
  })
  const { name } = await json<Run>('run', file, 'nightly', '--day', 'abc', '--rate', '50')
  await asked(name)
  expect(await phaseOf(name)).toMatch(/RUNNING|PAUSED/)
  await json('signal', 'condition', name, 'release', 'true')
  await expect.poll(() => phaseOf(name), { timeout, interval: 200 }).toBe('SUCCEEDED')
  expect(await json<{ outputs: unknown }>('get', 'io', name)).toMatchObject({ outputs: { o0: 150 } })
})

test('deploy, get task, diff, run by name, rerun, abort', { timeout: 4 * timeout }, async () => {
  const deployed = await tern('deploy', file, '--version', 'v1')
  expect([deployed.code, deployed.stderr]).toEqual([0, ''])
  expect(deployed.stdout).toContain('shop.nightly')

  const shown = await tern('get', 'task', 'shop.nightly')
  expect(shown.stdout).toMatch(/^Type +workflow$/m)
  expect(shown.stdout).toMatch(/^Graph\n {2}n0 {2}shop\.load: day = inputs\.day\n/m)
  const task = await json<{ type: string; graph: { graph: { nodes: unknown[] } } }>('get', 'task', 'shop.nightly')
  expect(task.type).toBe('workflow')
  expect(task.graph.graph.nodes).toHaveLength(4)
  expect((await json<{ graph?: unknown }>('get', 'task', 'shop.load')).graph).toBeUndefined()

  const { stdout: difference } = await tern('diff', 'shop.nightly', '--file', file)
  expect(difference).toBe(`shop.nightly: nothing is different between v1 and ${file}.\n`)

  const inputs = ['--day', 'abc', '--rate', '50']
  const { name } = await json<Run>('run', '--name', 'shop.nightly', ...inputs)
  await asked(name)
  await json('signal', 'condition', name, 'release', 'false')
  await expect.poll(() => phaseOf(name), { timeout, interval: 200 }).toBe('FAILED')
  const actions = await json<Action[]>('get', 'action', name)
  expect(actions.find(({ task: called }) => called === 'shop.clean-up')).toMatchObject({ phase: 'SUCCEEDED' })

  // Of another day, nobody has to be asked.
  const again = await json<Run>('rerun', name, '--follow', '--rate', '2')
  expect(again).toMatchObject({ phase: 'SUCCEEDED', outputs: { o0: 6 } })

  const third = await json<Run>('rerun', name)
  await asked(third.name)
  const aborted = await tern('abort', 'run', third.name)
  expect([aborted.code, aborted.stderr]).toEqual([0, ''])
  await expect.poll(() => phaseOf(third.name), { timeout, interval: 200 }).toBe('ABORTED')
  expect(await waiting(third.name)).toBe(0)
  // Its failure handler is called all the same, as a run of its own.
  const handlers = async () =>
    (await json<(Run & { task: string })[]>('get', 'run')).filter(({ task: called }) => called === 'shop.clean-up')
  await expect
    .poll(async () => (await handlers()).map(({ phase }) => phase), { timeout, interval: 200 })
    .toEqual(['SUCCEEDED'])
})
