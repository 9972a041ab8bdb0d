import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { type InputsOf, type ResultOf, run, TaskEnvironment } from '../index.ts'
import {
  and,
  type AnyNode,
  approve,
  backfill,
  chain,
  dynamic,
  echo,
  eq,
  fail,
  graph,
  gt,
  isNone,
  isTrue,
  type ItemResult,
  itemResults,
  mapOver,
  nodeFailure,
  type Ref,
  signal,
  type ValueOf,
  type VoidNode,
  when,
  workflow,
} from '../workflows.ts'

const env = new TaskEnvironment({ name: 'types' })

const double = env.task({ name: 'double', inputs: { n: z.int() }, output: z.int() }, ({ n }) => n)
const both = env.task(
  { name: 'both', inputs: { a: z.int(), b: z.string().default('z') }, outputs: { sum: z.int(), label: z.string() } },
  ({ a, b }) => ({ sum: a, label: b }),
)
const rows = env.task(
  {
    name: 'rows',
    inputs: { p: z.object({ x: z.int(), d: z.date() }) },
    output: z.array(z.object({ id: z.int(), name: z.string(), at: z.date() })),
  },
  () => [],
)
const nothing = env.task({ name: 'nothing' }, () => {})
const total = env.task({ name: 'total', inputs: { l: z.array(z.int()) }, output: z.int() }, ({ l }) => l.length)
const countResults = env.task({ name: 'count', inputs: { l: itemResults(z.int()) }, output: z.int() }, ({ l }) => {
  expectTypeOf(l).toEqualTypeOf<ItemResult<number>[]>()
  return l.length
})
const maybe = env.task({ name: 'maybe', output: z.int().nullable() }, () => null)
const color = env.task({ name: 'color', output: z.enum(['red', 'blue']) }, () => 'red' as const)
const anything = env.task({ name: 'anything', output: z.any() }, () => 1)
const positional = env.task(function add(a: number, b: string) {
  return `${a}${b}`
})
const taken = env.task(function taken({ a, b = 'b' }: { a: number; b?: string }) {
  return `${a}${b}`
})

const wf = workflow(
  {
    env,
    name: 'wf',
    inputs: { n: z.int(), s: z.string().default('s'), o: z.int().optional() },
    outputs: { x: z.int(), y: z.string() },
  },
  ({ n, s, o }) => {
    expectTypeOf(n).toEqualTypeOf<Ref<number>>()
    expectTypeOf(s).toEqualTypeOf<Ref<string>>()
    expectTypeOf<ValueOf<typeof o>>().toEqualTypeOf<number | undefined>()
    return { x: n, y: s }
  },
)

/** Types only: nothing in here is run. */
function inBody(body: (refs: { n: Ref<number>; s: Ref<string>; l: Ref<number[]>; b: Ref<boolean> }) => void): void {
  void body
}

test('what nodes give', () => {
  inBody(() => {
    expectTypeOf(double.node({ n: 1 })).toEqualTypeOf<Ref<number>>()
    expectTypeOf(both.node({ a: 1 }).label).toEqualTypeOf<Ref<string>>()
    expectTypeOf(both.node({ a: 1 }).sum).toEqualTypeOf<Ref<number>>()
    expectTypeOf(nothing.node()).toEqualTypeOf<VoidNode>()
    expectTypeOf(wf.node({ n: 1 }).x).toEqualTypeOf<Ref<number>>()
    expectTypeOf(positional.node([1, 'a'])).toEqualTypeOf<Ref<string>>()
    expectTypeOf(rows.node({ p: { x: 1, d: new Date() } })[0]!.name).toEqualTypeOf<Ref<string>>()
    expectTypeOf<ValueOf<ReturnType<typeof maybe.node>>>().toEqualTypeOf<number | null>()
    // @ts-expect-error P-14: there is no lable
    void both.node({ a: 1 }).lable
    // @ts-expect-error P-14: a number has no parts
    void double.node({ n: 1 }).x
    // @ts-expect-error P-12: it gives nothing
    void nothing.node().x
    // @ts-expect-error P-7: it may be nothing
    void maybe.node().x
    // @ts-expect-error J-4: a date is one value
    void rows.node({ p: { x: 1, d: new Date() } })[0]!.at.getTime
  })
})

