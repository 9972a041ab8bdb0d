import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type BindError, workflow } from '../workflows.ts'
import {
  both,
  double,
  env,
  freshName,
  half,
  join,
  maybe,
  nothing,
  optional,
  point,
  shape,
  sum,
  text,
} from './test/tasks.ts'
import { Dir } from '../io/dir.ts'

const inputs = { n: z.int(), s: z.string(), opt: z.int().optional(), color: z.enum(['red', 'blue']) }
type Inputs = { n: any; s: any; opt: any; color: any }

function compile(body: (inputs: Inputs) => unknown) {
  return workflow({ env, name: freshName(), inputs }, (given) => void body(given)).compile()
}

function nodes(body: (inputs: Inputs) => unknown) {
  return compile(body).message.graph?.nodes ?? []
}

/** The bindings of the last node, as JSON. */
function bindings(body: (inputs: Inputs) => unknown): unknown {
  const { graph } = compile(body).toJSON() as { graph: { nodes: { inputs?: { name: string; value: unknown }[] }[] } }
  return Object.fromEntries(graph.nodes.at(-1)?.inputs?.map(({ name, value }) => [name, value]) ?? [])
}

const integer = (value: number) => ({ literal: { scalar: { primitive: { integer: String(value) } } } })
const string = (value: string) => ({ literal: { scalar: { primitive: { stringValue: value } } } })

