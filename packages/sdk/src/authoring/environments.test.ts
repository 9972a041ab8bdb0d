import { InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { cachingOf } from './caching.ts'
import { ctx } from './context.ts'
import { run } from './run.ts'
import { definitionOf } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({
  name: 'small',
  description: 'small machines',
  resources: { cpu: 1 },
  envVars: { SIZE: 'small' },
  cache: 'auto',
  queue: 'cpu',
})
const train = env.task(
  { name: 'train', inputs: { epochs: z.int() }, output: z.string(), retries: 2, queue: 'training' },
  ({ epochs }) => `${epochs} epochs in ${ctx()?.action.task}`,
)
const nap = env.sleep({ name: 'nap' })

describe('a clone', () => {
  test('T-15: has the options that are not replaced, and no tasks', () => {
    const clone = env.cloneWith({
      name: 'large',
      resources: { gpu: 'A100:8' },
      queue: undefined,
      cache: 'disable',
      envVars: {},
    })
    expect(clone.options).toEqual({
      name: 'large',
      description: 'small machines',
      resources: { gpu: 'A100:8' },
      envVars: {},
      cache: 'disable',
      queue: 'cpu',
    })
    expect(clone.tasks.size).toBe(0)
    expect(clone.declaredIn).toBe(import.meta.filename)
  })

  test('can have, and have no more, what Python’s cannot: plugins, pod templates, queues, processes', () => {
    const reused = env.cloneWith({ name: 'reused', reusable: { replicas: 1 }, podTemplate: 'gpu', queue: 'other' })
    expect(reused.options).toMatchObject({ reusable: { replicas: 1 }, podTemplate: 'gpu', queue: 'other' })
    const fresh = reused.cloneWith({ name: 'fresh', reusable: 'off', pluginConfig: { taskType: 'spark', custom: {} } })
    expect(fresh.options).not.toHaveProperty('reusable')
    expect(fresh.options.pluginConfig?.taskType).toBe('spark')
  })

  test.each([
    [{ name: 'Large' }, 'Large'],
    [{ name: 'large', image: 5 as never }, 'image'],
    [{ name: 'large', dependson: [] } as never, 'dependson'],
  ])('is checked as any: %o', (changes, problem) => {
    expect(() => env.cloneWith(changes)).toThrow(InvalidArgumentError)
    expect(() => env.cloneWith(changes)).toThrow(problem)
  })
})

describe('a copy of a task', () => {
  test('has what the task says itself, and what its new environment says', async () => {
    const large = env.cloneWith({ name: 'large-copy', resources: { gpu: 1 }, cache: 'disable' })
    const copy = large.copyOf(train)
    expect(copy.name).toBe('large-copy.train')
    expect(definitionOf(copy).options).toMatchObject({
      resources: { gpu: 1 },
      retries: { count: 2 },
      cache: 'disable',
      queue: 'training',
    })
    expect(await copy({ epochs: 2 })).toBe('2 epochs in large-copy.train')
    expect(await (await run.local(copy, { epochs: 2 })).outputs()).toBe('2 epochs in large-copy.train')
    expect([...large.tasks.keys()]).toEqual(['large-copy.train'])
    expect(cachingOf(definitionOf(copy)).version).toBe(cachingOf(definitionOf(train)).version)
  })

  test('may be of a task of any kind', async () => {
    const all = TaskEnvironment.fromTasks({ name: 'all' }, train, nap)
    expect([...all.tasks.keys()]).toEqual(['all.train', 'all.nap'])
    expect(all.declaredIn).toBe(import.meta.filename)
    await all.tasks.get('all.nap')?.({ duration: '1ms' })
  })

  test('of an overridden task, or of a name that there is, is refused', () => {
    expect(() => TaskEnvironment.fromTasks({ name: 'twice' }, train, train)).toThrow(
      'task twice.train is declared twice',
    )
    expect(() => env.cloneWith({ name: 'overridden' }).copyOf(train.override({ retries: 0 }))).toThrow(
      'task small.train cannot be copied into environment overridden',
    )
  })
})

describe('dependencies', () => {
  test('are added once, also in a circle', () => {
    const a = new TaskEnvironment({ name: 'a' })
    const b = new TaskEnvironment({ name: 'b', dependsOn: [a] })
    a.addDependency(b, env).addDependency(b)
    expect(a.options.dependsOn).toEqual([b, env])
  })

  test.each<[string, () => unknown, string]>([
    [
      'what is no list',
      () => new TaskEnvironment({ name: 'd', dependsOn: env as never }),
      'dependsOn must be a list of environments',
    ],
    [
      'what is no environment',
      () => new TaskEnvironment({ name: 'd', dependsOn: ['a' as never] }),
      'dependsOn must be a list',
    ],
    ['itself', () => env.addDependency(env), 'environment small: it cannot depend on itself'],
    [
      'one of its own name',
      () => new TaskEnvironment({ name: 'small', dependsOn: [env] }),
      'it cannot depend on itself',
    ],
  ])('%s is refused', (_, declare, problem) => {
    expect(declare).toThrow(problem)
  })
})

test.each(['', 'A', 'a b', '-a', 'a-', 'a__b', 'ä', 'a.b'])('%o is no name of an environment', (name) => {
  expect(() => new TaskEnvironment({ name })).toThrow(InvalidArgumentError)
})
