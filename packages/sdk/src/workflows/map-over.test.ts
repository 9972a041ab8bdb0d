import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { mapOver, workflow } from '../workflows.ts'
import { both, double, env, freshName, nothing, one, ran, sum } from './test/tasks.ts'

const inputs = { l: z.array(z.int()), m: z.array(z.int()).default([]), n: z.int().default(0) }

function compile(body: (inputs: { l: any; m: any; n: any }) => unknown) {
  return workflow({ env, name: freshName(), inputs }, (given) => void body(given)).compile()
}

const add = env.task(
  { name: 'add-map', inputs: { a: z.int(), b: z.int().default(100) }, output: z.int() },
  ({ a, b }) => {
    if (a < 0) throw new Error(`negative ${a}`)
    return a + b
  },
)

describe('A-1, A-3, I-10: a map', () => {
  test('A-4, N-13, A-7: is one node, over lists, with everything that is said about it', () => {
    const { message } = compile(({ l, n }) =>
      mapOver(add, { bind: { b: n }, concurrency: 4, minSuccessRatio: 0.5, runAll: true }).node(
        { a: l },
        { retries: 1, nodeName: 'all' },
      ),
    )
    expect(message.graph?.nodes).toMatchObject([
      {
        id: 'all',
        inputs: [{ name: 'a' }, { name: 'b' }],
        kind: {
          case: 'map',
          value: {
            entity: 0,
            over: ['a'],
            concurrency: 4,
            minSuccess: { case: 'minSuccessRatio', value: 0.5 },
            runAll: true,
            overrides: { retries: { retries: 1 } },
          },
        },
      },
    ])
  })

  test('gives the list of the results, in the order of the items', async () => {
    const wf = workflow({ env, name: freshName(), inputs, output: z.array(z.int()) }, ({ l, n }) =>
      mapOver(add, { bind: { b: n } }).node({ a: l }),
    )
    expect(await wf.run({ l: [1, 2, 3], n: 10 })).toEqual([11, 12, 13])
  })

  test('A-12: of nothing is nothing', async () => {
    const wf = workflow({ env, name: freshName(), inputs, output: z.array(z.int()) }, ({ l }) =>
      mapOver(double).node({ n: l }),
    )
    ran.length = 0
    expect(await wf.run({ l: [] })).toEqual([])
    expect(ran).toEqual([])
  })

  test('over several lists at once, constants and references in them', async () => {
    const wf = workflow({ env, name: freshName(), inputs, output: z.array(z.int()) }, ({ l, n }) =>
      mapOver(add).node({ a: [n, one.node()], b: l }),
    )
    expect(await wf.run({ l: [5, 6], n: 1 })).toEqual([6, 7])
  })

  test('A-6: a default is bound for all items', async () => {
    const wf = workflow({ env, name: freshName(), inputs, output: z.array(z.int()) }, ({ l }) =>
      mapOver(add).node({ a: l }),
    )
    expect(await wf.run({ l: [1] })).toEqual([101])
  })

  test('A-2: of a task that returns nothing gives nothing', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { s: z.array(z.string()) } }, ({ s }) =>
      mapOver(nothing).node({ s }),
    )
    ran.length = 0
    await wf.run({ s: ['a', 'b'] })
    expect(ran.toSorted()).toEqual(['nothing a', 'nothing b'])
  })

  test('A-14: what tolerates failures gives what may be null, which fails where that does not fit', () => {
    expect(() => compile(({ l }) => sum.node({ l: mapOver(add).node({ a: l }) }))).not.toThrow()
    expect(() =>
      compile(({ l }) => sum.node({ l: mapOver(add, { minSuccesses: 1 }).node({ a: l }) as never })),
    ).toThrow('input l of task wf.sum: expected list<integer>, got list<integer | none> from n0.o0')
    expect(() =>
      compile(({ l }) => sum.node({ l: mapOver(add, { minSuccessRatio: 0 }).node({ a: l }) as never })),
    ).toThrow('got list<integer | none>')
    expect(() =>
      compile(({ l }) => sum.node({ l: mapOver(add, { minSuccessRatio: 1 }).node({ a: l }) as never })),
    ).not.toThrow()
  })
})