describe('what an input can be given', () => {
  test('B-1: a constant, a reference, a list, a record', () => {
    expect(bindings(({ n }) => both.node({ a: n, b: 'x' }))).toEqual({
      a: { reference: { output: 'n' } },
      b: string('x'),
    })
    expect(bindings(({ n }) => sum.node({ l: [1, n, double.node({ n })] }))).toEqual({
      l: { list: { items: [integer(1), { reference: { output: 'n' } }, { reference: { node: 'n0', output: 'o0' } }] } },
    })
    expect(bindings(({ s }) => join.node({ m: { b: 'x', a: s } }))).toEqual({
      m: {
        map: {
          entries: [
            { name: 'a', value: { reference: { output: 's' } } },
            { name: 'b', value: string('x') },
          ],
        },
      },
    })
    expect(bindings(({ n }) => shape.node({ p: { x: n, y: 'k' } }))).toMatchObject({
      p: {
        record: {
          fields: [
            { name: 'x', value: { reference: { output: 'n' } } },
            { name: 'y', value: string('k') },
          ],
        },
      },
    })
  })

  test('B-2, P-2: a reference makes its node one that comes before, the inputs of the workflow none', () => {
    const [first, second] = nodes(({ n }) => double.node({ n: double.node({ n }) }))
    expect(first?.upstream).toEqual([])
    expect(second?.upstream).toEqual(['n0'])
  })

  test('B-4: at any depth, and the node comes after all of them', () => {
    const [, , last] = nodes(({ n }) => {
      const [a, b] = [double.node({ n }), double.node({ n: 2 })]
      return shape.node({ p: { x: b, y: 'k' }, l: [a, 3] })
    })
    expect(last?.upstream).toEqual(['n0', 'n1'])
  })

  test('B-6, TS-1: a node with named outputs is a record of them', () => {
    const take = env.task(
      { name: freshName(), inputs: { r: z.object({ sum: z.int(), label: z.string() }) }, output: z.int() },
      ({ r }) => r.sum,
    )
    expect(bindings(({ n }) => take.node({ r: both.node({ a: n }) }))).toEqual({
      r: {
        record: {
          fields: [
            { name: 'label', value: { reference: { node: 'n0', output: 'label' } } },
            { name: 'sum', value: { reference: { node: 'n0', output: 'sum' } } },
          ],
        },
      },
    })
  })

  test('B-7: constants beside references are checked, and written, by the schema of their place', () => {
    const paint = z.object({ c: z.enum({ RED: 'red', BLUE: 'blue' }), n: z.int(), at: z.date().default(new Date(0)) })
    const task = env.task(
      { name: freshName(), inputs: { l: z.array(paint), t: z.tuple([z.int(), z.int().min(5)]) }, output: z.int() },
      () => 1,
    )
    const node = (c: string, least: number) => () =>
      bindings(({ n }) => task.node({ l: [{ c: c as never, n }], t: [n, least] }))
    expect(node('red', 5)()).toMatchObject({
      l: { list: { items: [{ record: { fields: [{ name: 'c', value: string('RED') }, { name: 'n' }] } }] } },
      t: { record: { fields: [{ name: 'item_0' }, { name: 'item_1', value: integer(5) }] } },
    })
    expect(node('green', 5)).toThrow(/input l of task wf\.wf\d+\[0\]\.c: expected "RED" \| "BLUE", got string "green"/)
    expect(node('red', 4)).toThrow('[1]')
  })

  test('B-5, X-21: of a union it becomes the variant that fits', () => {
    expect(bindings(({ n }) => optional.node({ n }))).toEqual({
      n: { union: { value: { reference: { output: 'n' } }, type: { simple: 'INTEGER', structure: { tag: 'int' } } } },
    })
    expect(bindings(({ opt }) => optional.node({ n: opt }))).toEqual({ n: { reference: { output: 'opt' } } })
    expect(bindings(() => optional.node({ n: 3 }))).toMatchObject({ n: { literal: { scalar: { union: {} } } } })
  })

  test('B-8: what is left out has its default, frozen into the graph', () => {
    expect(bindings(() => both.node({ a: 1 }))).toEqual({ a: integer(1), b: string('z') })
    expect(bindings(() => optional.node())).toMatchObject({ n: { literal: { scalar: { union: {} } } } })
  })

  test('B-9: a default may be a list', () => {
    expect(bindings(() => shape.node({ p: { x: 1, y: 'a' } }))).toMatchObject({ l: { literal: { collection: {} } } })
  })

  test('B-11: bindings are in the order of their names', () => {
    const [node] = nodes(({ n, s }) => both.node({ b: s, a: n }))
    expect(node?.inputs.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('P-6: a part of a value', () => {
    expect(bindings(() => double.node({ n: shape.node({ p: { x: 1, y: 'a' } }).rows[0]!.x }))).toEqual({
      n: { reference: { node: 'n0', output: 'o0', path: [{ key: 'rows' }, { index: 0 }, { key: 'x' }] } },
    })
  })
})

describe('what it cannot be given', () => {
  test.each<[string, (inputs: Inputs) => unknown, string]>([
    [
      'B-3, BUG-17, X-23: another type',
      ({ s }) => double.node({ n: s }),
      'input n of task wf.double: expected integer, got string from input s',
    ],
    [
      'X-23: an integer for a float',
      ({ n }) => half.node({ n }),
      'input n of task wf.half: expected float, got integer from input n',
    ],
    [
      'X-23: what may be nothing',
      ({ n }) => double.node({ n: maybe.node({ n }) as never }),
      'expected integer, got integer | none from n0.o0',
    ],
    ['X-23: text for an enum', ({ s }) => paint.node({ c: s }), 'expected "red" | "blue", got string from input s'],
    [
      'B-3: a list of what may be nothing',
      ({ n }) => sum.node({ l: [n, maybe.node({ n }) as never] }),
      'input l of task wf.sum[1]: expected integer, got integer | none from n0.o0',
    ],
    [
      'B-4: a record for a number',
      ({ n }) => double.node({ n: { x: n } as never }),
      'expected integer, got an object with references in it',
    ],
    [
      'B-4: a list for a number',
      ({ n }) => double.node({ n: [n] as never }),
      'expected integer, got a list with references in it',
    ],
    [
      'B-4: an object with another property',
      ({ n }) => shape.node({ p: { x: n, y: 'a', z: 1 } as never }),
      'a value of type P has no .z: it has x, y, note',
    ],
    [
      'B-4: an object without one',
      ({ n }) => shape.node({ p: { x: n } as never }),
      'expected P, got an object without y',
    ],
    [
      'B-4: a property of another type',
      ({ s }) => shape.node({ p: { x: s, y: 'a' } }),
      'input p of task wf.shape.x: expected integer, got string from input s',
    ],
    [
      'B-4: a constant property of another type',
      ({ n }) => shape.node({ p: { x: n, y: 5 } as never }),
      'input p of task wf.shape.y: expected string, got',
    ],
    [
      'B-7: a constant that the schema refuses',
      () => double.node({ n: 1.5 }),
      'input n of task wf.double: expected integer, got',
    ],
    [
      'B-7: a constant of another type',
      () => double.node({ n: 'x' as never }),
      'input n of task wf.double: expected integer, got string "x"',
    ],
    [
      'B-9: nothing where there is no default',
      () => double.node({} as never),
      'input n of task wf.double (integer) was not given',
    ],
    [
      'B-10: an input that there is not',
      ({ n }) => double.node({ n, m: 1 } as never),
      'task wf.double has no input m: it takes n; did you mean n?',
    ],
    [
      'B-10: several',
      ({ n }) => double.node({ n, aa: 1, bb: 2 } as never),
      'task wf.double has no input aa, bb: it takes n',
    ],
    [
      'P-12: a node that gives nothing',
      () => text.node({ s: nothing.node() as never }),
      'expected string, got n0, but task wf.nothing returns nothing',
    ],
    ['a promise', () => double.node({ n: Promise.resolve(1) as never }), 'expected integer, got a promise'],
    ['a function', () => double.node({ n: (() => 1) as never }), 'expected integer, got a function'],
    ['O-1: no object', () => double.node(5 as never), 'task wf.double takes one object of inputs, got number 5'],
    [
      'a reference for all inputs',
      ({ n }) => double.node(n),
      'task wf.double takes one object of inputs, got the reference input n',
    ],
  ])('%s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  const paint = env.task({ name: 'paint', inputs: { c: z.enum(['red', 'blue']) }, output: z.string() }, ({ c }) => c)

  test('X-23: an enum is text', () => {
    expect(() => compile(({ color }) => [paint.node({ c: color }), text.node({ s: color })])).not.toThrow()
  })

  test('TS-6: the error has all of it as fields', () => {
    try {
      compile(({ s }) => double.node({ n: s }))
      expect.unreachable()
    } catch (error) {
      const { graph, node, input, expected, actual, source, message } = error as BindError
      expect({ graph, node, input, expected, actual }).toEqual({
        graph: expect.stringMatching(/^wf\.wf\d+$/),
        node: 'n0',
        input: 'n',
        expected: 'integer',
        actual: 'string from input s',
      })
      expect(source).toMatch(/bind\.test\.ts:\d+:\d+$/)
      expect(message).toBe(
        `workflow ${graph}, node n0: input n of task wf.double: expected integer, got string from input s (${source})`,
      )
    }
  })

  test('a schema that answers later', () => {
    const later = z.string().refine(async (value) => value !== '')
    const task = env.task({ name: freshName(), inputs: { v: later }, output: z.string() }, ({ v }) => v)
    expect(() => compile(() => task.node({ v: 'x' }))).toThrow('got a value that its schema checks asynchronously')
    expect(() => compile(({ s }) => task.node({ v: s }))).not.toThrow()
  })

  test('a folder that is not in storage yet', () => {
    const list = env.task({ name: freshName(), inputs: { d: Dir.schema() }, output: z.int() }, () => 1)
    expect(() => compile(() => list.node({ d: Dir.fromLocal('/nowhere') as never }))).toThrow(
      'got a file or folder that is not in storage',
    )
    expect(() => compile(() => list.node({ d: Dir.remote('s3://bucket/d') }))).not.toThrow()
  })

  test('X-23: an object with fewer properties', () => {
    const take = env.task(
      { name: freshName(), inputs: { p: point.pick({ x: true }) }, output: z.int() },
      ({ p }) => p.x,
    )
    const more = env.task({ name: freshName(), inputs: { p: point.required() }, output: z.int() }, ({ p }) => p.x)
    const row = () => shape.node({ p: { x: 1, y: 'a' } }).rows[0]!
    expect(() => compile(() => take.node({ p: row() }))).not.toThrow()
    expect(() => compile(() => more.node({ p: row() as never }))).toThrow('expected P, got')
  })
})