test('B-1, B-4, J-8: what inputs take', () => {
  inBody(({ n, s, l }) => {
    double.node({ n })
    double.node({ n: double.node({ n }) })
    both.node({ a: n, b: s })
    rows.node({ p: { x: n, d: new Date() } })
    mapOver(double).node({ n: [1, n] })
    positional.node([n, s])
    // @ts-expect-error B-3: a text is no number
    double.node({ n: s })
    // @ts-expect-error B-3: a list is no number
    double.node({ n: l })
    // @ts-expect-error X-23: what may be nothing is no number
    double.node({ n: maybe.node() })
    // @ts-expect-error P-12: a node that gives nothing
    double.node({ n: nothing.node() })
    // @ts-expect-error B-9: n is missing
    double.node({})
    // @ts-expect-error B-9: the inputs are missing
    double.node()
    // @ts-expect-error B-10: there is no m
    double.node({ n, m: 1 })
    // @ts-expect-error B-4: x is a number
    rows.node({ p: { x: s, d: new Date() } })
    // @ts-expect-error a condition is no value
    double.node({ n: gt(n, 1) })
    // @ts-expect-error a conditional without an else is no value
    double.node({ n: when(gt(n, 1), () => n) })
    // @ts-expect-error the second argument is a text
    positional.node([n, n])
    taken.node({ a: n })
    taken.node([{ a: n, b: s }])
    // @ts-expect-error a is a number
    taken.node({ a: s })
  })
})

test('J-3: references are no values', () => {
  inBody(({ n, s, l, b }) => {
    // @ts-expect-error it is no boolean: the condition is always true
    if (b) chain()
    // @ts-expect-error TS2774
    void (b ? 1 : 2)
    // @ts-expect-error they have nothing in common
    void (n === 1)
    // @ts-expect-error they have nothing in common
    void (s == 'a')
    // @ts-expect-error not a number
    void (n < 1)
    // @ts-expect-error not a number
    void (n + 1)
    // @ts-expect-error not an index
    void [1][n]
    // @ts-expect-error J-4: not iterable
    for (const item of l) void item
    // @ts-expect-error J-4: not iterable
    void [...l]
    // @ts-expect-error J-4: no array
    void l.map
    // @ts-expect-error not a number
    const value: number = n
    void value
    const condition = gt(n, 1)
    // @ts-expect-error a condition is no boolean
    if (condition) chain()
    switch (n) {
      // @ts-expect-error they have nothing in common
      case 1:
        break
      default:
        break
    }
  })
})

test('TS-8: conditions compare like with like', () => {
  inBody(({ n, s, b }) => {
    gt(n, 1)
    gt(n, double.node({ n }))
    eq(s, 'a')
    eq(color.node(), 'red')
    eq(maybe.node(), null)
    eq(maybe.node(), 3)
    isTrue(b)
    isNone(maybe.node())
    // @ts-expect-error a number with a text
    eq(n, 'a')
    // @ts-expect-error a number with a reference to a text
    eq(n, s)
    // @ts-expect-error there is no such color
    eq(color.node(), 'green')
    // @ts-expect-error the reference comes first
    gt(1, n)
    // @ts-expect-error C-3: a boolean is no condition
    and(gt(n, 1), true)
    // @ts-expect-error C-3: a reference is no condition
    when(b, () => n)
    // @ts-expect-error only booleans are true
    isTrue(n)
    // @ts-expect-error an object has no order
    gt(rows.node({ p: { x: 1, d: new Date() } }), 1)
  })
})

