import { describe, expect, test } from 'vitest'
import { isTernError } from '@tern/core'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import {
  and,
  AsyncBodyError,
  BindError,
  dynamic,
  eq,
  ForeignRefError,
  GraphError,
  gt,
  isNone,
  lt,
  mapOver,
  NotInGraphError,
  ReferenceUseError,
  RunInsideGraphError,
  sleep,
  when,
  workflow,
} from '../workflows.ts'
import { both, double, env, freshName, nothing, one, ran, shape, sum, text } from './test/tasks.ts'

test('P-1, P-13: one value is a reference, several are an object of them', () => {
  const wf = workflow({ env, name: freshName(), outputs: { a: z.int(), b: z.int(), c: z.string() } }, () => {
    const a = one.node()
    const { sum: b, label: c } = both.node({ a })
    return { a, b, c }
  })
  expect(wf.compile().message.graph?.outputs.map(({ value }) => value?.kind.value)).toMatchObject([
    { node: 'n0', output: 'o0' },
    { node: 'n1', output: 'sum' },
    { node: 'n1', output: 'label' },
  ])
})

describe('K-2: what a call does depends on where it is made', () => {
  const seen: string[] = []
  const leaf = env.task({ name: 'leaf-of-calls', output: z.string() }, (_, { action }) => {
    seen.push(action.name)
    return action.name
  })
  const inTask = env.task({ name: 'calls-in-task', output: z.array(z.string()) }, async (_, { action }) => {
    return [action.name, await leaf()]
  })
  const inGraph = workflow({ env, name: freshName(), output: z.string() }, () => leaf.node())

  test('outside of everything a task is a function, and a workflow a run', async () => {
    seen.length = 0
    await leaf()
    const name = await inGraph()
    expect(seen).toHaveLength(2)
    expect(seen[1]).toBe(name)
    expect(name).not.toBe(seen[0])
  })

  test('in a run it is an action of its own', async () => {
    const [own, child] = await (await run(inTask, {}, { mode: 'local' })).outputs()
    expect(child).not.toBe(own)
  })

  test('in a graph it is refused, and .node makes a node; outside it is the other way round', () => {
    const other = workflow({ env, name: freshName() }, () => void leaf())
    expect(() => other.compile()).toThrow(RunInsideGraphError)
    expect(() => leaf.node()).toThrow(NotInGraphError)
    expect(inGraph.compile().message.graph?.nodes).toHaveLength(1)
  })
})

describe('P-8: parts of values, when it runs', () => {
  const pick = workflow(
    { env, name: 'pick-part', inputs: { l: z.array(z.int()), m: z.record(z.string(), z.int()) }, output: z.int() },
    ({ l, m }) => {
      const { rows } = shape.node({ p: { x: 0, y: 'k' }, l })
      return sum.node({ l: [rows[1]!.x, l[0]!, m['k']!] })
    },
  )

  test('are found in lists, records and objects', async () => {
    expect(await pick.run({ l: [1, 20], m: { k: 300 } })).toBe(321)
  })

  test('are missed where they are not, by their path', async () => {
    await expect(pick.run({ l: [1], m: { k: 1 } })).rejects.toThrow(/rows|1/)
    await expect(pick.run({ l: [1, 2], m: {} })).rejects.toThrow(/k/)
  })

  test('optional ones may be nothing', async () => {
    const note = env.task(
      { name: freshName(), inputs: { s: z.string().optional() }, output: z.string() },
      ({ s }) => s ?? 'nothing',
    )
    const wf = workflow(
      { env, name: freshName(), inputs: { p: z.object({ note: z.string().optional() }) }, output: z.string() },
      ({ p }) => note.node({ s: p.note }),
    )
    expect(await wf.run({ p: { note: 'x' } })).toBe('x')
    expect(await wf.run({ p: {} })).toBe('nothing')
  })

  test('of objects may be of every type that they can have', async () => {
    const event = z.object({
      at: z.date(),
      color: z.enum({ RED: 'red', BLUE: 'blue' }),
      share: z.number(),
      big: z.bigint(),
      days: z.array(z.object({ day: z.date() })),
      note: z.string().optional(),
    })
    const given = {
      at: new Date(5),
      color: 'red' as const,
      share: 2,
      big: 2n ** 60n,
      days: [{ day: new Date(9) }],
    }
    const { at, color, share, big } = event.shape
    const parts = workflow(
      { env, name: freshName(), inputs: { e: event }, outputs: { at, color, share, big, day: z.date(), whole: event } },
      ({ e }) => ({
        at: e.at,
        color: e.color,
        share: e.share,
        big: e.big,
        day: e.days[0]!.day,
        whole: {
          at: e.days[0]!.day,
          color: 'blue',
          share: 1.5,
          big: e.big,
          days: [{ day: e.at }, { day: new Date(1) }],
        },
      }),
    )
    expect(await parts.run({ e: given })).toEqual({
      at: given.at,
      color: 'red',
      share: 2,
      big: given.big,
      day: new Date(9),
      whole: {
        at: new Date(9),
        color: 'blue',
        share: 1.5,
        big: given.big,
        days: [{ day: given.at }, { day: new Date(1) }],
      },
    })
    const early = workflow({ env, name: freshName(), inputs: { e: event }, output: z.int() }, ({ e }) =>
      when(and(lt(e.at, new Date(6)), isNone(e.note), eq(e.share, 2)), () => one.node()).else(() =>
        double.node({ n: 1 }),
      ),
    )
    expect(await early.run({ e: given })).toBe(1)
    expect(await early.run({ e: { ...given, note: 'x' } })).toBe(2)
    expect(await early.run({ e: { ...given, at: new Date(7) } })).toBe(2)
  })
})

