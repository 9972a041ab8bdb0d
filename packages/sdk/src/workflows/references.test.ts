import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { gt, type Ref, workflow } from '../workflows.ts'
import { both, double, env, freshName, maybe, nothing, shape } from './test/tasks.ts'

/** Uses a reference in a body, and gives the error that comes of it. */
function using(use: (ref: never) => unknown): () => unknown {
  return () =>
    workflow({ env, name: freshName(), inputs: { n: z.int(), l: z.array(z.int()).default([]) } }, (inputs) => {
      use(inputs as never)
    }).compile()
}

const hasNoValue = /has no value until the workflow runs/

describe('P-4, P-5, J-1: a reference is no value', () => {
  test.each<[string, (inputs: { n: any; l: any }) => unknown]>([
    ['+', ({ n }) => n + 1],
    ['-', ({ n }) => -n],
    ['<', ({ n }) => n < 1],
    ['== with a number', ({ n }) => n == 5],
    ['a template', ({ n }) => `${n}`],
    ['String', ({ n }) => String(n)],
    ['Number', ({ n }) => Number(n)],
    ['an index', ({ n }) => [1, 2][n]],
    ['toString()', ({ n }) => n.toString()],
    ['valueOf()', ({ n }) => n.valueOf()],
    [
      'for of',
      ({ l }) => {
        for (const item of l) return item
      },
    ],
    ['spread in a list', ({ l }) => [...l]],
    [
      'taken apart as a list',
      ({ l }) => {
        const [a] = l
        return a
      },
    ],
    ['spread in an object', ({ n }) => ({ ...n })],
    ['Object.keys', ({ n }) => Object.keys(n)],
    ['in', ({ n }) => 'a' in n],
    ['JSON', ({ n }) => JSON.stringify(n)],
    [
      'set',
      ({ n }) => {
        n.a = 1
      },
    ],
    ['delete', ({ n }) => delete n.a],
  ])('%s', (_name, use) => expect(using(use as never)).toThrow(hasNoValue))

  test('the message says which, of what type, where, and what to do', () => {
    try {
      using(({ n }: { n: number }) => n + 1)()
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        name: 'ReferenceUseError',
        code: 'invalid_argument',
        hint: expect.stringContaining('Pass it to a node'),
        message: expect.stringMatching(
          /^workflow wf\.wf\d+: input n cannot be made a value: it is a reference of type integer/,
        ),
      })
    }
  })

  test('J-2: it can be awaited, and stays what it is', async () => {
    let kept: unknown
    workflow({ env, name: freshName(), inputs: { n: z.int() } }, ({ n }) => {
      kept = n
    }).compile()
    expect(Object.is(await (kept as Promise<unknown>), kept)).toBe(true)
  })

  test('P-4: neither is a condition', () => {
    const conditional = (use: (condition: any) => unknown) => () =>
      workflow({ env, name: freshName(), inputs: { n: z.int() } }, ({ n }) => void use(gt(n, 1))).compile()
    expect(conditional((condition) => condition + 1)).toThrow('a condition has no value until the workflow runs')
    expect(conditional((condition) => `${condition}`)).toThrow('a condition has no value')
    expect(conditional((condition) => condition.x)).toThrow('a condition has no value')
    expect(conditional((condition) => Object.keys(condition))).toThrow('a condition has no value')
  })

  test('P-12: what a task gives that returns nothing is not even a reference', () => {
    const use = (body: (node: any) => unknown) => () =>
      workflow({ env, name: freshName() }, () => void body(nothing.node())).compile()
    expect(use((node) => node + 1)).toThrow('n0 (task wf.nothing) cannot be made a value: it is a node')
    expect(use((node) => node.x)).toThrow('task wf.nothing returns nothing, so there is no x')
    expect(use((node) => double.node({ n: node }))).toThrow(
      'input n of task wf.double: expected integer, got n0, but task wf.nothing returns nothing',
    )
  })
})

describe('P-6, P-14, Z-3, BUG-16: parts of a value', () => {
  function pathOf(pick: (node: Ref<{ rows: { x: number; y: string }[] }>) => Ref<number>): unknown {
    const compiled = workflow({ env, name: freshName(), output: z.int() }, () =>
      pick(shape.node({ p: { x: 1, y: 'a' } }) as never),
    ).compile()
    return compiled.message.graph?.outputs[0]?.value?.kind.value
  }

  test('are references too, and leave the whole untouched (BUG-15)', () => {
    const expected = {
      node: 'n0',
      output: 'o0',
      path: ['rows', 0, 'x'].map((step) => ({
        kind: typeof step === 'number' ? { case: 'index', value: step } : { case: 'key', value: step },
      })),
    }
    expect(pathOf((node) => node.rows[0]!.x)).toMatchObject(expected)
    expect(
      pathOf((node) => {
        const { rows } = node
        void rows[1]!.y
        return rows[0]!.x
      }),
    ).toMatchObject(expected)
  })

  test('exist only where the type has them, with a hint at what is meant', () => {
    expect(() => pathOf((node: any) => node.row[0].x)).toThrow(
      'n0.o0 (ShapeOutput): a value of type ShapeOutput has no .row: it has rows; did you mean rows?',
    )
    expect(() => pathOf((node: any) => node.rows[0].x.z)).toThrow('a value of type integer has no .z: it has no parts')
  })

  test('BUG-24: an index is a whole number of 0 or more', () => {
    expect(() => pathOf((node: any) => node.rows[-1].x)).toThrow('a list is read by an index of 0 or more')
    expect(() => pathOf((node: any) => node.rows.length)).toThrow('a list is read by an index of 0 or more')
    expect(() => pathOf((node: any) => node.rows.map(String))).toThrow('a list is read by an index of 0 or more')
  })

  test('P-7: there are none of what nothing is known about, and of what may be nothing', () => {
    const anything = env.task({ name: freshName(), output: z.any() }, () => ({}))
    const use = (body: () => unknown) => () => workflow({ env, name: freshName() }, () => void body()).compile()
    expect(use(() => (anything.node() as any).x)).toThrow('nothing is known about its shape')
    expect(use(() => (maybe.node({ n: 1 }) as any).x)).toThrow('it may be nothing')
  })

  test('of a task with named outputs are those', () => {
    const use = (body: (node: any) => unknown) => () =>
      workflow({ env, name: freshName() }, () => void body(both.node({ a: 1 }))).compile()
    expect(use((node) => node.sum)).not.toThrow()
    expect(use((node) => node.lable)).toThrow(
      'task wf.both has no output lable: it has label, sum; did you mean label?',
    )
  })

  test('the line of what is wrong is said', () => {
    const body = () => (both.node({ a: 1 }) as any).lable
    expect(() => workflow({ env, name: freshName() }, body).compile()).toThrow(/references\.test\.ts:\d+:\d+\)$/)
  })
})
