import {
  ActionAbortedError,
  DataValidationError,
  NonRecoverableError,
  RecoverableError,
  TaskFailedError,
  TaskTimeoutError,
} from '@tern/core'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ctx, group } from '../authoring/context.ts'
import { run } from '../authoring/run.ts'
import type { AnyTask } from '../authoring/task.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'

const env = new TaskEnvironment({ name: 'local' })

const double = env.task({ name: 'double', inputs: { x: z.int() }, output: z.int() }, ({ x }) => 2 * x)

const sum = env.task({ name: 'sum', inputs: { numbers: z.array(z.int()) }, output: z.int() }, async ({ numbers }) =>
  (await Promise.all(numbers.map((x) => double({ x })))).reduce((a, b) => a + b, 0),
)

/** A task without inputs that runs `body`, declared anew so that tests do not share it. */
let declared = 0
function taskOf(body: (context: { attempt: number; signal: AbortSignal }) => unknown, options: object = {}): AnyTask {
  return env.task({ name: `body${declared++}`, output: z.any(), ...options }, (_, context) => body(context)) as AnyTask
}

async function outputsOf(task: AnyTask): Promise<unknown> {
  return (await run.local(task)).outputs()
}

describe('a local run', () => {
  test('E-2: gives what the task returns', async () => {
    const handle = await run.local(sum, { numbers: [1, 2, 3] })
    expect(await handle.outputs()).toBe(12)
    expect(await handle.wait()).toMatchObject({ phase: 'SUCCEEDED', isFinal: true, attempts: 1, error: undefined })
    expect(handle.url).toBeUndefined()
    expect((await run(sum, { numbers: [4] }, { mode: 'local' })).name).toMatch(/^r/)
  })

  test('refuses inputs before it starts', async () => {
    await expect(run.local(sum, { numbers: ['1'] as never })).rejects.toThrow(DataValidationError)
  })

  test.each([
    [{ maxActionConcurrency: 1 }, 'maxActionConcurrency 1 must be 0 (no limit), or 2 or more'],
    [{ name: 'Not_A_Name' }, 'must start with a lower-case letter'],
    [{ envVars: { A: 1 } }, 'envVars.A must be a text'],
    [{ local: { abortGraceMs: -1 } }, 'local.abortGraceMs -1 must be a whole number of 0 or more'],
    [{ local: { output: 'nowhere' } }, "must be 'terminal' or 'capture'"],
    [{ local: { cache: 'x' } }, 'unknown option "cache"'],
    [{ nam: 'x' }, 'run: unknown option "nam"'],
  ])('refuses the options %j', async (options, message) => {
    await expect(run.local(sum, { numbers: [] }, options as never)).rejects.toThrow(message)
  })

  test('refuses what is no task', async () => {
    await expect(run.local(undefined as never)).rejects.toThrow('undefined is not a task: make it with env.task(…)')
  })

  test('has room for as many actions at once as is said', async () => {
    let running = 0
    let most = 0
    const busy = env.task({ name: 'busy', inputs: { n: z.int() } }, async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
    })
    const nested = env.task({ name: 'nested', inputs: { n: z.int() } }, async ({ n }) => {
      await Promise.all([busy({ n }), busy({ n: n + 100 })])
    })
    const main = taskOf(() => Promise.all([1, 2, 3, 4].map((n) => nested({ n }))))
    const handle = await run.local(main, {}, { maxActionConcurrency: 3 })
    expect(await handle.wait()).toMatchObject({ phase: 'SUCCEEDED' })
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(3)
    expect(handle.actions).toHaveLength(13)
  })

  test('T-23: sends values as a server would, so that nothing is shared', async () => {
    const given = { list: [1] }
    const change = env.task({ name: 'change', inputs: { o: z.object({ list: z.array(z.int()) }) } }, ({ o }) => {
      o.list.push(2)
    })
    await outputsOf(taskOf(() => change({ o: given })))
    expect(given).toEqual({ list: [1] })
  })

  test('E-3: names the children of an action the same way each time', async () => {
    const names: string[][] = []
    const name = env.task({ name: 'name', inputs: { x: z.int() }, output: z.string() }, () => ctx()?.action.name ?? '')
    const parent = taskOf(async () => {
      names.push(await Promise.all([name({ x: 1 }), name({ x: 1 }), name({ x: 2 }), group('g', () => name({ x: 1 }))]))
    })
    await outputsOf(parent)
    await outputsOf(parent)
    expect(new Set(names[0]).size).toBe(4)
    expect(names[1]).toEqual(names[0])
  })

  test('runs what does not wait for one another at the same time', async () => {
    let running = 0
    const meet = Promise.withResolvers<void>()
    const wait = taskOf(() => (++running === 3 ? meet.resolve() : undefined, meet.promise))
    await outputsOf(taskOf(() => Promise.all([wait(), wait(), wait()])))
    expect(running).toBe(3)
  })

  test('shows each change to watchers', async () => {
    const handle = await run.local(taskOf(({ attempt }) => attempt > 1 || fail('first'), { retries: 1 }))
    const seen: string[] = []
    for await (const state of handle.watch()) seen.push(`${state.phase} ${state.attempts}`)
    expect(seen.at(-1)).toBe('SUCCEEDED 2')
    expect(await handle.details()).toMatchObject({ phase: 'SUCCEEDED' })
  })

  test('can be given up waiting for', async () => {
    const handle = await run.local(taskOf(({ signal }) => untilAborted(signal)))
    await expect(handle.wait({ signal: AbortSignal.timeout(10) })).rejects.toThrow('timeout')
    await handle.abort()
  })
})

