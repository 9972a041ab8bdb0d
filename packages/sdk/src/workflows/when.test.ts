import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  and,
  approve,
  eq,
  fail,
  ge,
  gt,
  isFalse,
  isNone,
  isTrue,
  le,
  lt,
  ne,
  not,
  or,
  when,
  workflow,
} from '../workflows.ts'
import { both, broken, double, env, freshName, half, maybe, nothing, one, ran, shape, text } from './test/tasks.ts'

const inputs = {
  n: z.int(),
  m: z.int().default(0),
  f: z.number().default(0.5),
  s: z.string().default('s'),
  b: z.boolean().default(true),
  o: z.int().optional(),
  d: z.date().default(new Date(0)),
}
type Inputs = { n: any; m: any; f: any; s: any; b: any; o: any; d: any }

function compile(body: (inputs: Inputs) => unknown) {
  return workflow({ env, name: freshName(), inputs }, (given) => void body(given)).compile()
}

function nodes(body: (inputs: Inputs) => unknown) {
  return compile(body).message.graph?.nodes ?? []
}

/** Which of two cases a condition takes. */
async function holds(condition: (inputs: Inputs) => any, given: object): Promise<boolean> {
  const yes = env.task({ name: freshName(), output: z.boolean() }, () => true)
  const no = env.task({ name: freshName(), output: z.boolean() }, () => false)
  const wf = workflow({ env, name: freshName(), inputs, output: z.boolean() }, (refs) =>
    when(condition(refs), () => yes.node()).else(() => no.node()),
  )
  return wf.run(given as never)
}

describe('C-4, P-3, P-9, TS-8: conditions', () => {
  test.each<[string, (inputs: Inputs) => unknown, object, boolean]>([
    ['eq', ({ n }) => eq(n, 3), { n: 3 }, true],
    ['ne', ({ n }) => ne(n, 3), { n: 3 }, false],
    ['lt', ({ n }) => lt(n, 3), { n: 2 }, true],
    ['le', ({ n }) => le(n, 3), { n: 4 }, false],
    ['gt', ({ n }) => gt(n, 3), { n: 4 }, true],
    ['ge', ({ n }) => ge(n, 3), { n: 3 }, true],
    ['two references', ({ n, m }) => gt(n, m), { n: 4, m: 5 }, false],
    ['an integer with a float', ({ n, f }) => gt(n, f), { n: 1, f: 0.5 }, true],
    ['an integer with a constant that is none', ({ n }) => gt(n, 2.5), { n: 3 }, true],
    ['text', ({ s }) => eq(s, 'a'), { n: 0, s: 'a' }, true],
    ['text by its order', ({ s }) => lt(s, 'b'), { n: 0, s: 'a' }, true],
    ['a boolean', ({ b }) => isTrue(b), { n: 0, b: false }, false],
    ['a boolean that is false', ({ b }) => isFalse(b), { n: 0, b: false }, true],
    ['a time', ({ d }) => lt(d, new Date(1000)), { n: 0, d: new Date(500) }, true],
    ['C-19: nothing', ({ o }) => isNone(o), { n: 0 }, true],
    ['C-19: something', ({ o }) => isNone(o), { n: 0, o: 1 }, false],
    ['C-19: compared with null', ({ o }) => ne(o, null), { n: 0, o: 1 }, true],
    ['C-19: what may be nothing', ({ o }) => eq(o, 1), { n: 0, o: 1 }, true],
    ['and', ({ n, m }) => and(gt(n, 1), lt(m, 1)), { n: 2, m: 0 }, true],
    ['or', ({ n, m }) => or(gt(n, 1), lt(m, 1)), { n: 0, m: 2 }, false],
    ['not', ({ n }) => not(gt(n, 1)), { n: 0 }, true],
    ['nested', ({ n, m }) => and(or(eq(n, 1), eq(n, 2)), not(and(eq(m, 1), eq(n, 2)))), { n: 2, m: 1 }, false],
    ['P-9: as far as needed', ({ o, n }) => and(ne(o, null), gt(o, n)), { n: 0 }, false],
  ])('%s', async (_name, condition, given, expected) => {
    expect(await holds(condition, given)).toBe(expected)
  })

  test('a part of a value', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { l: z.array(z.int()) }, output: z.int() }, ({ l }) => {
      const { rows } = shape.node({ p: { x: 0, y: 'k' }, l })
      return when(gt(rows[1]!.x, 5), () => double.node({ n: rows[1]!.x })).else(() => double.node({ n: rows[0]!.x }))
    })
    expect(await wf.run({ l: [1, 10] })).toBe(20)
    expect(await wf.run({ l: [1, 2] })).toBe(2)
  })

  test.each<[string, (inputs: Inputs) => unknown, string]>([
    ['C-3: a boolean', () => when(true as never, () => one.node()), 'when takes conditions, got the boolean true'],
    ['C-3: a reference', ({ b }) => when(b, () => one.node()), 'when takes conditions, got the reference input b'],
    ['C-3: nothing', () => when(undefined as never, () => one.node()), 'when takes conditions, got undefined'],
    ['C-3: a boolean in and', ({ n }) => and(gt(n, 1), true as never), 'and takes conditions, got the boolean true'],
    [
      'a constant on the left',
      ({ n }) => gt(1 as never, n),
      'gt compares a reference with something, got 1 on the left',
    ],
    ['TS-8: a number with a text', ({ n }) => eq(n, 'x'), 'eq cannot compare input n (integer) with text'],
    ['TS-8: two kinds', ({ n, s }) => eq(n, s), 'eq cannot compare input n (integer) with string'],
    ['TS-8: a number with a boolean', ({ n }) => eq(n, true), 'eq cannot compare input n (integer) with boolean'],
    [
      'TS-8: an order with nothing',
      ({ o }) => lt(o, null),
      'lt cannot compare input o with nothing: only eq and ne can',
    ],
    [
      'P-9: what is no primitive value',
      () => eq(shape.node({ p: { x: 1, y: 'a' } }) as never, 1 as never),
      'eq compares primitive values; n0.o0 is of type ShapeOutput',
    ],
    [
      'P-12: a node that gives nothing',
      () => eq(nothing.node() as never, 1 as never),
      'got n0, a node of task wf.nothing on the left',
    ],
  ])('refuses %s', (_name, body, message) => expect(() => compile(body)).toThrow(message))
})