describe('A-5, A-11, BUG-3: how many have to succeed', () => {
  const output = z.array(z.int().nullable())
  const tolerant = workflow({ env, name: 'tolerant', inputs, output }, ({ l }) =>
    mapOver(add, { bind: { b: 0 }, minSuccessRatio: 0.5 }).node({ a: l }),
  )
  const counted = workflow({ env, name: 'counted', inputs, output }, ({ l }) =>
    mapOver(add, { bind: { b: 0 }, minSuccesses: 1 }).node({ a: l }),
  )
  const strict = workflow({ env, name: 'strict', inputs, output: z.array(z.int()) }, ({ l }) =>
    mapOver(add, { bind: { b: 0 } }).node({ a: l }),
  )

  test('items that fail are null', async () => {
    expect(await tolerant.run({ l: [1, -1] })).toEqual([1, null])
    expect(await counted.run({ l: [-1, -2, 3] })).toEqual([null, null, 3])
  })

  test('rounded up', async () => {
    await expect(tolerant.run({ l: [1, -1, -2] })).rejects.toThrow(/negative/)
    expect(await tolerant.run({ l: [1, 2, -2] })).toEqual([1, 2, null])
  })

  test('all of them, unless something else is said', async () => {
    await expect(strict.run({ l: [1, -1] })).rejects.toThrow(/negative -1/)
  })
})

test('T-4: an option of a map, or of its node, that there is not', () => {
  expect(() => mapOver(add, { concurency: 1 } as never)).toThrow('no option concurency; did you mean concurrency?')
  const wf = compile.bind(null, ({ l }) => mapOver(add).node({ a: l, b: l }, { retrys: 1 } as never))
  expect(wf).toThrow('a node of task wf.add-map does not take the option retrys; did you mean retries?')
})

describe('what cannot be mapped', () => {
  const inner = workflow({ env, name: 'inner-of-map', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
    double.node({ n }),
  )

  test.each<[string, (inputs: { l: any; m: any; n: any }) => unknown, string]>([
    ['A-2: a workflow', () => mapOver(inner), 'map over wf.inner-of-map: a workflow cannot be mapped'],
    [
      'A-2: a task with named outputs',
      ({ l }) => mapOver(both).node({ a: l }),
      'has named outputs (label (string), sum (integer)), and cannot be mapped',
    ],
    [
      'A-12: lists of different lengths',
      () => mapOver(add).node({ a: [1, 2], b: [1] }),
      'the lists of map over wf.add-map are not of the same length: a has 2, b has 1',
    ],
    [
      'A-6: what is bound and given',
      ({ l }) => mapOver(add, { bind: { b: 1 } }).node({ a: l, b: l } as never),
      'the input b is both bound and given as a list',
    ],
    ['no list', () => mapOver(add, { bind: { a: 1 } }).node({}), 'needs a list for at least one of its inputs'],
    [
      'a value for a list',
      ({ n }) => mapOver(add).node({ a: n }),
      'input a of task wf.add-map (one list for all items): expected list<integer>, got integer from input n',
    ],
    ['a constant for a list', () => mapOver(add).node({ a: 5 as never }), 'expected list<integer>, got number 5'],
    [
      'items of another type',
      () => mapOver(add).node({ a: [1, 'x'] as never }),
      'input a of task wf.add-map[1]: expected integer, got string "x"',
    ],
    [
      'B-9: an input that is missing',
      ({ l }) => mapOver(add).node({ b: l } as never),
      'input a of task wf.add-map (integer) was not given',
    ],
    [
      'B-10: an input that there is not',
      ({ l }) => mapOver(add).node({ a: l, x: l } as never),
      'task wf.add-map has no input x',
    ],
    [
      'A-4: a concurrency that is none',
      () => mapOver(add, { concurrency: -1 }),
      'concurrency must be a whole number of 0 or more',
    ],
    [
      'A-5: a ratio that is none',
      () => mapOver(add, { minSuccessRatio: 2 }),
      'minSuccessRatio must be a number from 0 to 1',
    ],
    [
      'A-5: a number and a ratio',
      () => mapOver(add, { minSuccessRatio: 0.5, minSuccesses: 1 }),
      'give either minSuccesses or minSuccessRatio, not both',
    ],
    ['T-4: an option that there is not', () => mapOver(add, { max: 1 } as never), 'there is no option max'],
  ])('%s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  test('A-12: lists whose lengths turn out to be different', async () => {
    const wf = workflow({ env, name: freshName(), inputs, output: z.array(z.int()) }, ({ l, m }) =>
      mapOver(add).node({ a: l, b: m }),
    )
    await expect(wf.run({ l: [1, 2], m: [1] })).rejects.toThrow(/a.*2.*b.*1|length/)
  })
})