test('C-7, C-8: what conditionals give', () => {
  inBody(({ n, s }) => {
    expectTypeOf(when(gt(n, 1), () => double.node({ n })).else(() => n)).toEqualTypeOf<Ref<number>>()
    expectTypeOf(
      when('x', gt(n, 1), () => n)
        .elif(gt(n, 0), () => n)
        .else(() => fail('no')),
    ).toEqualTypeOf<Ref<number>>()
    const either = when(gt(n, 1), () => n).else(() => s)
    expectTypeOf<ValueOf<typeof either>>().toEqualTypeOf<number | string>()
    const common = when(gt(n, 1), () => both.node({ a: n })).else(() => ({ label: s, other: n }))
    expectTypeOf(common.label).toEqualTypeOf<Ref<string>>()
    // @ts-expect-error only one of them gives it
    void common.sum
    expectTypeOf(when(gt(n, 1), () => n).else(() => nothing.node())).toEqualTypeOf<VoidNode>()
    expectTypeOf(when(gt(n, 1), () => {}).else(() => {})).toEqualTypeOf<VoidNode>()
    expectTypeOf(when(gt(n, 1), () => fail()).else(() => n)).toEqualTypeOf<Ref<number>>()
    // @ts-expect-error a branch gives references
    when(gt(n, 1), () => 5)
    // @ts-expect-error TS-3: a branch is not asynchronous
    when(gt(n, 1), async () => n)
  })
})

test('A-3: what maps take and give', () => {
  inBody(({ n, l, s }) => {
    expectTypeOf(mapOver(double).node({ n: l })).toEqualTypeOf<Ref<number[]>>()
    expectTypeOf(mapOver(double, { minSuccesses: 1 }).node({ n: l })).toEqualTypeOf<Ref<(number | null)[]>>()
    expectTypeOf(mapOver(double, { minSuccessRatio: 0.5 }).node({ n: l })).toEqualTypeOf<Ref<(number | null)[]>>()
    expectTypeOf(mapOver(double, { onItemError: 'null' }).node({ n: l })).toEqualTypeOf<Ref<(number | null)[]>>()
    const results = mapOver(double, { onItemError: 'result', minSuccesses: 1 }).node({ n: l })
    expectTypeOf(results).toEqualTypeOf<Ref<ItemResult<number>[]>>()
    expectTypeOf<ValueOf<NonNullable<(typeof results)[0]>['ok']>>().toEqualTypeOf<boolean>()
    // @ts-expect-error A-15: it is there only if the item went well
    void results[0]?.value
    countResults.node({ l: results })
    // @ts-expect-error A-15: results are not what the task gives
    total.node({ l: results })
    // @ts-expect-error A-15: there is no such way
    mapOver(double, { onItemError: 'throw' })
    mapOver(both, { bind: { b: s } }).node({ a: l })
    mapOver(both, { concurrency: 2 }).node({ a: [1, n] })
    // @ts-expect-error A-6: b is bound
    mapOver(both, { bind: { b: s } }).node({ a: l, b: [s] })
    // @ts-expect-error n is a list
    mapOver(double).node({ n })
    // @ts-expect-error a list of texts
    mapOver(double).node({ n: [s] })
    // @ts-expect-error n is missing
    mapOver(double).node({})
    // @ts-expect-error A-6: there is no x to bind
    mapOver(double, { bind: { x: 1 } })
    // @ts-expect-error there is no such option
    mapOver(double, { max: 1 })
  })
})

test('G-1: what gates give', () => {
  inBody(({ n }) => {
    expectTypeOf(approve(double.node({ n }))).toEqualTypeOf<Ref<number>>()
    expectTypeOf(echo({ n: z.int(), s: z.string().default('') }, { n }).s).toEqualTypeOf<Ref<string>>()
    // @ts-expect-error Q-9: n is a number
    echo({ n: z.int() }, { n: 'x' })
    expectTypeOf(approve(both.node({ a: n })).label).toEqualTypeOf<Ref<string>>()
    expectTypeOf(signal('who', z.object({ by: z.string() })).by).toEqualTypeOf<Ref<string>>()
    // @ts-expect-error G-3: it gives nothing
    approve(nothing.node())
    // @ts-expect-error a signal has a schema
    signal('who')
  })
})

