import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  type InputsOf,
  type Int,
  type Outputs,
  type ResultOf,
  run,
  type RunHandle,
  type Task,
  type TaskContext,
  TaskEnvironment,
} from '../index.ts'

const env = new TaskEnvironment({ name: 'types' })

const predict = env.task(async function predict(x: number, label = 'a', context?: TaskContext): Promise<string[]> {
  return [label, String(x), context?.mode ?? '']
})
const counted = env.task({ name: 'counted', retries: 3 }, (n: Int, flag: boolean) => (flag ? n : 0))
const taken = env.task(async ({ x, label = 'a' }: { x: number; label?: string }) => label.repeat(x))
const optional = env.task(function optional(at?: Date, signal?: AbortSignal) {
  return signal?.aborted === true ? at : undefined
})
const requiredContext = env.task(async function both(x: Int, label: string | undefined, context: TaskContext) {
  return `${x}${label}${context.mode}`
})
const lines = env.task(async function* lines(count: number) {
  yield 'working'
  return { count }
})
const named = env.task(async function named(): Promise<Outputs<{ mean: number; rows: string[] }>> {
  return { mean: 1, rows: [] }
})

test('a task is called as its function is, without what it is given', () => {
  expectTypeOf(predict(1)).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(predict(1, 'b')).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(predict(1, 'b', { signal: new AbortController().signal })).toEqualTypeOf<Promise<string[]>>()
  expectTypeOf(counted(1, true)).resolves.toExtend<number>()
  expectTypeOf(taken({ x: 1 })).resolves.toEqualTypeOf<string>()
  expectTypeOf(optional()).resolves.toEqualTypeOf<Date | undefined>()
  expectTypeOf(requiredContext(1)).resolves.toEqualTypeOf<string>()
  expectTypeOf(lines(3)).resolves.toEqualTypeOf<{ count: number }>()
  expectTypeOf(named()).resolves.toExtend<{ mean: number; rows: string[] }>()
  // @ts-expect-error x is missing
  void predict()
  // @ts-expect-error x is a number
  void predict('1')
  // @ts-expect-error inputs are given one after the other
  void predict({ x: 1 })
  // @ts-expect-error the flag is missing
  void counted(1)
  // @ts-expect-error x is missing
  void taken({ label: 'a' })
  // @ts-expect-error there is no y
  void taken({ x: 1, y: 2 })
})

test('what callers give is the list of the parameters', () => {
  expectTypeOf<InputsOf<typeof predict>>().toEqualTypeOf<[x: number, label?: string | undefined]>()
  expectTypeOf<InputsOf<typeof counted>>().toEqualTypeOf<[n: Int, flag: boolean]>()
  expectTypeOf<InputsOf<typeof requiredContext>>().toEqualTypeOf<[x: Int, label?: string | undefined]>()
  expectTypeOf<ResultOf<typeof predict>>().toEqualTypeOf<string[]>()
  const call = (task: Task<[x: number, label?: string], string[]>) => task(1)
  expectTypeOf(call(predict)).toEqualTypeOf<Promise<string[]>>()
})

test('a run takes the parameters as a list, or the one object that there is', () => {
  expectTypeOf(run(predict, [1])).resolves.toEqualTypeOf<RunHandle<string[]>>()
  expectTypeOf(run(predict, [1, 'b'], { name: 'r' })).resolves.toEqualTypeOf<RunHandle<string[]>>()
  void run(taken, { x: 1 })
  void run(taken, [{ x: 1 }])
  void run(optional)
  void run(named, [], { name: 'r' })
  void run(lines, [3])
  // @ts-expect-error x is missing
  void run(predict)
  // @ts-expect-error x is missing
  void run(predict, [])
  // @ts-expect-error a number is not the list of one
  void run(lines, 3)
  // @ts-expect-error there is no y
  void run(taken, { x: 1, y: 1 })
})

test('options are those of tasks, without schemas', () => {
  env.task({ cache: 'auto', docs: 'x', triggers: { name: 't', schedule: '@daily', inputs: { x: 1 } } }, predictLike)
  expectTypeOf(counted.override({ retries: 0 })).toEqualTypeOf<typeof counted>()
  // @ts-expect-error it is retries
  env.task({ retry: 3 }, predictLike)
  // @ts-expect-error schemas and types are two ways to say the same
  env.task({ name: 'a', inputs: { x: z.string() } }, (x: number) => x)
  // @ts-expect-error a string is no integer
  env.task({ name: 'a', output: z.int() }, () => 'x')
})

test('whole numbers are numbers', () => {
  const n: Int = 3
  expectTypeOf(n + 1).toEqualTypeOf<number>()
  const list: Int[] = [1, 2]
  expectTypeOf(list.length).toEqualTypeOf<number>()
  // @ts-expect-error a text is no number
  const wrong: Int = '3'
  void wrong
})

async function predictLike(x: number): Promise<number> {
  return x
}
