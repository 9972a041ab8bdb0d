import { InvalidArgumentError } from '@tern/core'
import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { calledDefinition } from './called-definition.ts'
import { lazyTask } from './lazy-task.ts'
import { definitionOf, isTask, type Task } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({ name: 'training' })
const train = env.task({ name: 'train', inputs: { epochs: z.int() }, output: z.string() }, () => '')

test('has the type of the task that it is said to be', () => {
  const typed = lazyTask<typeof train>('training.train')
  expectTypeOf(typed).toEqualTypeOf<typeof train>()
  expectTypeOf(lazyTask('training.train')).toEqualTypeOf<Task<Record<string, unknown>, unknown>>()
  expect(isTask(typed)).toBe(true)
  expect(typed.name).toBe('training.train')
})

test('takes what it is given: the same inputs are the same task, whatever their order', () => {
  const definition = definitionOf(lazyTask('training.train'))
  const called = calledDefinition(definition, { b: 1, a: 2, c: undefined })
  expect(called.interface.inputs.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(calledDefinition(definition, { a: 3, b: 4 })).toBe(called)
  expect(calledDefinition(definition, { a: 3 })).not.toBe(called)
  expect(calledDefinition(definitionOf(train), { epochs: 1 })).toBe(definitionOf(train))
})

test('keeps that where it is overridden', () => {
  const definition = definitionOf(lazyTask('training.train', { version: 'v1' }).override({ retries: 2 }))
  expect(calledDefinition(definition, { a: 1 })).toMatchObject({
    deployed: { version: 'v1' },
    options: { retries: { count: 2 } },
  })
})

test.each<[string, () => unknown, string]>([
  ['no name of a task', () => lazyTask(''), 'name'],
  ['an option that there is not', () => lazyTask('a.b', { inputs: {} } as never), 'unknown option "inputs"'],
  ['a version that is too long', () => lazyTask('a.b', { version: 'v'.repeat(300) }), 'version'],
])('%s is refused', (_, make, problem) => {
  expect(make).toThrow(InvalidArgumentError)
  expect(make).toThrow(problem)
})

test('its code is nowhere here', async () => {
  await expect(lazyTask('training.train')({ epochs: 1 })).rejects.toThrow('task training.train is deployed on a server')
})
