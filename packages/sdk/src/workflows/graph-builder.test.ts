import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { triggerTime } from '../authoring/trigger.ts'
import { backfill, chain, graph, gt, mapOver, nodeFailure, when, workflow } from '../workflows.ts'
import { both, broken, double, env, freshName, maybe, one, sum } from './test/tasks.ts'

describe('IW-1, IW-9: a graph that is made step by step', () => {
  test('IW-2, IW-3, IW-4, IW-7: has inputs, nodes and outputs, and runs', async () => {
    const g = graph({ env, name: 'imp' }).input('n', z.int())
    const twice = g.add(double, { n: g.inputs.n }, { nodeName: 'twice' })
    const node = g.add(both, { a: twice })
    const built = g.output('sum', node.sum).output('l', [twice, 1], z.array(z.int())).build()
    expect(await built.run({ n: 2 })).toEqual({ sum: 6, l: [4, 1] })
    expect(built.compile().message.graph?.nodes.map(({ id }) => id)).toEqual(['twice', 'n1'])
  })

  test('IW-9: is the primitive: the same graph as from a body', () => {
    const g = graph({ env, name: 'same' }).input('n', z.int())
    const made = g.output('a', g.add(double, { n: g.inputs.n })).build()
    const { graph: ours } = made.compile().message
    const body = workflow({ env, name: 'same2', inputs: { n: z.int() }, outputs: { a: z.int() } }, ({ n }) => ({
      a: double.node({ n }),
    }))
    const { graph: theirs } = body.compile().message
    const plain = ({ nodes, outputs }: NonNullable<typeof ours>) => ({
      nodes: nodes.map((node) => ({ ...node, source: undefined })),
      outputs,
    })
    expect(plain(ours!)).toEqual(plain(theirs!))
  })

  test('IW-6, BUG-31: takes conditionals, maps and chains, in its own scope', async () => {
    const g = graph({ env, name: freshName() }).input('n', z.int())
    const picked = g.within(({ n }) => when(gt(n, 1), () => double.node({ n })).else(() => one.node()))
    const mapped = g.within(() => {
      const map = mapOver(double).node({ n: [picked, 1] })
      chain(picked, map)
      return map
    })
    const built = g.output('sum', g.add(sum, { l: mapped })).build()
    expect(await built.run({ n: 3 })).toEqual({ sum: 14 })
  })

  test('IW-6: has a failure handler', async () => {
    const seen: string[] = []
    const handler = env.task(
      { name: freshName(), inputs: { s: z.string(), err: nodeFailure } },
      ({ err }) => void seen.push(err.failedNodeId),
    )
    const g = graph({ env, name: freshName() }).input('s', z.string())
    g.add(broken, { s: g.inputs.s })
    const built = g.onFailure(handler).build()
    await expect(built.run({ s: 'x' })).rejects.toThrow('broken x')
    expect(seen).toEqual(['n0'])
  })

  test('IW-8: is a workflow as any other, as part of one too', async () => {
    const g = graph({ env, name: freshName() }).input('n', z.int())
    const part = g.output('o', g.add(double, { n: g.inputs.n })).build()
    const whole = workflow({ env, name: freshName(), output: z.int() }, () => part.node({ n: 4 }).o)
    expect(await whole.run()).toBe(8)
  })

  test('IW-4: an output may be a part of a value, or what may be nothing', async () => {
    const g = graph({ env, name: freshName() }).input('p', z.object({ x: z.int(), l: z.array(z.string()) }))
    const built = g
      .output('x', g.add(double, { n: g.inputs.p.x }))
      .output('l', g.inputs.p.l)
      .output('m', g.add(maybe, { n: 0 }))
      .build()
    expect(await built.run({ p: { x: 1, l: ['a'] } })).toEqual({ x: 2, l: ['a'], m: null })
  })

  test.each<[string, () => unknown, string]>([
    [
      'T-4: what is said step by step, as an option',
      () => graph({ env, name: 'x', inputs: {} } as never),
      'graph x does not take the option inputs',
    ],
    [
      'IW-2: an input twice',
      () => graph({ env, name: 'x' }).input('n', z.int()).input('n', z.int()),
      'there is an input n already',
    ],
    [
      'IW-4: an output twice',
      () => {
        const g = graph({ env, name: 'x' })
        const o = g.add(one)
        return g.output('a', o).output('a', o)
      },
      'there is an output a already',
    ],
    [
      'IW-4: an output that is a list, without a schema',
      () => {
        const g = graph({ env, name: 'x' })
        return g.output('a', [g.add(one)] as never)
      },
      'the output a is a value that is no reference: it needs a schema',
    ],
    ['IW-5: no node', () => graph({ env, name: 'x' }).build(), 'it is not complete: it has no node'],
    [
      'IW-5: an input that nothing takes',
      () => {
        const g = graph({ env, name: 'x' }).input('n', z.int())
        g.add(one)
        g.build()
      },
      'it is not complete: nothing takes its input n',
    ],
    [
      'IW-3: while another is built',
      () => {
        const g = graph({ env, name: 'x' })
        workflow({ env, name: freshName(), strict: true }, () => void g.add(one))
      },
      'it cannot be added to while the workflow',
    ],
    [
      'after it is built',
      () => {
        const g = graph({ env, name: freshName() })
        g.add(one)
        g.build()
        g.add(one)
      },
      'it is built, and cannot be added to',
    ],
    [
      'an unfinished conditional',
      () => {
        const g = graph({ env, name: freshName() }).input('n', z.int())
        g.within(({ n }) => when(gt(n, 1), () => one.node()))
        g.build()
      },
      'when has no else',
    ],
  ])('refuses %s', (_name, body, message) => expect(body).toThrow(message))

  test('IW-5: tells what is left to do', () => {
    const g = graph({ env, name: freshName() }).input('n', z.int())
    expect(g.problems).toEqual(['it has no node', 'nothing takes its input n'])
    g.add(double, { n: g.inputs.n })
    expect(g.problems).toEqual([])
  })
})

