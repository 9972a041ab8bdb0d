import { TaskEnvironment, type RunHandle } from '@tern/sdk'
import { createClient, type RemoteRun } from '@tern/sdk/client'
import { launchPlan } from '@tern/sdk/workflows'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'types' })
const add = env.task(
  { name: 'add', inputs: { x: z.int(), y: z.int().default(1) }, output: z.int() },
  ({ x, y }) => x + y,
)
const client = createClient()

test('runs of deployed tasks have the types of the tasks', () => {
  expectTypeOf(client.runs.start<typeof add>('types.add', { x: 1 })).resolves.toEqualTypeOf<RemoteRun<number>>()
  expectTypeOf(client.runs.get<typeof add>('r1').outputs()).resolves.toBeNumber()
  // @ts-expect-error: x is a number
  void client.runs.start<typeof add>('types.add', { x: 'one' })
  // @ts-expect-error: there is no z
  void client.runs.start<typeof add>('types.add', { x: 1, z: 2 })
})

test('any task can be started', () => {
  void client.runs.start('python.train', { epochs: 3 })
  expectTypeOf<RemoteRun<string>>().toExtend<RunHandle<string>>()
})

test('lists are asked for by what there is', () => {
  void client.runs.list({ phase: ['FAILED', 'ABORTED'], sortBy: 'endedAt' })
  // @ts-expect-error: no run is ever done
  void client.runs.list({ phase: 'DONE' })
  // @ts-expect-error: runs have no colour
  void client.runs.list({ sortBy: 'color' })
})

test('a token is a text, or what gives one', () => {
  createClient({ token: 'a' })
  createClient({ token: async () => 'a' })
  // @ts-expect-error: a number is none
  createClient({ token: 1 })
})

test('launch plans are launched with the types of the plans', () => {
  const fixed = launchPlan(add, { name: 'fixed', fixed: { y: 2 } })
  expectTypeOf(client.launch(fixed, { x: 1 })).resolves.toEqualTypeOf<RemoteRun<number>>()
  expectTypeOf(client.launchPlans.launch<typeof fixed>('fixed', { x: 1 })).resolves.toEqualTypeOf<RemoteRun<number>>()
  void client.launch({ name: 'of-somebody', version: 'v1' }, { whatever: 1 }, { labels: { by: 'hand' } })
  // @ts-expect-error: y is fixed
  void client.launch(fixed, { x: 1, y: 3 })
  // @ts-expect-error: there is no such option
  void client.launch(fixed, { x: 1 }, { mode: 'local' })
})