describe('conditionals', () => {
  const pick = workflow({ env, name: 'pick', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
    when('size', gt(n, 100), () => double.node({ n }))
      .elif(gt(n, 10), () => {
        const twice = double.node({ n })
        return double.node({ n: twice })
      })
      .else(() => fail('too small')),
  )

  test('C-1, C-6, C-13, C-17: all branches are in the graph, with any number of nodes', () => {
    const [node] = pick.compile().message.graph?.nodes ?? []
    expect(node).toMatchObject({
      id: 'n0',
      name: 'size',
      outputs: { variables: [{ key: 'o0', value: { type: { type: { case: 'simple' } } } }] },
      kind: {
        case: 'branch',
        value: {
          cases: [
            {
              condition: { kind: { case: 'comparison' } },
              block: { nodes: [{ id: 'n0' }], outputs: [{ name: 'o0' }] },
            },
            { block: { nodes: [{ id: 'n0' }, { id: 'n1', upstream: ['n0'] }] } },
          ],
          otherwise: { nodes: [], outputs: [], fail: { message: 'too small' } },
        },
      },
    })
  })

  test('TS-5, BUG-22: what is inside a branch is named by its place', () => {
    const [node] = pick.compile().message.graph?.nodes ?? []
    const value = node?.kind.value as {
      cases: { block: { outputs: { value: { kind: { value: { node: string } } } }[] } }[]
    }
    expect(value.cases.map(({ block }) => block.outputs[0]?.value.kind.value.node)).toEqual([
      'n0/then0/n0',
      'n0/then1/n1',
    ])
  })

  test('C-9: the first case that holds is done, and nothing else is (BUG-2)', async () => {
    ran.length = 0
    expect(await pick.run({ n: 200 })).toBe(400)
    expect(ran).toEqual(['double 200'])
    expect(await pick.run({ n: 20 })).toBe(80)
    expect(ran.slice(1)).toEqual(['double 20', 'double 40'])
  })

  test('C-10, C-11, BUG-18: fail ends the workflow, in any case', async () => {
    await expect(pick.run({ n: 1 })).rejects.toThrow('too small')
    const early = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      when(lt(n, 0), () => {
        nothing.node({ s: 'before the end' })
        fail()
      }).else(() => double.node({ n })),
    )
    await expect(early.run({ n: -1 })).rejects.toThrow('condition failed')
    expect(await early.run({ n: 1 })).toBe(2)
  })

  test('C-5: one without an else is found, used or not', () => {
    expect(() => compile(({ n }) => when('half', gt(n, 1), () => one.node()))).toThrow(
      /node n0: when "half" has no else \(.*when\.test\.ts:\d+:\d+\)$/,
    )
    expect(() => compile(({ n }) => double.node({ n: when(gt(n, 1), () => one.node()) as never }))).toThrow(
      'input n of task wf.double: expected integer, got a conditional without an else',
    )
  })

  test('C-7, C-8, BUG-1: what all branches give there is, by name', async () => {
    const swapped = env.task(
      { name: freshName(), inputs: { a: z.int() }, outputs: { label: z.string(), extra: z.int(), sum: z.int() } },
      ({ a }) => ({ label: `swapped ${a}`, extra: 0, sum: -a }),
    )
    const wf = workflow(
      { env, name: freshName(), inputs: { n: z.int() }, outputs: { sum: z.int(), label: z.string() } },
      ({ n }) => {
        const { sum, label } = when(gt(n, 0), () => both.node({ a: n })).else(() => swapped.node({ a: n }))
        return { sum, label }
      },
    )
    expect(wf.compile().message.graph?.nodes[0]?.outputs?.variables.map(({ key }) => key)).toEqual(['label', 'sum'])
    expect(await wf.run({ n: 1 })).toEqual({ sum: 3, label: 'z1' })
    expect(await wf.run({ n: -1 })).toEqual({ sum: 1, label: 'swapped -1' })
    expect(() =>
      compile(({ n }) => (when(gt(n, 0), () => both.node({ a: n })).else(() => swapped.node({ a: n })) as any).extra),
    ).toThrow('when has no output extra: it has label, sum')
  })

  test('C-7: with a branch that gives nothing, or nothing in common, it gives nothing', () => {
    const use = (value: any) => text.node({ s: value })
    expect(() => compile(({ n }) => use(when(gt(n, 0), () => one.node()).else(() => nothing.node())))).toThrow(
      'expected string, got n0, but when returns nothing',
    )
    expect(() => compile(({ n }) => use(when(gt(n, 0), () => one.node()).else(() => both.node({ a: n }))))).toThrow(
      'but when returns nothing',
    )
    expect(() => compile(({ n }) => when(gt(n, 0), () => fail()).else(() => fail()))).not.toThrow()
  })

  test('C-8: an output that differs from branch to branch is of a union, and fails where that does not fit', async () => {
    const compiled = (use: (value: any) => unknown) => () =>
      compile(({ n }) => use(when(gt(n, 0), () => double.node({ n })).else(() => text.node({ s: 'a' }))))
    expect(compiled((value) => double.node({ n: value }))).toThrow('expected integer, got integer | string from n0.o0')
    const show = env.task(
      { name: freshName(), inputs: { v: z.union([z.int(), z.string()]) }, output: z.string() },
      ({ v }) => typeof v,
    )
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.string() }, ({ n }) =>
      show.node({ v: when(gt(n, 0), () => double.node({ n })).else(() => text.node({ s: 'a' })) }),
    )
    expect(await wf.run({ n: 1 })).toBe('number')
    expect(await wf.run({ n: -1 })).toBe('string')
  })

  test('C-12: they nest', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      when(gt(n, 0), () =>
        when(gt(n, 10), () => double.node({ n })).else(() => double.node({ n: double.node({ n }) })),
      ).else(() => when(lt(n, -10), () => one.node()).else(() => fail('between'))),
    )
    ran.length = 0
    expect(await wf.run({ n: 11 })).toBe(22)
    expect(await wf.run({ n: 1 })).toBe(4)
    expect(await wf.run({ n: -11 })).toBe(1)
    await expect(wf.run({ n: 0 })).rejects.toThrow('between')
    expect(ran).toEqual(['double 11', 'double 1', 'double 2'])
  })

  test('C-14, C-15: it waits for what its conditions and its branches need', () => {
    const all = nodes(({ n }) => {
      const [a, b, c, d] = [one.node(), one.node(), one.node(), one.node()]
      when(gt(a, n), () => double.node({ n: c })).else(() => d)
      void b
    })
    expect(all.at(-1)?.upstream).toEqual(['n0', 'n2', 'n3'])
  })

  test('a branch may give references by name, and those of nodes around it', async () => {
    const wf = workflow(
      { env, name: freshName(), inputs: { n: z.int() }, outputs: { a: z.int(), b: z.int() } },
      ({ n }) => {
        const before = double.node({ n })
        return when(gt(n, 0), () => ({ a: before, b: double.node({ n: before }) })).else(() => ({
          b: before,
          a: one.node(),
        }))
      },
    )
    expect(await wf.run({ n: 2 })).toEqual({ a: 4, b: 8 })
    expect(await wf.run({ n: -2 })).toEqual({ a: 1, b: -4 })
  })

  test('C-7: an object gives its parts, where others give references by name', async () => {
    const make = env.task({ name: freshName(), output: z.object({ a: z.int(), c: z.string() }) }, () => ({
      a: 5,
      c: 'x',
    }))
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
      const { a } = when(gt(n, 0), () => make.node()).else(() => ({ a: double.node({ n }), b: n }))
      return a
    })
    expect(await wf.run({ n: 1 })).toBe(5)
    expect(await wf.run({ n: -2 })).toBe(-4)
  })

  test('TS-4: what a branch makes, only the branch can use', () => {
    let kept: any
    expect(() =>
      compile(({ n }) => {
        when(gt(n, 0), () => {
          kept = one.node()
        }).else(() => undefined)
        double.node({ n: kept })
      }),
    ).toThrow('node n1: n0/then0/n0 belongs to the branch n0/then0, and can be used only there')
    expect(() =>
      compile(({ n }) =>
        when(gt(n, 0), () => {
          kept = one.node()
        }).else(() => double.node({ n: kept })),
      ),
    ).toThrow('belongs to the branch n0/then0')
  })

  test('C-16: a workflow that only a branch calls travels along', () => {
    const inner = workflow({ env, name: freshName(), output: z.int() }, () => one.node())
    const { message } = compile(({ n }) => when(gt(n, 0), () => inner.node()).else(() => one.node()))
    expect(message.entities.map(({ kind }) => kind.case)).toEqual(['workflow', 'task'])
  })

  test('C-18: whoever uses it sees the branch that was taken', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      double.node({ n: when(gt(n, 0), () => double.node({ n })).else(() => broken.node()) }),
    )
    expect(await wf.run({ n: 1 })).toBe(4)
    await expect(wf.run({ n: 0 })).rejects.toThrow('broken')
  })

  test.each<[string, (inputs: Inputs) => unknown, string]>([
    [
      'TS-3: a branch that is asynchronous',
      ({ n }) => when(gt(n, 0), (async () => one.node()) as never),
      'the case then0 of when is asynchronous',
    ],
    [
      'a branch that is no function',
      ({ n }) => when(gt(n, 0), one.node() as never),
      'a case of when must be a function that makes its nodes',
    ],
    [
      'a branch that gives a value',
      ({ n }) => when(gt(n, 0), () => 5 as never),
      'the case then0 of when must give references',
    ],
    [
      'a branch that gives a value by name',
      ({ n }) => when(gt(n, 0), () => ({ a: 5 }) as never),
      'must give references: a is none',
    ],
    [
      'a second else',
      ({ n }) => {
        const w = when(gt(n, 0), () => one.node())
        w.else(() => one.node())
        w.else(() => one.node())
      },
      'when has an else already',
    ],
    ['C-11: fail outside of a branch', () => fail('x'), 'fail was called outside of a case of when'],
  ])('refuses %s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  test('C-2: outside of a workflow there are none', () => {
    expect(() => when(undefined as never, () => undefined)).toThrow('when was called outside the body of a workflow')
    expect(() => fail()).toThrow('fail was called outside the body of a workflow')
    expect(() => approve(undefined as never)).toThrow('approve was called outside the body of a workflow')
  })
})

test('what may be nothing is asked for', async () => {
  const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
    const found = maybe.node({ n })
    return when(isNone(found), () => one.node()).else(() => double.node({ n }))
  })
  expect(await wf.run({ n: -1 })).toBe(1)
  expect(await wf.run({ n: 2 })).toBe(4)
})

test('a float is compared as one', async () => {
  const wf = workflow({ env, name: freshName(), inputs: { f: z.number() }, output: z.number() }, ({ f }) =>
    when(and(gt(f, 0.1), lt(f, 1)), () => half.node({ n: f })).else(() => fail('out of range')),
  )
  expect(await wf.run({ f: 0.5 })).toBe(0.25)
  await expect(wf.run({ f: 1 })).rejects.toThrow('out of range')
})
