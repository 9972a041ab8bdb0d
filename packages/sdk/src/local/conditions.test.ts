import { PassThrough } from 'node:stream'
import { condition, type ConditionRequest, newCondition, run, TaskEnvironment } from '@tern/sdk'
import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { askOnTerminal } from './terminal-answers.ts'

const env = new TaskEnvironment({ name: 'asking' })

test('a condition resolves with a value of its type, however often it is asked', async () => {
  const asked: Omit<ConditionRequest, 'signal'>[] = []
  const task = env.task({ name: 'all', output: z.any() }, async () => {
    const approved = newCondition({ name: 'approved', prompt: 'Go on?', promptType: 'markdown', description: 'why' })
    const count = newCondition({ name: 'count', type: 'integer', prompt: 'How many?' })
    const share = newCondition({ name: 'share', type: z.number().max(1), prompt: 'How much?' })
    expectTypeOf(approved.wait()).toEqualTypeOf<Promise<boolean>>()
    expectTypeOf(count.wait()).toEqualTypeOf<Promise<number>>()
    const word = await condition({ name: 'word', type: 'string', prompt: 'Which?' })
    return [await approved.wait(), await approved.wait(), await count.wait(), await share.wait(), word]
  })
  const answers: Record<string, boolean | number | string> = { approved: true, count: 3, share: 0.5, word: 'x' }
  const handle = await run.local(
    task,
    {},
    {
      answerCondition: ({ signal, ...request }) => {
        expect(signal.aborted).toBe(false)
        asked.push(request)
        return answers[request.name] as never
      },
    },
  )
  expect(await handle.outputs()).toEqual([true, true, 3, 0.5, 'x'])
  expect(asked[0]).toEqual({
    name: 'approved',
    prompt: 'Go on?',
    promptType: 'markdown',
    description: 'why',
    type: 'boolean',
  })
})

test('an answer that does not fit is an error, of its type or of its schema', async () => {
  const task = env.task({ name: 'picky' }, async () => {
    await condition({ name: 'share', type: z.number().max(1), prompt: 'How much?' })
  })
  const failed = async (answer: number | string) =>
    (await (await run.local(task, {}, { answerCondition: () => answer })).wait()).error?.message
  expect(await failed(2)).toMatch(/^output value of condition share: number 2 is refused: Too big/)
  expect(await failed('x')).toMatch(/condition share/)
})

test('the next attempt is given the value that there is', async () => {
  let asked = 0
  let attempts = 0
  const task = env.task({ name: 'again', output: z.boolean(), retries: 1 }, async () => {
    const value = await condition({ name: 'ok', prompt: 'OK?' })
    attempts += 1
    if (attempts === 1) throw new Error('again')
    return value
  })
  const handle = await run.local(
    task,
    {},
    {
      answerCondition: () => {
        asked += 1
        return asked === 1
      },
    },
  )
  expect(await handle.outputs()).toBe(true)
  expect({ asked, attempts }).toEqual({ asked: 1, attempts: 2 })
})

test('it times out, and ends with its run', async () => {
  const never = () => new Promise<never>(() => {})
  const task = env.task({ name: 'waiting', inputs: { timeout: z.string() }, output: z.string() }, async ({ timeout }) =>
    condition({ name: 'ok', prompt: 'OK?', timeout }).then(
      () => 'answered',
      (error: Error) => `${error.name}: ${error.message}`,
    ),
  )
  const handle = await run.local(task, { timeout: '5ms' }, { answerCondition: never })
  expect(await handle.outputs()).toBe('ConditionTimedOutError: nobody gave the condition a value within 0.005 s')
  const aborted = await run.local(task, { timeout: '1h' }, { answerCondition: never })
  await aborted.abort('enough')
  expect((await aborted.wait()).phase).toBe('ABORTED')
})

test('what is asked for when nobody waits any more is told so', async () => {
  const signals: AbortSignal[] = []
  const task = env.task({ name: 'hasty' }, () => void newCondition({ name: 'ok', prompt: 'OK?' }))
  const answerCondition = ({ signal }: ConditionRequest) => {
    signals.push(signal)
    return new Promise<never>(() => {})
  }
  await (await run.local(task, {}, { answerCondition })).wait()
  expect(signals[0]?.aborted).toBe(true)
})

test('bad options are refused, and conditions outside of tasks', async () => {
  const options = { name: 'ok', prompt: 'OK?' } as const
  expect(() => newCondition(options)).toThrow(/outside of every task/)
  expect(() => newCondition({ ...options, name: '' })).toThrow(/needs a name/)
  expect(() => newCondition({ ...options, type: 'date' as never })).toThrow(/no type "date"/)
  expect(() => newCondition({ ...options, type: z.array(z.int()) })).toThrow(/cannot be asked for/)
  expect(() => newCondition({ ...options, timeout: '0s' })).toThrow(/must be positive/)
  expect(() => newCondition({ ...options, webhook: { url: 'ftp://x' } })).toThrow(/http/)
  expect(() => newCondition({ ...options, prompt: 'x'.repeat(4097) })).toThrow(/at most 4096/)
})

test('a terminal is asked again until the answer is of the type, one question at a time', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  const output = new PassThrough()
  const request = { name: 'ok', prompt: 'OK?', promptType: 'text', description: '' } as const
  const { signal } = new AbortController()
  const ok = askOnTerminal({ ...request, type: 'boolean', signal }, { input, output })
  const count = askOnTerminal({ ...request, type: 'integer', prompt: 'How many?', signal }, { input, output })
  const said = () => String(output.read() ?? '')
  let text = ''
  const until = (part: string) => expect.poll(() => (text += said())).toContain(part)
  await until('OK? (boolean)')
  input.write('maybe\n')
  await until('"maybe" is not of type boolean')
  input.write('yes\n')
  expect(await ok).toBe(true)
  await until('How many? (integer)')
  input.write('12\n')
  expect(await count).toBe(12)
})

test('without a terminal, or with one that is closed, there is nobody to ask', async () => {
  const request = { name: 'ok', prompt: '', promptType: 'text', description: '', type: 'boolean' } as const
  const terminal = { input: new PassThrough(), output: new PassThrough() }
  const asked = askOnTerminal({ ...request, signal: new AbortController().signal }, terminal)
  await expect(asked).rejects.toThrow(/no terminal/)
  const closing = { input: Object.assign(new PassThrough(), { isTTY: true }), output: new PassThrough() }
  const unanswered = askOnTerminal({ ...request, signal: new AbortController().signal }, closing)
  closing.input.end()
  await expect(unanswered).rejects.toThrow(/no terminal/)
})
