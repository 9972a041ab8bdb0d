import { create } from '@bufbuild/protobuf'
import { RunSpecSchema, TaskSpecSchema } from '@tern/idl/task'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ServerView } from '../src/views/status-view.ts'
import { InProcess } from './in-process.ts'

let cli: InProcess
beforeAll(async () => {
  cli = await InProcess.start({ queues: { narrow: { maxConcurrency: 1 } }, capacity: { cpu: 2 }, abortGraceMs: 100 })
})
afterAll(() => cli.stop())

async function sleep(name: string): Promise<void> {
  const spec = create(TaskSpecSchema, {
    taskTemplate: {
      id: { name: 'env.sleep', version: 'v1' },
      type: 'raw-container',
      target: { case: 'container', value: { image: 'none', command: ['sleep', '600'] } },
    },
  })
  await cli.client.createRun({ task: { spec }, name, runSpec: create(RunSpecSchema, { queue: 'narrow' }) })
}

const status = (...args: string[]) => cli.json<ServerView[]>(['get', 'status', ...args])

test('what the server is busy with is shown, and what waits for what', async () => {
  for (const name of ['one', 'two', 'three']) await sleep(name)
  await expect.poll(async () => (await status())[0]?.waits[0]?.count).toBe(2)
  await expect.poll(async () => (await status())[0]?.pools[0]?.workers[0]?.state).toBe('busy')
  const [server, ...others] = await status()
  expect(others).toEqual([])
  expect(server).toMatchObject({ url: null, problem: null, runs: 3, actions: { busy: 1, waiting: 2, parents: 0 } })
  expect(server?.queues).toEqual([{ name: 'narrow', limit: 1, priority: 0, busy: 1, waiting: 2 }])
  expect(server?.waits).toMatchObject([
    {
      key: 'queue:narrow',
      reason: 'queue',
      actions: [{ run: 'two', action: 'a0', name: 'env.sleep' }, { run: 'three' }],
    },
  ])
  const { stdout } = await cli.tern(['get', 'status'])
  expect(stdout).toMatch(/Actions +1 run, 2 wait, 0 wait for their children/)
  expect(stdout).toMatch(/narrow +1 +1 +2/)
  expect(stdout).toMatch(/a place in queue narrow +2/)
  expect(stdout).toMatch(/two\/a0 env\.sleep/)
})

test('of one group alone, and of one project', async () => {
  const [narrow] = await status('--group', 'queue:narrow', '--actions', '1')
  expect(narrow?.waits.map(({ key, actions }) => [key, actions.length])).toEqual([['queue:narrow', 1]])
  expect((await status('--group', 'none-such'))[0]?.waits).toEqual([])
  expect((await status('--domain', 'production'))[0]?.waits).toEqual([])
  expect((await cli.tern(['get', 'status', '--project', 'nobody'])).stderr).toContain('nobody')
})
