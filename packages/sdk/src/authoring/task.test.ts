import { DataValidationError, InvalidArgumentError } from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ctx, group } from './context.ts'
import { definitionOf, isTask } from './task.ts'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({ name: 'direct' })

const predict = env.task(
  { name: 'predict', inputs: { x: z.int(), bias: z.int().default(5) }, output: z.int() },
  ({ x, bias }) => 2 * x + bias,
)

const split = env.task(
  { name: 'split', inputs: { text: z.string() }, outputs: { head: z.string(), tail: z.string().optional() } },
  async ({ text }) => ({ head: text.charAt(0), ...(text.length > 1 ? { tail: text.slice(1) } : {}) }),
)

const wrong = env.task({ name: 'wrong', output: z.int() }, () => 'three' as unknown as number)

describe('a direct call', () => {
  test('T-25: runs the function, with defaults filled in', async () => {
    expect(await predict({ x: 1 })).toBe(7)
    expect(await predict({ x: 1, bias: 0 })).toBe(2)
    expect(await predict.forward({ x: 1 })).toBe(7)
  })

  test('I-2: gives named outputs as an object', async () => {
    expect(await split({ text: 'abc' })).toEqual({ head: 'a', tail: 'bc' })
    expect(await split({ text: 'a' })).toEqual({ head: 'a', tail: undefined })
  })

  test('T-17, X-26: refuses a wrong input, naming the task, the input and both types', async () => {
    const call = predict({ x: 'one' as unknown as number })
    await expect(call).rejects.toThrow(DataValidationError)
    await expect(call).rejects.toThrow(/^input x of task direct\.predict: expected integer, got string "one"/)
  })

  test('says what a value of the right type is refused for', async () => {
    const options = { name: 'checked', inputs: { n: z.int().min(1), tags: z.array(z.string().max(2)).default([]) } }
    const checked = new TaskEnvironment({ name: 'direct-checks' }).task(options, () => {})
    await expect(checked({ n: 0 })).rejects.toThrow(
      /^input n of task direct-checks\.checked: number 0 is refused: Too small: expected number to be >=1$/,
    )
    await expect(checked({ n: 1, tags: ['a', 'bcd'] })).rejects.toThrow(
      /^input tags of task direct-checks\.checked: .* is refused: \[1\]: Too big/,
    )
  })

  test('K-1: refuses inputs that the task does not have, or needs', async () => {
    await expect(predict({ x: 1, y: 2 } as { x: number })).rejects.toThrow('task direct.predict has no input y')
    await expect(predict({} as { x: number })).rejects.toThrow('task direct.predict: missing input x (integer)')
    await expect(predict(3 as unknown as { x: number })).rejects.toThrow('takes one object of inputs, got number 3')
  })

  test('T-18: refuses a result of another type than declared, naming both', async () => {
    await expect(wrong()).rejects.toThrow(/^output of task direct\.wrong: expected integer, got string "three"/)
  })

  test('T-21: refuses a result where none is declared', async () => {
    const silent = env.task({ name: 'silent' }, () => 1 as unknown as void)
    await expect(silent()).rejects.toThrow('task direct.silent declares no output, but returned number 1')
  })

  test('has a context, also for what it calls', async () => {
    const outer = env.task({ name: 'outer', output: z.array(z.string()) }, async (_, context) => [
      context.action.task,
      ctx()?.mode ?? '',
      await inner(),
    ])
    const inner = env.task({ name: 'inner', output: z.string() }, () => ctx()?.action.task ?? '')
    expect(await outer()).toEqual(['direct.outer', 'direct', 'direct.inner'])
    expect(ctx()).toBeUndefined()
  })

  test('passes the signal on', async () => {
    const look = env.task({ name: 'look', output: z.boolean() }, (_, { signal }) => signal.aborted)
    expect(await look({}, { signal: AbortSignal.abort() })).toBe(true)
    expect(await look()).toBe(false)
  })

  test('checks asynchronous schemas too', async () => {
    const even = env.task(
      { name: 'even', inputs: { n: z.int().refine(async (n) => n % 2 === 0, 'must be even') }, output: z.int() },
      ({ n }) => n,
    )
    expect(await even({ n: 2 })).toBe(2)
    await expect(even({ n: 3 })).rejects.toThrow('must be even')
  })

  test('T-16: transforms once, on the way in', async () => {
    const length = env.task(
      { name: 'length', inputs: { n: z.string().transform(Number) }, output: z.number().transform((n) => n + 1) },
      ({ n }) => n,
    )
    expect(await length({ n: '41' })).toBe(42)
  })

  test('group changes nothing outside of a run', () => {
    expect(group('g', () => 3)).toBe(3)
  })
})