describe('Y-3, Y-4: backfill', () => {
  const times: string[] = []
  const daily = env.task(
    {
      name: 'daily',
      inputs: { at: z.date(), region: z.string() },
      triggers: [
        { name: 'nightly', schedule: '0 2 * * *', inputs: { at: triggerTime, region: 'eu' } },
        {
          name: 'hourly',
          every: '1h',
          startAt: new Date('2026-01-01T00:30:00Z'),
          inputs: { at: triggerTime, region: 'us' },
        },
      ],
    },
    ({ at, region }) => void times.push(`${at.toISOString()} ${region}`),
  )
  const window = { from: new Date('2026-01-01T02:00:00Z'), to: new Date('2026-01-03T02:00:00Z') }

  test('BUG-19: does what was due from one time until just before another, one after the other', async () => {
    const { workflow: filled, first, last } = backfill(daily, { env, name: freshName(), trigger: 'nightly', ...window })
    expect([first, last]).toEqual([new Date('2026-01-01T02:00:00Z'), new Date('2026-01-02T02:00:00Z')])
    const nodes = filled.compile().message.graph?.nodes
    expect(nodes?.map(({ id, upstream }) => [id, ...upstream])).toEqual([
      ['b-2026-01-01t02-00-00z'],
      ['b-2026-01-02t02-00-00z', 'b-2026-01-01t02-00-00z'],
    ])
    times.length = 0
    await filled.run()
    expect(times).toEqual(['2026-01-01T02:00:00.000Z eu', '2026-01-02T02:00:00.000Z eu'])
  })

  test('or all at once, with what is said about each', () => {
    const { workflow: filled } = backfill(daily, {
      env,
      name: freshName(),
      trigger: 'nightly',
      ...window,
      parallel: true,
      retriesPerNode: 2,
      timeoutPerNode: '1h',
    })
    for (const node of filled.compile().message.graph?.nodes ?? []) {
      expect(node.upstream).toEqual([])
      expect(node.kind.value).toMatchObject({ overrides: { retries: { retries: 2 }, timeout: { seconds: 3600n } } })
    }
  })

  test('at a fixed rate too, and in a time zone', () => {
    const one = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-01T02:00:00Z') }
    expect(backfill(daily, { env, name: freshName(), trigger: 'hourly', ...one })).toMatchObject({
      first: new Date('2026-01-01T00:30:00Z'),
      last: new Date('2026-01-01T01:30:00Z'),
    })
    const schedule = {
      schedule: '0 2 * * *',
      timezone: 'Europe/Berlin',
      inputs: { at: triggerTime, region: 'x' },
    } as const
    expect(
      backfill(daily, { env, name: freshName(), schedule, ...one, from: new Date('2026-01-01T00:30:00Z') }),
    ).toMatchObject({
      first: new Date('2026-01-01T01:00:00Z'),
    })
  })

  test.each<[string, object, string]>([
    [
      'no trigger of that name',
      { trigger: 'x' },
      'task wf.daily has no trigger x with a schedule: it has nightly, hourly',
    ],
    ['several triggers', {}, 'task wf.daily has several triggers: name one of nightly, hourly'],
    ['a window that ends before it begins', { trigger: 'nightly', to: window.from }, 'must be after from'],
    [
      'a window without a time',
      { trigger: 'nightly', from: new Date('2026-01-01T03:00:00Z'), to: new Date('2026-01-01T04:00:00Z') },
      'the first time after from is 2026-01-02T02:00:00.000Z',
    ],
    ['a window that is no window', { trigger: 'nightly', from: new Date('x') }, 'from and to must be dates'],
  ])('Y-3: refuses %s', (_name, options, message) => {
    expect(() => backfill(daily, { env, name: freshName(), ...window, ...options })).toThrow(message)
  })

  test('Y-3: a task without a schedule', () => {
    expect(() => backfill(one, { env, name: freshName(), ...window })).toThrow(
      'task wf.one has no trigger with a schedule',
    )
  })
})