test('W-13: nodes run when what they need is there, side by side', async () => {
  const open: string[] = []
  let most = 0
  const slow = env.task({ name: freshName(), inputs: { s: z.string() }, output: z.string() }, async ({ s }) => {
    open.push(s)
    most = Math.max(most, open.length)
    await new Promise((resolve) => setTimeout(resolve, 5))
    open.splice(open.indexOf(s), 1)
    return s
  })
  const wf = workflow({ env, name: freshName(), output: z.string() }, () => {
    const [a, b] = [slow.node({ s: 'a' }), slow.node({ s: 'b' })]
    return slow.node({ s: a }, { after: b })
  })
  expect(await wf.run()).toBe('a')
  expect(most).toBe(2)
})

test('W-14: a task that a body declares is one of the environment, and is declared once', async () => {
  const wf = workflow({ env, name: freshName(), output: z.int() }, () => {
    const local = env.task({ name: 'declared-in-a-body', output: z.int() }, () => 5)
    return local.node()
  })
  expect(await wf.run()).toBe(5)
  wf.compile()
  expect(env.tasks.has('wf.declared-in-a-body')).toBe(true)
})

test('W-20, T-14: what a workflow does goes along', () => {
  const wf = workflow({ env, name: freshName(), docs: { short: 'Does it', long: 'At length' } }, () => void one.node())
  expect(wf.compile().message.graph?.description).toBe('Does it')
})

test('W-11, K-5: the body of a workflow in another runs once, however often that is used', () => {
  let bodies = 0
  const inner = workflow({ env, name: freshName(), output: z.int() }, () => {
    bodies++
    return one.node()
  })
  const outer = workflow({ env, name: freshName(), output: z.int() }, () =>
    sum.node({ l: [inner.node(), inner.node()] }),
  )
  outer.compile()
  outer.compile()
  expect(bodies).toBe(1)
})

test('K-4: what is not taken has no side effects', async () => {
  const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
    when(gt(n, 0), () => {
      nothing.node({ s: 'positive' })
      return double.node({ n })
    }).else(() => {
      nothing.node({ s: 'negative' })
      return one.node()
    }),
  )
  ran.length = 0
  await wf.run({ n: 1 })
  expect(ran.toSorted()).toEqual(['double 1', 'nothing positive'])
})

test('K-7: a run gives values, by their names', async () => {
  const wf = workflow({ env, name: freshName(), outputs: { a: z.int(), b: z.string() } }, () => ({
    a: one.node(),
    b: text.node({ s: 'x' }),
  }))
  expect(await (await run.local(wf)).outputs()).toEqual({ a: 1, b: '<x>' })
  expect(await (await run.local(workflow({ env, name: freshName() }, () => nothing.node()))).outputs()).toBeUndefined()
})

test('BUG-13, CX-5: workflows that are built and run at the same time do not meet', async () => {
  const each = dynamic({ env, name: 'interleaved', inputs: { n: z.int() }, output: z.int() }, async ({ n }) => {
    const first = double.node({ n })
    await new Promise((resolve) => setTimeout(resolve, (n % 3) + 1))
    return sum.node({ l: [first, n] })
  })
  const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => each.node({ n }))
  const results = await Promise.all(Array.from({ length: 10 }, (_, n) => wf.run({ n })))
  expect(results).toEqual(Array.from({ length: 10 }, (_, n) => 3 * n))
})

test('N-13, A-9: what is said about a map is said about each of its items', async () => {
  const attempts: number[] = []
  const flaky = env.task({ name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }, { attempt }) => {
    attempts.push(attempt)
    if (attempt === 1) throw new Error('once')
    return n
  })
  const wf = workflow({ env, name: freshName(), output: z.array(z.int()) }, () =>
    mapOver(flaky).node({ n: [1, 2] }, { retries: { count: 1, on: 'any' } }),
  )
  expect(await wf.run()).toEqual([1, 2])
  expect(attempts.toSorted((a, b) => a - b)).toEqual([1, 1, 2, 2])
})

test('F-5: a pause is nothing that can fail', async () => {
  const wf = workflow({ env, name: freshName(), output: z.int() }, () => one.node({}, { after: sleep('1ms') }))
  expect(await wf.run()).toBe(1)
})

test('TS-15: errors are of classes, and all of them are errors of the caller', () => {
  const body = (build: () => unknown) => () => workflow({ env, name: freshName() }, () => void build()).compile()
  const thrownBy = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return error
    }
  }
  let kept: any
  workflow({ env, name: freshName(), output: z.int() }, () => (kept = one.node())).compile()
  const errors = [
    [thrownBy(() => one.node()), NotInGraphError],
    [thrownBy(body(() => void one())), RunInsideGraphError],
    [thrownBy(() => workflow({ env, name: freshName() }, (async () => {}) as never).compile()), AsyncBodyError],
    [thrownBy(body(() => double.node({ n: kept }))), ForeignRefError],
    [thrownBy(body(() => double.node({ n: 'x' as never }))), BindError],
    [thrownBy(body(() => (one.node() as never) + 1)), ReferenceUseError],
    [thrownBy(body(() => when(true as never, () => one.node()))), GraphError],
  ] as const
  for (const [error, kind] of errors) {
    expect(error).toBeInstanceOf(kind)
    expect(error).toBeInstanceOf(GraphError)
    expect(error).toMatchObject({ code: 'invalid_argument', kind: 'user', name: kind.name })
    expect(isTernError(error)).toBe(true)
  }
})