test('TS-9, N-12: what is said about nodes', () => {
  inBody(({ n, s }) => {
    double.node({ n }, { retries: 1, timeout: '5m', nodeName: 'a', name: 'A', after: nothing.node() })
    wf.node({ n }, { nodeName: 'b', after: [double.node({ n })] })
    // @ts-expect-error N-12: a number that is known
    double.node({ n }, { retries: n })
    // @ts-expect-error N-12: a text that is known
    double.node({ n }, { nodeName: s })
    // @ts-expect-error N-15: a workflow has no retries of its own as a node
    wf.node({ n }, { retries: 1 })
    // @ts-expect-error there is no such option
    double.node({ n }, { retry: 1 })
  })
})

test('what bodies return', () => {
  workflow({ env, name: 'a', inputs: { n: z.int() }, output: z.int() }, ({ n }) => double.node({ n }))
  workflow({ env, name: 'b', output: z.array(z.int()) }, () => [1, double.node({ n: 1 })])
  workflow({ env, name: 'c', outputs: { sum: z.int(), label: z.string() } }, () => both.node({ a: 1 }))
  workflow({ env, name: 'd' }, () => nothing.node())
  workflow({ env, name: 'e' }, () => {})
  // @ts-expect-error W-7: a text is no number
  workflow({ env, name: 'f', inputs: { s: z.string() }, output: z.int() }, ({ s }) => s)
  // @ts-expect-error W-7: b is missing
  workflow({ env, name: 'g', inputs: { n: z.int() }, outputs: { a: z.int(), b: z.int() } }, ({ n }) => ({ a: n }))
  // @ts-expect-error W-7: nothing is returned
  workflow({ env, name: 'h', output: z.int() }, () => {})
  // @ts-expect-error TS-3: the body is asynchronous
  workflow({ env, name: 'i', output: z.int() }, async () => double.node({ n: 1 }))
  // @ts-expect-error there is no input m
  workflow({ env, name: 'j', inputs: { n: z.int() } }, ({ m }) => m)
  // @ts-expect-error it belongs to an environment
  workflow({ name: 'k' }, () => {})
  // @ts-expect-error there is no such option
  workflow({ env, name: 'l', retrys: 1 }, () => {})
})

test('constants are as narrow as what they are for', () => {
  const shade = z.enum(['red', 'blue'])
  const inputs = { n: z.int() }
  workflow({ env, name: 'p', inputs, output: shade }, () => 'red')
  workflow({ env, name: 'q', inputs, outputs: { c: shade, n: z.int() } }, ({ n }) => ({ c: 'red', n }))
  const whole = z.object({ c: shade, l: z.array(z.object({ c: shade, n: z.int() })) })
  workflow({ env, name: 'r', inputs, outputs: { w: whole } }, ({ n }) => ({ w: { c: 'red', l: [{ c: 'blue', n }] } }))
  dynamic({ env, name: 's', inputs, outputs: { w: whole } }, () => ({ w: { c: 'red', l: [] } }))
  // @ts-expect-error there is no such shade
  workflow({ env, name: 't', inputs, output: shade }, () => 'green')
  const take = env.task({ name: 'take', inputs: { w: whole } }, () => {})
  inBody(({ n }) => take.node({ w: { c: 'red', l: [{ c: 'blue', n }] } }))
  // @ts-expect-error there is no such shade
  inBody(({ n }) => take.node({ w: { c: 'green', l: [{ c: 'blue', n }] } }))
})