describe('failures', () => {
  test('E-6: reach the parent as data, with the name of the error and its cause', async () => {
    class OutOfPaperError extends Error {}
    const child = taskOf(() => {
      throw new OutOfPaperError('no paper', { cause: new TypeError('empty') })
    })
    const caught = await outputsOf(
      taskOf(async () => {
        const error = await child().then(undefined, (thrown: TaskFailedError) => thrown)
        return [error instanceof TaskFailedError, error.code, error.message, (error.cause as TaskFailedError).code]
      }),
    )
    expect(caught).toEqual([true, 'OutOfPaperError', 'no paper', 'TypeError'])
  })

  test('end the run, and say why', async () => {
    const handle = await run.local(taskOf(() => fail('boom')))
    await expect(handle.outputs()).rejects.toThrow(TaskFailedError)
    expect(await handle.wait()).toMatchObject({
      phase: 'FAILED',
      error: { code: 'Error', message: 'boom', kind: 'user' },
    })
  })

  test('a result of another type than declared fails the action, without a retry', async () => {
    let attempts = 0
    const wrong = env.task({ name: 'wrong', output: z.int(), retries: 3 }, () => {
      attempts++
      return 'x' as unknown as number
    })
    await expect(outputsOf(wrong)).rejects.toThrow(/output of task local.wrong: expected integer, got string "x"/)
    expect(attempts).toBe(1)
  })
})

describe('retries', () => {
  test('T-24, F-3: repeat any error, as often as the budget says', async () => {
    let attempts = 0
    const flaky = taskOf(({ attempt }) => ((attempts = attempt), attempt === 3 ? 'ok' : fail('again')), { retries: 2 })
    expect(await outputsOf(flaky)).toBe('ok')
    expect(attempts).toBe(3)
    await expect(outputsOf(flaky.override({ retries: 1 }))).rejects.toThrow('again')
  })

  test('F-4: stop at a NonRecoverableError', async () => {
    let attempts = 0
    const hopeless = taskOf(() => (attempts++, fail(new NonRecoverableError('never'))), { retries: 5 })
    await expect(outputsOf(hopeless)).rejects.toThrow('never')
    expect(attempts).toBe(1)
  })

  test("with on: 'recoverable' repeat only RecoverableError", async () => {
    let attempts = 0
    const retries = { count: 5, on: 'recoverable' as const }
    await expect(outputsOf(taskOf(() => (attempts++, fail('plain')), { retries }))).rejects.toThrow('plain')
    expect(attempts).toBe(1)
    const task = taskOf(({ attempt }) => (attempt < 3 ? fail(new RecoverableError('again')) : attempt), { retries })
    expect(await outputsOf(task)).toBe(3)
  })

  test('F-7: wait as the backoff says', async () => {
    const at: number[] = []
    const retries = { count: 2, backoff: { base: '20ms', factor: 2, cap: '1s' } }
    await expect(outputsOf(taskOf(() => (at.push(performance.now()), fail('x')), { retries }))).rejects.toThrow('x')
    const [a = 0, b = 0, c = 0] = at
    expect(b - a).toBeGreaterThanOrEqual(19)
    expect(c - b).toBeGreaterThanOrEqual(39)
  })

  test('do not repeat the children that have ended', async () => {
    let calls = 0
    const child = taskOf(() => ++calls)
    const parent = taskOf(async ({ attempt }) => [await child(), attempt === 1 ? fail('after the child') : attempt], {
      retries: 1,
    })
    expect(await outputsOf(parent)).toEqual([1, 2])
    expect(calls).toBe(1)
  })
})

