import { describe, expect, test } from 'vitest'
import { workflowOfTemplate } from '@tern/core/workflow'
import { z } from 'zod'
import { run } from '../authoring/run.ts'
import { definitionOf } from '../authoring/task.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { deployedTask } from '../authoring/deployed-task.ts'
import { chain, dynamic, gt, mapOver, type NodeFailure, nodeFailure, sleep, when, workflow } from '../workflows.ts'
import { both, broken, double, env, freshName, nothing, one, ran, sum } from './test/tasks.ts'

const fan = dynamic(
  { env, name: 'fan', inputs: { n: z.int(), by: z.int().default(1) }, output: z.array(z.int()), retries: 2 },
  ({ n, by }) => Array.from({ length: n }, (_, i) => double.node({ n: i * by })),
)

describe('D-1, V-5: a dynamic task', () => {
  const wf = workflow({ env, name: 'with-fan', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
    sum.node({ l: fan.node({ n }) }),
  )

  test('is one node of the graph it is in', () => {
    const { message } = wf.compile()
    expect(message.graph?.nodes[0]).toMatchObject({
      id: 'n0',
      inputs: [{ name: 'by' }, { name: 'n' }],
      outputs: { variables: [{ key: 'o0' }] },
      kind: { case: 'dynamic', value: { entity: 0 } },
    })
    expect(message.entities[0]?.kind.value).toMatchObject({
      taskTemplate: { id: { name: 'wf.fan-graph' }, type: 'typescript', metadata: { retries: { retries: 2 } } },
    })
  })

  test('D-2, D-4, D-5: runs its body with values, and what it says becomes part of the run', async () => {
    const handle = await run.local(wf, { n: 4 })
    expect(await handle.outputs()).toBe(12)
  })

  test('D-3: makes nothing, if there is nothing to do', async () => {
    expect(await wf.run({ n: 0 })).toBe(0)
    const constant = dynamic({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => n + 1)
    expect(await workflow({ env, name: freshName(), output: z.int() }, () => constant.node({ n: 1 })).run()).toBe(2)
  })

  test('can be run, deployed and called by itself', async () => {
    expect(await (await run.local(fan, { n: 3, by: 2 })).outputs()).toEqual([0, 4, 8])
    const caller = env.task({ name: freshName(), output: z.array(z.int()) }, () => fan({ n: 2 }))
    expect(await (await run.local(caller)).outputs()).toEqual([0, 2])
    const { taskTemplate } = toTaskSpec(definitionOf(fan), {
      org: '',
      project: '',
      domain: '',
      version: 'v',
      bundleUri: 'b',
    })
    expect(taskTemplate).toMatchObject({
      type: 'workflow',
      interface: { inputs: { variables: [{ key: 'by' }, { key: 'n' }] } },
    })
    expect(workflowOfTemplate(taskTemplate).graph?.nodes).toMatchObject([{ kind: { case: 'dynamic' } }])
  })

  test('D-11, BUG-8: is made anew for each call', async () => {
    const twice = workflow({ env, name: freshName(), outputs: { a: z.array(z.int()), b: z.array(z.int()) } }, () => ({
      a: fan.node({ n: 1 }),
      b: fan.node({ n: 2, by: 3 }),
    }))
    expect(await twice.run()).toEqual({ a: [0], b: [0, 6] })
  })

  test('D-10: may hold anything that a workflow may', async () => {
    const inner = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      double.node({ n }),
    )
    const rich = dynamic({ env, name: freshName(), inputs: { l: z.array(z.int()) }, output: z.int() }, ({ l }) => {
      const pause = sleep('1ms')
      const mapped = mapOver(double, { concurrency: 2 }).node({ n: l }, { after: pause })
      const nested = fan.node({ n: l.length })
      return when(gt(mapped[0]!, 1), () => inner.node({ n: nested[1]! })).else(() => one.node())
    })
    expect(await (await run.local(rich, { l: [1, 2] })).outputs()).toBe(4)
  })

  test('named outputs, and none', async () => {
    const named = dynamic({ env, name: freshName(), outputs: { sum: z.int(), label: z.string() } }, () =>
      both.node({ a: 1 }),
    )
    expect(await (await run.local(named)).outputs()).toEqual({ sum: 3, label: 'z1' })
    const none = dynamic({ env, name: freshName(), inputs: { s: z.string() } }, ({ s }) => nothing.node({ s }))
    ran.length = 0
    await (await run.local(none, { s: 'dyn' })).outputs()
    expect(ran).toEqual(['nothing dyn'])
  })

  test('its body may await what is no task', async () => {
    const late = dynamic({ env, name: freshName(), output: z.int() }, async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return double.node({ n: 2 })
    })
    expect(await (await run.local(late)).outputs()).toBe(4)
  })

  test('N-6: what its node does otherwise', () => {
    const { message } = workflow({ env, name: freshName(), output: z.array(z.int()) }, () =>
      fan.node({ n: 1 }, { timeout: '1m', nodeName: 'f' }),
    ).compile()
    expect(message.graph?.nodes[0]).toMatchObject({
      id: 'f',
      kind: { value: { overrides: { timeout: { seconds: 60n } } } },
    })
  })

  test('D-6: a deployed task is called by name there too', async () => {
    const far = deployedTask({ name: 'far.away', inputs: { n: z.int() }, output: z.int() })
    const calls = dynamic({ env, name: freshName(), output: z.int() }, () => far.node({ n: 1 }))
    await expect((await run.local(calls)).outputs()).rejects.toThrow('task far.away is deployed on a server')
  })
})

