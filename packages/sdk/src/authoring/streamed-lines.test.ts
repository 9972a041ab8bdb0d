import { afterEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { TaskEnvironment } from './task-environment.ts'
import { run } from './run.ts'
import type { Task } from './task.ts'

const env = new TaskEnvironment({ name: 'streamed' })

const counting = env.task({ name: 'counting', inputs: { to: z.int() }, output: z.int() }, async function* ({ to }) {
  for (let n = 1; n <= to; n++) {
    await new Promise((resolve) => setImmediate(resolve))
    yield `counted ${n}`
  }
  return to
})

const computing = env.task({ name: 'computing', output: z.string() }, function* () {
  yield 'first\nsecond'
  yield 'third\n'
  return 'done'
})

const calling = env.task({ name: 'calling', output: z.int() }, async function* () {
  yield 'calls'
  return counting({ to: 2 })
})

/** What is written to the standard output while something runs. */
async function written(body: () => Promise<unknown>): Promise<string> {
  let text = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  try {
    await body()
    return text
  } finally {
    vi.restoreAllMocks()
  }
}
afterEach(() => vi.restoreAllMocks())

const ways: [string, <R>(task: Task<{}, R>) => Promise<R>][] = [
  ['called as a function', (task) => task()],
  ['in a local run', async (task) => (await run.local(task)).outputs()],
]

test.each(ways)('what a generator yields are lines, and what it returns is the output: %s', async (_, call) => {
  expect(await written(async () => expect(await call(computing)).toBe('done'))).toBe('first\nsecond\nthird\n')
  const lines = await written(async () => expect(await call(calling)).toBe(2))
  expect(lines).toBe('calls\ncounted 1\ncounted 2\n')
})

test('lines are there before the generator ends', async () => {
  const seen: boolean[] = []
  let hasEnded = false
  const slow = env.task({ name: 'slow' }, async function* () {
    yield 'early'
    seen.push(hasEnded)
    hasEnded = true
  })
  const text = await written(slow)
  expect(text).toBe('early\n')
  expect(seen).toEqual([false])
})

test('one that is aborted cleans up', async () => {
  const steps: string[] = []
  const controller = new AbortController()
  const endless = env.task({ name: 'endless' }, function* () {
    try {
      for (let n = 0; ; n++) {
        if (n === 3) controller.abort(new Error('enough'))
        yield `${n}`
      }
    } finally {
      steps.push('cleaned up')
    }
  })
  await written(() => expect(endless({}, { signal: controller.signal })).rejects.toThrow('enough'))
  expect(steps).toEqual(['cleaned up'])
})

test('a generator that computes without a pause lets others have a turn', async () => {
  const controller = new AbortController()
  const busy = env.task({ name: 'busy' }, function* () {
    for (;;) yield 'busy'
  })
  setTimeout(() => controller.abort(new Error('its turn')), 1)
  await written(() => expect(busy({}, { signal: controller.signal })).rejects.toThrow('its turn'))
})

test('what is no text is refused', async () => {
  const wrong = env.task({ name: 'wrong' }, function* () {
    yield 5 as unknown as string
  })
  await expect(wrong()).rejects.toThrow('task streamed.wrong yielded number 5: what it yields are lines of its log')
})

test('the code of a generator counts for its cached results', async () => {
  const { cachingOf } = await import('./caching.ts')
  const { definitionOf } = await import('./task.ts')
  const other = env.task({ name: 'other', output: z.int() }, function* () {
    yield 'one'
    return 1
  })
  expect(cachingOf(definitionOf(other)).version).not.toBe(cachingOf(definitionOf(computing)).version)
})
