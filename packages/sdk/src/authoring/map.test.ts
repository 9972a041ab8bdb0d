import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ctx } from './context.ts'
import { map } from './map.ts'
import { run } from './run.ts'
import { TaskEnvironment } from './task-environment.ts'

const env = new TaskEnvironment({ name: 'mapping' })

const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, async ({ n }) => {
  // Later ones end earlier.
  for (let i = n; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
  if (n < 0) throw new RangeError(`${n} is negative`)
  return 2 * n
})

const inputs = [1, 2, 3, 4].map((n) => ({ n }))

/** A gate that calls wait at until they are let through. */
function gate() {
  const waiting: (() => void)[] = []
  let underWay = 0
  let most = 0
  return {
    most: () => most,
    open: () => waiting.splice(0).forEach((go) => go()),
    through: async <T>(value: T, signal?: AbortSignal): Promise<T> => {
      most = Math.max(most, ++underWay)
      try {
        await new Promise<void>((resolve, reject) => {
          waiting.push(resolve)
          signal?.addEventListener('abort', () => reject(signal.reason))
        })
        return value
      } finally {
        underWay--
      }
    },
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function* lazily(upTo: number, asked: number[] = []) {
  for (let n = 1; n <= upTo; n++) {
    asked.push(n)
    yield n
  }
}

const everything = env.task({ name: 'everything', output: z.array(z.unknown()) }, async () => {
  const order: number[] = []
  for await (const { index } of map.each(double, inputs)) order.push(index)
  const settled = await map(double, [{ n: 1 }, { n: -1 }], { settled: true })
  const reason = settled[1]?.status === 'rejected' ? (settled[1].reason as Error).message : ''
  return [
    await map(double, inputs, { group: 'doubles', concurrency: 2 }),
    order.toSorted((a, b) => a - b),
    settled[0],
    reason,
  ]
})

describe('results', () => {
  test('are in the order of the items', async () => {
    expect(await map(double, inputs)).toEqual([2, 4, 6, 8])
    expect(await map(double, new Set(inputs))).toEqual([2, 4, 6, 8])
    expect(await map(double, [])).toEqual([])
    expect(await map((n) => n + 1, lazily(3))).toEqual([2, 3, 4])
  })

  test('are the same in a local run, where each is an action', async () => {
    const outputs = await (await run.local(everything)).outputs()
    expect(outputs).toEqual([[2, 4, 6, 8], [0, 1, 2, 3], { status: 'fulfilled', value: 2 }, '-1 is negative'])
  })

  test('come as they are there, or in order', async () => {
    const release: (() => void)[] = []
    const wait = (n: number) => new Promise<number>((resolve) => (release[n] = () => resolve(n)))
    for (const [ordered, expected] of [
      [false, [2, 1, 0]],
      [true, [0, 1, 2]],
    ] as const) {
      const seen: number[] = []
      const all = (async () => {
        for await (const { index, value } of map.each(wait, [0, 1, 2], { ordered })) {
          expect(value).toBe(index)
          seen.push(index)
        }
      })()
      for (const n of [2, 1, 0]) {
        await turn()
        release[n]?.()
      }
      await all
      expect(seen).toEqual(expected)
    }
  })

  test('are those of 10,000 items', async () => {
    const items = Array.from({ length: 10_000 }, (_, n) => n)
    const squares = await map(async (n) => n * n, items, { concurrency: 100 })
    expect(squares).toEqual(items.map((n) => n * n))
  })
})

describe('concurrency', () => {
  test('is bounded', async () => {
    const { most, open, through } = gate()
    const all = map((n: number) => through(n), [1, 2, 3, 4, 5, 6, 7], { concurrency: 3 })
    const opening = setInterval(open, 1)
    expect(await all).toEqual([1, 2, 3, 4, 5, 6, 7])
    clearInterval(opening)
    expect(most()).toBe(3)
  })

  test('slows down what gives the items, when nobody takes the results', async () => {
    const asked: number[] = []
    const each = map.each(async (n: number) => n, lazily(100, asked), { concurrency: 4 })
    await each.next()
    for (let i = 0; i < 50; i++) await turn()
    expect(asked).toHaveLength(5)
    for (let i = 0; i < 10; i++) await each.next()
    for (let i = 0; i < 50; i++) await turn()
    expect(asked).toHaveLength(15)
    await each.return()
  })

  test.each([0, -1, 1.5, Number.NaN])('of %s is refused', async (concurrency) => {
    await expect(map(double, inputs, { concurrency })).rejects.toThrow(
      `map: concurrency ${concurrency} must be a whole number of 1 or more`,
    )
  })
})

describe('the end', () => {
  test('is the first error, which aborts the others', async () => {
    const aborted: number[] = []
    const { through } = gate()
    const all = map(
      async (n: number, { signal }) => {
        if (n === 3) throw new Error('three')
        signal?.addEventListener('abort', () => aborted.push(n))
        return through(n, signal)
      },
      [1, 2, 3, 4],
    )
    await expect(all).rejects.toThrow('three')
    expect(aborted).toEqual([1, 2, 4])
  })

  test('is an error of what gives the items', async () => {
    async function* broken() {
      yield 1
      throw new Error('no more')
    }
    await expect(map(async (n) => n, broken())).rejects.toThrow('no more')
    await expect(map(async (n) => n, broken(), { settled: true })).rejects.toThrow('no more')
  })

  test('is the signal', async () => {
    const controller = new AbortController()
    const { through } = gate()
    const all = map((n: number, { signal }) => through(n, signal), [1, 2], { signal: controller.signal, settled: true })
    await turn()
    controller.abort(new Error('enough'))
    await expect(all).rejects.toThrow('enough')
    await expect(map(double, inputs, { signal: controller.signal })).rejects.toThrow('enough')
  })

  test('comes when the loop is left: calls are aborted, and the items are let go', async () => {
    const aborted: number[] = []
    let isClosed = false
    function* items() {
      try {
        for (let n = 1; ; n++) yield n
      } finally {
        isClosed = true
      }
    }
    const each = map.each(
      (n: number, { signal }) => {
        signal?.addEventListener('abort', () => aborted.push(n))
        return n === 1 ? n : new Promise<number>(() => undefined)
      },
      items(),
      { concurrency: 3 },
    )
    for await (const { value } of each) {
      expect(value).toBe(1)
      await turn()
      break
    }
    expect(aborted).toEqual([2, 3, 4])
    await turn()
    expect(isClosed).toBe(true)
  })

  test('aborts children of a run, and leaves them', async () => {
    const seen: string[] = []
    const forever = env.task({ name: 'forever', inputs: { n: z.int() } }, ({ n }) => {
      const { signal } = ctx()!
      return new Promise<void>((_, reject) =>
        signal.addEventListener('abort', () => {
          seen.push(`aborted ${n}`)
          reject(signal.reason)
        }),
      )
    })
    const failing = env.task({ name: 'failing', output: z.string() }, async () => {
      try {
        await map(
          (n: number, options) => (n === 0 ? Promise.reject(new Error('zero')) : forever({ n }, options)),
          [1, 2, 0],
        )
      } catch (error) {
        return (error as Error).message
      }
      return 'nothing'
    })
    expect(await (await run.local(failing)).outputs()).toBe('zero')
    await expect.poll(() => seen.toSorted()).toEqual(['aborted 1', 'aborted 2'])
  })
})

test('what is no task, and no list, is refused', async () => {
  await expect(map('x' as never, [])).rejects.toThrow('map: the first argument must be a task')
  await expect(map(double, 5 as never)).rejects.toThrow('map: the second argument must be a list')
  await expect(map(double, [], { limit: 3 } as never)).rejects.toThrow('map: unknown option "limit"')
})
