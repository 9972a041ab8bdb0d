import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { OptionLevel, optionLevels } from './option-levels.ts'
import {
  type TaskEnvironmentOptions,
  type TaskOptions,
  type TaskOverrides,
  type Trigger,
  triggeredArtifact,
  triggerTime,
} from '../index.ts'
import {
  ctx,
  type InputsOf,
  type LocalRunHandle,
  type ResultOf,
  run,
  type RunHandle,
  type Task,
  TaskEnvironment,
} from '../index.ts'

const env = new TaskEnvironment({ name: 'types' })

const predict = env.task(
  {
    name: 'predict',
    inputs: { x: z.int(), label: z.string().default('a'), note: z.string().optional() },
    output: z.int(),
  },
  async ({ x, label, note }) => {
    expectTypeOf(x).toEqualTypeOf<number>()
    expectTypeOf(label).toEqualTypeOf<string>()
    expectTypeOf(note).toEqualTypeOf<string | undefined>()
    return x
  },
)

const named = env.task(
  {
    name: 'named',
    inputs: { row: z.object({ at: z.date() }) },
    outputs: { count: z.int(), rest: z.array(z.string()) },
  },
  ({ row }, context) => {
    expectTypeOf(row).toEqualTypeOf<{ at: Date }>()
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(context.attempt).toEqualTypeOf<number>()
    return { count: 1, rest: [] }
  },
)

const nothing = env.task({ name: 'nothing' }, () => {})

const defaults = env.task({ name: 'defaults', inputs: { n: z.int().default(1) }, output: z.int() }, ({ n }) => n)

const transforming = env.task(
  { name: 'transforming', inputs: { n: z.string().transform(Number) }, output: z.number().transform(String) },
  ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>()
    return n
  },
)

test('callers give inputs, without those that have a default', () => {
  expectTypeOf<InputsOf<typeof predict>>().toEqualTypeOf<{
    x: number
    label?: string | undefined
    note?: string | undefined
  }>()
  expectTypeOf(predict({ x: 1 })).toEqualTypeOf<Promise<number>>()
  expectTypeOf(predict({ x: 1, label: 'b' })).toEqualTypeOf<Promise<number>>()
  // @ts-expect-error x is missing
  void predict({})
  // @ts-expect-error x is missing
  void predict()
  // @ts-expect-error x is a number
  void predict({ x: '1' })
  // @ts-expect-error there is no y
  void predict({ x: 1, y: 2 })
})

test('callers get what is declared', () => {
  expectTypeOf(named({ row: { at: new Date() } })).resolves.toEqualTypeOf<{ count: number; rest: string[] }>()
  expectTypeOf(nothing()).resolves.toEqualTypeOf<void>()
  expectTypeOf<ResultOf<typeof predict>>().toEqualTypeOf<number>()
})

test('a task without inputs, or with defaults for all, is called without arguments', () => {
  void nothing()
  void defaults()
  void defaults({ n: 2 })
  void nothing({}, { signal: new AbortController().signal })
  // @ts-expect-error it takes no inputs
  void nothing({ n: 1 })
})

test('transformations show the side that one is on', () => {
  expectTypeOf<InputsOf<typeof transforming>>().toEqualTypeOf<{ n: string }>()
  expectTypeOf(transforming({ n: '1' })).resolves.toEqualTypeOf<string>()
})

test('functions must return what is declared', () => {
  // @ts-expect-error a string is no integer
  env.task({ name: 'a', output: z.int() }, () => 'x')
  // @ts-expect-error I-5: an output is missing
  env.task({ name: 'b', outputs: { x: z.int(), y: z.int() } }, () => ({ x: 1 }))
  // @ts-expect-error the function takes an input that is not declared
  env.task({ name: 'c', inputs: { x: z.int() } }, ({ y }: { y: number }) => void y)
})

test('options that do not exist are errors', () => {
  // @ts-expect-error it is retries
  env.task({ name: 'a', retry: 3 }, () => {})
  // @ts-expect-error the environment has the resources
  env.task({ name: 'a', resources: { cpu: 1 } }, () => {})
  // @ts-expect-error the task has retries
  void new TaskEnvironment({ name: 'a', retries: 3 })
  // @ts-expect-error a name is needed
  void new TaskEnvironment({})
  // @ts-expect-error not a cache behaviour
  env.task({ name: 'a', cache: 'sometimes' }, () => {})
  // @ts-expect-error dependencies are environments
  void new TaskEnvironment({ name: 'a', dependsOn: ['b'] })
})