test('W-16: failure handlers', () => {
  const inputs = { n: z.int(), s: z.string() }
  const good = env.task({ name: 'good', inputs: { ...inputs, err: nodeFailure, more: z.int().default(1) } }, () => {})
  const needy = env.task({ name: 'needy', inputs: { ...inputs, more: z.int() } }, () => {})
  const other = env.task({ name: 'other', inputs: { n: z.string(), s: z.string() } }, () => {})
  workflow({ env, name: 'm', inputs, onFailure: good }, () => {})
  // @ts-expect-error it needs more
  workflow({ env, name: 'n', inputs, onFailure: needy }, () => {})
  // @ts-expect-error its n is a text
  workflow({ env, name: 'o', inputs, onFailure: other }, () => {})
})

test('a workflow is a task', () => {
  expectTypeOf<InputsOf<typeof wf>>().toEqualTypeOf<{ n: number; s?: string | undefined; o?: number | undefined }>()
  expectTypeOf<ResultOf<typeof wf>>().toEqualTypeOf<{ x: number; y: string }>()
  expectTypeOf(wf({ n: 1 })).resolves.toEqualTypeOf<{ x: number; y: string }>()
  expectTypeOf(wf.run({ n: 1 })).resolves.toEqualTypeOf<{ x: number; y: string }>()
  expectTypeOf(run(wf, { n: 1 }).then((handle) => handle.outputs())).resolves.toEqualTypeOf<{ x: number; y: string }>()
  expectTypeOf(wf.compile().digest).toEqualTypeOf<string>()
  // @ts-expect-error n is missing
  void wf.run({})
})

test('D-2: a dynamic task has values, and makes nodes', () => {
  const fan = dynamic({ env, name: 'fan', inputs: { n: z.int() }, output: z.array(z.int()) }, ({ n }) => {
    expectTypeOf(n).toEqualTypeOf<number>()
    return Array.from({ length: n }, (_, i) => double.node({ n: i }))
  })
  expectTypeOf(fan({ n: 1 })).resolves.toEqualTypeOf<number[]>()
  inBody(({ n }) => void expectTypeOf(fan.node({ n })).toEqualTypeOf<Ref<number[]>>())
  dynamic({ env, name: 'late', output: z.int() }, async () => double.node({ n: 1 }))
  // @ts-expect-error it returns a number
  dynamic({ env, name: 'bad', output: z.int() }, () => 'x')
})

test('IW-1: graphs that are made', () => {
  const g = graph({ env, name: 'made' })
    .input('n', z.int())
    .input('p', z.object({ x: z.string() }))
  expectTypeOf(g.inputs.n).toEqualTypeOf<Ref<number>>()
  expectTypeOf(g.inputs.p.x).toEqualTypeOf<Ref<string>>()
  const node = g.add(both, { a: g.inputs.n })
  const built = g.output('label', node.label).output('l', [node.sum, 1], z.array(z.int())).build()
  expectTypeOf(built({ n: 1, p: { x: '' } })).resolves.toEqualTypeOf<{ label: string; l: number[] }>()
  const picked: Ref<number> = g.within(({ n }) => when(gt(n, 1), () => n).else(() => n))
  void picked
  // @ts-expect-error a is a number
  g.add(both, { a: g.inputs.p.x })
  // @ts-expect-error there is no m
  void g.inputs.m
  // @ts-expect-error a list needs a schema
  g.output('x', [node.sum])
  expectTypeOf(backfill(double, { env, name: 'b', from: new Date(), to: new Date() }).first).toEqualTypeOf<Date>()
})

test('chains', () => {
  inBody(({ n }) => {
    chain(double.node({ n }), [nothing.node(), both.node({ a: n })], n)
    expectTypeOf(double.node({ n })).toExtend<AnyNode>()
    expectTypeOf(nothing.node()).toExtend<AnyNode>()
    // @ts-expect-error a number is no node
    chain(double.node({ n }), 1)
    void anything.node()
  })
})