describe('a task', () => {
  test('V-6: is known by its full name', () => {
    expect(predict.name).toBe('direct.predict')
    expect([...env.tasks.keys()]).toContain('direct.split')
    expect(isTask(predict)).toBe(true)
    expect(isTask(() => 1)).toBe(false)
    expect(() => definitionOf((() => 1) as never)).toThrow('is not a task')
  })

  test('V-7: cannot be declared twice', () => {
    expect(() => env.task({ name: 'predict' }, () => undefined)).toThrow('task direct.predict is declared twice')
  })

  test.each<[string, object, string]>([
    ['an unknown option', { name: 'a', retry: 3 }, 'unknown option "retry"'],
    ['a name that is no word', { name: 'a b' }, 'must be a word'],
    ['T-5: too many retries', { name: 'a', retries: 11 }, 'retries 11 must be a whole number from 0 to 10'],
    ['retries below none', { name: 'a', retries: -1 }, 'retries -1 must be a whole number from 0 to 10'],
    ['half a retry', { name: 'a', retries: { count: 1.5 } }, 'retries 1.5 must be a whole number from 0 to 10'],
    ['a negative backoff', { name: 'a', retries: { count: 1, backoff: { base: '-1s' } } }, 'backoff.base'],
    [
      'T-5: a negative timeout',
      { name: 'a', timeout: { deadline: '-1s' } },
      'timeout.deadline "-1s" must not be negative',
    ],
    ['a word for yes', { name: 'a', retries: { count: 1, onTimeout: 'yes' } }, 'retries.onTimeout "yes" must be true'],
    ['a backoff without cap', { name: 'a', retries: { count: 1, backoff: { base: '1s', factor: 2 } } }, 'cap'],
    ['a timeout that is none', { name: 'a', timeout: 'soon' }, 'timeout.maxRuntime "soon" is not a duration'],
    ['T-8: a deprecation that is no text', { name: 'a', deprecated: true }, 'deprecated must be a text'],
    ['an unknown cache', { name: 'a', cache: 'sometimes' }, 'cache "sometimes" must be'],
    [
      'T-5: an ignored input that is none',
      { name: 'a', cache: { ignoredInputs: 'y' } },
      'names "y", which is not an input',
    ],
    ['both kinds of output', { name: 'a', output: z.int(), outputs: {} }, 'either output or outputs'],
    ['an input that is no schema', { name: 'a', inputs: { x: 'int' } }, 'inputs.x must be a schema'],
  ])('refuses %s', (_name, options, message) => {
    expect(() => env.task(options as { name: string }, () => undefined)).toThrow(InvalidArgumentError)
    expect(() => env.task(options as { name: string }, () => undefined)).toThrow(message)
  })
})

describe('an environment', () => {
  test.each<[string, object, string]>([
    ['a name with capitals', { name: 'Hello' }, 'environment name "Hello"'],
    ['an unknown option', { name: 'a', cpu: 1 }, 'unknown option "cpu"'],
    ['a bad quantity', { name: 'a', resources: { memory: 'lots' } }, 'resources.memory "lots" is not a quantity'],
    ['a negative quantity', { name: 'a', resources: { cpu: -1 } }, 'must not be negative'],
    ['a variable that is no text', { name: 'a', envVars: { A: 1 } }, 'envVars.A must be a text'],
    ['T-10: a secret without a key', { name: 'a', secrets: [{ group: 'g' }] }, 'a secret must be a key'],
  ])('refuses %s', (_name, options, message) => {
    expect(() => new TaskEnvironment(options as { name: string })).toThrow(message)
  })

  test('knows the file that declares it', () => {
    expect(env.declaredIn).toMatch(/task\.test\.ts$/)
  })
})