test('every option is taken where the table says, and nowhere else', () => {
  type Own = 'inputs' | 'output' | 'outputs'
  type OptionAt<L extends OptionLevel> = {
    [K in keyof typeof optionLevels]: L extends (typeof optionLevels)[K][number] ? K : never
  }[keyof typeof optionLevels]
  expectTypeOf<keyof TaskEnvironmentOptions>().toEqualTypeOf<OptionAt<'environment'>>()
  expectTypeOf<Exclude<keyof TaskOptions, Own>>().toEqualTypeOf<Exclude<OptionAt<'task'>, Own>>()
  expectTypeOf<keyof TaskOverrides>().toEqualTypeOf<OptionAt<'override'>>()
  predict.override({ reusable: 'off', podTemplate: '', links: [], maxInlineIoBytes: 0 })
  // @ts-expect-error only a call can be taken out of its environment's processes
  void new TaskEnvironment({ name: 'a', reusable: 'off' })
  // @ts-expect-error a call has the plugin of its environment
  predict.override({ pluginConfig: { custom: {} } })
  // @ts-expect-error whether there is a report is the task's to say
  predict.override({ report: true })
  // @ts-expect-error the environment describes itself
  env.task({ name: 'a', description: 'x' }, () => {})
})

test('devices are asked for by their names', () => {
  predict.override({ resources: { gpu: 'A100:8' } }).override({ resources: { gpu: 2 } })
  predict.override({ resources: { gpu: { type: 'V5P', partition: '2x2x1' } } })
  // @ts-expect-error no device is called so
  predict.override({ resources: { gpu: 'A1000:1' } })
})

test('a trigger gives what the task takes', () => {
  const inputs = { at: z.date(), n: z.int() }
  const make = (trigger: Trigger<typeof inputs>) => env.task({ name: 'a', inputs, triggers: trigger }, () => {})
  make({ name: 't', schedule: '@daily', timezone: 'UTC', inputs: { at: triggerTime, n: 1 } })
  make({ name: 't', onArtifact: 'model', inputs: { at: new Date(), n: triggeredArtifact } })
  env.task(
    { name: 'a', inputs, triggers: [{ name: 't', every: '5m', inputs: { at: triggerTime, n: 1 } }] },
    ({ n }) => {
      expectTypeOf(n).toEqualTypeOf<number>()
    },
  )
  // @ts-expect-error n is a number
  make({ name: 't', schedule: '@daily', inputs: { n: 'x' } })
  // @ts-expect-error there is no such input
  make({ name: 't', schedule: '@daily', inputs: { m: 1 } })
  // @ts-expect-error either by the clock or by a rate
  make({ name: 't', schedule: '@daily', every: '5m' })
})

test('override keeps the type, and takes what a call can change', () => {
  expectTypeOf(predict.override({ retries: 0, timeout: '5m' })).toEqualTypeOf<typeof predict>()
  predict.override({ resources: { memory: ['1Gi', '2Gi'] }, cache: { version: '1' }, queue: '', interruptible: false })
  // @ts-expect-error the name is the identity
  predict.override({ name: 'other' })
  // @ts-expect-error an environment has one image
  predict.override({ image: 'x' })
  // @ts-expect-error the interface is the identity
  predict.override({ inputs: {} })
  // @ts-expect-error docs belong to the task
  predict.override({ docs: 'x' })
})

test('a detached call takes the inputs of the task and gives the name of a run', () => {
  expectTypeOf(predict.detached({ x: 1 })).resolves.toEqualTypeOf<{ readonly name: string }>()
  // @ts-expect-error x is missing
  void predict.detached({})
})

test('run takes the inputs of the task and gives its result', () => {
  expectTypeOf(run(predict, { x: 1 })).resolves.toEqualTypeOf<RunHandle<number>>()
  expectTypeOf(run.local(named, { row: { at: new Date() } })).resolves.toEqualTypeOf<
    LocalRunHandle<{ count: number; rest: string[] }>
  >()
  void run(nothing)
  void run(defaults, {}, { name: 'x', mode: 'local' })
  // @ts-expect-error x is missing
  void run(predict, {})
  // @ts-expect-error the inputs are missing
  void run(predict)
  // @ts-expect-error not an option
  void run(nothing, {}, { named: 'x' })
})

test('tasks can be passed around by what they take and give', () => {
  const call = (task: Task<{ x: number }, number>) => task({ x: 1 })
  expectTypeOf(call(predict)).toEqualTypeOf<Promise<number>>()
  expectTypeOf(ctx()?.attempt).toEqualTypeOf<number | undefined>()
})