describe('detached calls', () => {
  test('go on when their parent has ended, and are made once', async () => {
    const goOn = Promise.withResolvers<void>()
    const ended: string[] = []
    const child = env.task({ name: 'on-its-own', inputs: { n: z.int() } }, async ({ n }) => {
      await goOn.promise
      ended.push(`${ctx()?.run.name} ${ctx()?.action.name} ${n}`)
    })
    const names: string[] = []
    const parent = taskOf(
      async ({ attempt }) => {
        names.push((await child.detached({ n: 1 })).name)
        return attempt === 1 ? fail('after the call') : names
      },
      { retries: 1 },
    )
    expect(await outputsOf(parent)).toEqual([names[0], names[0]])
    expect(ended).toEqual([])
    goOn.resolve()
    await expect.poll(() => ended).toEqual([`${names[0]} a0 1`])
  })

  test('are refused outside of a run, and for inputs that do not fit', async () => {
    const child = env.task({ name: 'strict', inputs: { n: z.int() } }, () => undefined)
    await expect(child.detached({ n: 1 })).rejects.toThrow('can be detached only from a task that runs')
    const parent = taskOf(() => child.detached({ n: 1.5 }))
    await expect(outputsOf(parent)).rejects.toThrow('input n of task local.strict')
  })
})

describe('time limits', () => {
  test('TS-12: end an attempt that runs too long', async () => {
    const slow = taskOf(({ signal }) => untilAborted(signal), { timeout: '20ms' })
    await expect(outputsOf(slow)).rejects.toThrow(TaskTimeoutError)
    expect(await (await run.local(slow)).wait()).toMatchObject({ phase: 'TIMED_OUT' })
  })

  test('count as a failure that may be retried', async () => {
    const slowOnce = taskOf(({ attempt, signal }) => (attempt === 1 ? untilAborted(signal) : 'done'), {
      timeout: '20ms',
      retries: 1,
    })
    expect(await outputsOf(slowOnce)).toBe('done')
  })

  test('are not retried where the task says so', async () => {
    const attempts: number[] = []
    const slow = taskOf(({ attempt, signal }) => (attempts.push(attempt), untilAborted(signal)), {
      timeout: '20ms',
      retries: { count: 3, onTimeout: false },
    })
    await expect(outputsOf(slow)).rejects.toThrow(TaskTimeoutError)
    expect(attempts).toEqual([1])
  })

  test('the deadline is for all attempts', async () => {
    const timeout = { deadline: '50ms', maxRuntime: '20ms' }
    await expect(outputsOf(taskOf(({ signal }) => untilAborted(signal), { timeout, retries: 10 }))).rejects.toThrow(
      'the action did not end within its deadline of 0.05 s',
    )
  })
})

describe('aborting', () => {
  test('stops the run and everything in it', async () => {
    const stopped: string[] = []
    const begun = Promise.withResolvers<void>()
    const child = taskOf(async ({ signal }) => {
      begun.resolve()
      await untilAborted(signal).catch((error: Error) => stopped.push(error.message))
    })
    const handle = await run.local(taskOf(() => child()))
    await begun.promise
    await handle.abort('enough')
    expect(await handle.wait()).toMatchObject({ phase: 'ABORTED', error: { message: 'enough' } })
    await expect(handle.outputs()).rejects.toThrow(ActionAbortedError)
    expect(stopped).toEqual(['enough'])
  })

  test('a call that is given up aborts its child', async () => {
    const child = env.task({ name: 'endless', output: z.any() }, (_, { signal }) => untilAborted(signal))
    const parent = taskOf(() => child({}, { signal: AbortSignal.timeout(20) }).catch((error: Error) => error.name))
    expect(await outputsOf(parent)).toBe('TimeoutError')
  })

  test('a call that nobody awaits, and that ends with its parent, is no error of anybody', async () => {
    const child = taskOf(({ signal }) => untilAborted(signal))
    const handle = await run.local(taskOf(() => void child()))
    expect(await handle.wait()).toMatchObject({ phase: 'SUCCEEDED' })
    await handle.settled()
    expect(handle.actions.map(({ phase }) => phase)).toEqual(['SUCCEEDED', 'ABORTED'])
  })

  test('E-7: children that nobody awaits end with their parent', async () => {
    const ended = Promise.withResolvers<string>()
    const child = taskOf(({ signal }) =>
      untilAborted(signal).catch((error: Error) => {
        ended.resolve(error.name)
      }),
    )
    await outputsOf(taskOf(() => void child().catch(() => undefined)))
    expect(await ended.promise).toBe('ActionAbortedError')
  })
})

function fail(error: string | Error): never {
  throw typeof error === 'string' ? new Error(error) : error
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}
