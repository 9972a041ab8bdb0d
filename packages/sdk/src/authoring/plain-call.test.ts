import { FailedPreconditionError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { ctx, type TaskContext } from './context.ts'
import { run } from './run.ts'
import { TaskEnvironment } from './task-environment.ts'

// Nobody looks at the types of this file: it is loaded as any test is.
const env = new TaskEnvironment({ name: 'plain' })

const predict = env.task(async function predict(x: number, label = 'a', signal?: AbortSignal): Promise<string> {
  return `${label}${x} ${ctx()?.mode} ${signal === undefined}`
})
const inContext = env.task(async function inContext(x: number, context: TaskContext) {
  return `${x} in ${context.action.task}`
})
const withSignal = env.task(async function withSignal(signal: AbortSignal) {
  return signal.aborted
})
const withOptions = env.task(
  { name: 'with-options', retries: 2 },
  async ({ x, y = 1 }: { x: number; y?: number }) => x + y,
)
const withDefault = env.task({ name: 'with-default' }, async (label = 'a') => label)
const declared = env.task({ name: 'declared' }, async (inputs, { mode }) => {
  if (Object.keys(inputs).length > 0 || mode === 'worker') throw new Error('it takes nothing')
})
const outer = env.task({ name: 'outer' }, async () => {
  await predict(1)
})

describe('a task whose interface is in types that nobody has looked at', () => {
  test('is called as its function', async () => {
    expect(await predict(1)).toBe('a1 direct true')
    expect(await predict(1, 'b')).toBe('b1 direct true')
    expect(await predict.forward(2)).toBe('a2 direct true')
    expect(await withOptions({ x: 1 })).toBe(2)
    expect(await withOptions({ x: 1, y: 2 })).toBe(3)
    expect(await withDefault()).toBe('a')
    expect(await withDefault('b')).toBe('b')
  })

  test('gets its context, or its signal, where nothing else can be missing', async () => {
    expect(await inContext(3)).toBe('3 in plain.inContext')
    expect(await withSignal()).toBe(false)
  })

  test('passes on what it throws', async () => {
    const failing = env.task(async function failing(message: string) {
      throw new RangeError(message)
    })
    await expect(failing('far')).rejects.toThrow(new RangeError('far'))
  })

  test('has the name of its function, if that has one', async () => {
    expect(predict.name).toBe('plain.predict')
    expect(withOptions.name).toBe('plain.with-options')
    expect(await env.task(async (x: number) => x)(1)).toBe(1)
    expect(() => env.task(async function predict() {})).toThrow('task plain.predict is declared twice')
    expect(() => env.task({ name: 'x' } as never)).toThrow('task plain.x: the second argument must be its function')
  })

  test('takes options, of which those that name inputs are checked once the inputs are known', () => {
    const trigger = { name: 'daily', schedule: '@daily', inputs: { x: 1 } }
    const cached = { cache: { version: '1', ignoredInputs: 'x' }, triggers: trigger }
    expect(env.task({ name: 'cached', ...cached }, async (x: number) => x).name).toBe('plain.cached')
    expect(() => env.task({ name: 'nothing', ...cached }, () => {})).toThrow('task plain.nothing: ')
    expect(() => env.task({ name: 'y', retries: 11 }, async (x: number) => x)).toThrow('retries 11')
  })

  test.each([
    ['a run of its own', () => run.local(predict, [1])],
    ['one with options', () => run.local(withOptions, [1] as never)],
    ['a call in a run', async () => (await run.local(outer)).outputs()],
  ])('cannot be %s, and says how it can', async (_, start) => {
    const error: unknown = await start().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message: expect.stringContaining('is not known: its file was loaded without looking at its types') as string,
    })
    if (error instanceof FailedPreconditionError) expect(error.hint).toContain('@tern/sdk/build')
  })
})

test('a function that declares nothing gets nothing, and its context', async () => {
  await expect(declared()).resolves.toBeUndefined()
  await expect(declared({})).resolves.toBeUndefined()
  await expect((await run.local(declared)).outputs()).resolves.toBeUndefined()
})
