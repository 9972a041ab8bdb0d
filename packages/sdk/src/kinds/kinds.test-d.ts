import { containerTask, type File as TernFile, File, shellTask, type Task, TaskEnvironment, TaskKind } from '@tern/sdk'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const env = new TaskEnvironment({ name: 'types' })

test('tasks without a function are called as their schemas say', () => {
  const task = containerTask(env, {
    name: 'a',
    image: 'x',
    command: ['y'],
    inputs: { n: z.int(), text: z.string().default('') },
    outputs: { file: File.schema(), m: z.int() },
  })
  expectTypeOf(task).toEqualTypeOf<Task<{ n: number; text?: string | undefined }, { file: TernFile; m: number }>>()
  // @ts-expect-error: n is a number
  void task({ n: 'x' })
  const script = shellTask(env, { name: 'b', script: 'true', output: z.string() })
  expectTypeOf(script).returns.resolves.toBeString()
})

test('a container task needs an image and a command', () => {
  // @ts-expect-error: there is no command
  containerTask(env, { name: 'a', image: 'x' })
  // @ts-expect-error: fish is no shell of ours
  shellTask(env, { name: 'a', script: 'true', shell: 'fish' })
  expectTypeOf(env.taskOf<{ n: ReturnType<typeof z.int> }, undefined, undefined>)
    .parameter(0)
    .toEqualTypeOf<TaskKind>()
})