test('P-10, O-5: dynamic nodes stand in chains, and take from each other, as all do', async () => {
  const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
    const first = fan.node({ n })
    const second = fan.node({ n: first[1]!, by: 10 })
    chain(first, nothing.node({ s: 'between' }), [second, nothing.node({ s: 'beside' })])
    return when(gt(second[1]!, 5), () => sum.node({ l: fan.node({ n: 3, by: second[1]! }) })).else(() => one.node())
  })
  ran.length = 0
  expect(await wf.run({ n: 2 })).toBe(120)
  expect(ran.indexOf('nothing between')).toBeGreaterThan(ran.indexOf('double 1'))
  expect(ran.indexOf('nothing between')).toBeLessThan(ran.indexOf('double 10'))
})

describe('what goes wrong in it', () => {
  test('D-4: a value where there is none yet', async () => {
    const wrong = dynamic({ env, name: freshName(), output: z.int() }, () => (one.node() as unknown as number) + 1)
    await expect((await run.local(wrong)).outputs()).rejects.toThrow('dn0.o0 cannot be made a value')
  })

  test('a task that is called, rather than made a node', async () => {
    const wrong = dynamic({ env, name: freshName(), output: z.int() }, async () => (await one()) as never)
    await expect((await run.local(wrong)).outputs()).rejects.toThrow('task wf.one was called in the body of a workflow')
  })

  test('N-2: its nodes are numbered dn0, dn1 …, and checked as those of any other', async () => {
    const wrong = dynamic({ env, name: freshName(), output: z.int() }, () => {
      one.node()
      return double.node({ n: 'x' as never })
    })
    await expect((await run.local(wrong)).outputs()).rejects.toThrow(
      'node dn1: input n of task wf.double: expected integer',
    )
  })

  test('D-9: a node that fails, fails it', async () => {
    const fails = dynamic({ env, name: freshName(), output: z.int() }, () => broken.node({ s: 'inside' }))
    await expect((await run.local(fails)).outputs()).rejects.toThrow('broken inside')
  })

  test('D-9, W-2: inside of what finishes what it can, the others go on, and the handler knows all that failed', async () => {
    const fails = dynamic({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
      double.node({ n })
      return broken.node({ s: `inside ${n}` })
    })
    const told: NodeFailure[] = []
    const tell = env.task({ name: freshName(), inputs: { n: z.int(), err: nodeFailure } }, ({ err }) => {
      told.push(err)
    })
    const options = { inputs: { n: z.int() }, failurePolicy: 'finishExecutable', onFailure: tell } as const
    const wf = workflow({ env, name: freshName(), ...options }, ({ n }) => {
      double.node({ n: fails.node({ n }) })
      chain(sleep('5ms'), double.node({ n: double.node({ n: 50 }) }))
      fails.node({ n: 2 }, { nodeName: 'other' })
    })
    ran.length = 0
    await expect(wf.run({ n: 1 })).rejects.toThrow('node n0/dn1 failed: broken inside 1 (and so did other/dn1)')
    expect(ran).toEqual(expect.arrayContaining(['double 50', 'double 100']))
    expect(told.map(({ failedNodeId }) => failedNodeId)).toEqual(['n0/dn1'])
    expect(told[0]?.failures.map(({ failedNodeId, message, attempt }) => [failedNodeId, message, attempt])).toEqual([
      ['n0/dn1', 'broken inside 1', 1],
      ['other/dn1', 'broken inside 2', 1],
    ])
  })

  test('D-9: inside of what fails at once, what the other dynamic node runs is aborted', async () => {
    const aborted: string[] = []
    const begun = Promise.withResolvers<void>()
    const waits = env.task({ name: freshName(), output: z.int() }, async (_, { signal }) => {
      begun.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      aborted.push(String(signal.reason))
      return 1
    })
    const slow = dynamic({ env, name: freshName(), output: z.int() }, () => waits.node())
    const fails = dynamic({ env, name: freshName(), output: z.int() }, async () => {
      await begun.promise
      return broken.node({ s: 'first' })
    })
    const wf = workflow({ env, name: freshName() }, () => {
      slow.node()
      fails.node()
    })
    await expect(wf.run()).rejects.toThrow('broken first')
    await expect.poll(() => aborted).toEqual([expect.stringContaining('failed')])
  })

  test('it needs an environment and a body', () => {
    expect(() => dynamic({ name: 'x' } as never, () => undefined)).toThrow('dynamic x: env must be its TaskEnvironment')
    expect(() => dynamic({ env, name: 'x' }, undefined as never)).toThrow('the second argument must be its body')
  })
})
