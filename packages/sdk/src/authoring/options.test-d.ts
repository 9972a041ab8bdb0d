import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  type Checkpoint,
  ctx,
  deployedTask,
  Image,
  type Notification,
  notify,
  run,
  type Task,
  TaskEnvironment,
} from '../index.ts'

const env = new TaskEnvironment({ name: 'option-types', image: Image.node().withApt('ffmpeg') })
const task = env.task({ name: 'task' }, (_, { checkpoint }) => {
  expectTypeOf(checkpoint).toEqualTypeOf<Checkpoint>()
  expectTypeOf(checkpoint.loadJson<{ step: number }>()).resolves.toEqualTypeOf<{ step: number } | undefined>()
})

test('images are names, or what is made here', () => {
  new TaskEnvironment({ name: 'a', image: 'node:24' })
  // @ts-expect-error a number is no image
  new TaskEnvironment({ name: 'a', image: 5 })
  // @ts-expect-error an environment has one image
  env.task({ name: 'b', image: 'node:24' }, () => {})
  // @ts-expect-error nor can a call change it
  task.override({ image: 'node:24' })
  // @ts-expect-error npm or pnpm
  Image.node().withProject('.', { manager: 'yarn' })
})

test('secrets are mounted in one folder, or not at all', () => {
  new TaskEnvironment({
    name: 'a',
    secrets: ['b', { key: 'c', mount: true }, { key: 'd', mount: '/etc/flyte/secrets' }],
  })
  // @ts-expect-error another folder
  new TaskEnvironment({ name: 'a', secrets: { key: 'c', mount: '/run' } })
})

test('deployed tasks are overridden as others are', () => {
  const remote = deployedTask({ name: 'a.b', inputs: { n: z.int() }, output: z.string() })
  expectTypeOf(remote.override({ retries: 3, reusable: 'off' })).toEqualTypeOf<Task<{ n: number }, string>>()
  // @ts-expect-error its interface is its own
  remote.override({ inputs: {} })
})

test('notifications are made by notify, for ends of runs', () => {
  expectTypeOf(notify.email({ on: 'failed', to: 'a@b.c' })).toEqualTypeOf<Notification>()
  void run(task, {}, { notify: [notify.webhook({ on: ['failed', 'timedOut'], url: 'https://x.test' })] })
  env.task(
    { name: 'c', triggers: { name: 't', schedule: '@daily', notify: notify.slack({ on: 'failed', url: 'x' }) } },
    () => {},
  )
  // @ts-expect-error runs do not end so
  notify.email({ on: 'running', to: 'a@b.c' })
  // @ts-expect-error nobody made it
  void run(task, {}, { notify: { on: 'failed' } })
})

test('the checkpoint is there wherever the context is', () => {
  expectTypeOf(ctx()?.checkpoint).toEqualTypeOf<Checkpoint | undefined>()
})
