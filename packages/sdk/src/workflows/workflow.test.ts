import { describe, expect, test } from 'vitest'
import { toBinary } from '@bufbuild/protobuf'
import { toBinaryDeterministic } from '@tern/core'
import { checkWorkflow, workflowOfTemplate } from '@tern/core/workflow'
import { WorkflowSchema } from '@tern/idl/graph'
import { z } from 'zod'
import { sleep as sleepOfTasks } from '../authoring/durable-time.ts'
import { run } from '../authoring/run.ts'
import { definitionOf } from '../authoring/task.ts'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { toTaskSpec } from '../authoring/task-spec.ts'
import { chain, dynamic, gt, mapOver, nodeFailure, signal, sleep, when, workflow } from '../workflows.ts'
import {
  both,
  broken,
  double,
  env,
  flaky,
  freshName,
  half,
  nothing,
  one,
  optional,
  ran,
  shape,
  sum,
  text,
} from './test/tasks.ts'

const t1 = env.task(
  { name: 't1', inputs: { a: z.int() }, outputs: { t1_int_output: z.int(), c: z.string() } },
  ({ a }) => ({ t1_int_output: a + 2, c: 'world' }),
)
const t2 = env.task({ name: 't2', inputs: { a: z.string(), b: z.string() }, output: z.string() }, ({ a, b }) => b + a)

/** The example of the reference, §27.1. */
const example = workflow(
  { env, name: 'my-wf', inputs: { a: z.int(), b: z.string() }, outputs: { o0: z.int(), o1: z.string() } },
  ({ a, b }) => {
    const { t1_int_output: x, c: y } = t1.node({ a })
    return { o0: x, o1: t2.node({ a: y, b }) }
  },
)

describe('W-3, Z-1, Z-2: the graph', () => {
  test('§27.1: of the worked example', () => {
    const { graph } = example.compile().message
    expect(graph).toMatchObject({
      name: 'wf.my-wf',
      interface: {
        inputs: { variables: [{ key: 'a' }, { key: 'b' }] },
        outputs: { variables: [{ key: 'o0' }, { key: 'o1' }] },
      },
      nodes: [
        {
          id: 'n0',
          upstream: [],
          inputs: [{ name: 'a', value: { kind: { value: { node: '', output: 'a' } } } }],
          kind: { case: 'call', value: { entity: 0 } },
        },
        {
          id: 'n1',
          upstream: ['n0'],
          inputs: [
            { name: 'a', value: { kind: { value: { node: 'n0', output: 'c' } } } },
            { name: 'b', value: { kind: { value: { node: '', output: 'b' } } } },
          ],
        },
      ],
      outputs: [
        { name: 'o0', value: { kind: { value: { node: 'n0', output: 't1_int_output' } } } },
        { name: 'o1', value: { kind: { value: { node: 'n1', output: 'o0' } } } },
      ],
    })
    expect(graph?.nodes[0]?.source).toMatchObject({
      file: 'packages/sdk/src/workflows/workflow.test.ts',
      line: expect.any(Number),
    })
  })

  test('§27.1: runs', async () => {
    expect(await example.run({ a: 5, b: 'hello ' })).toEqual({ o0: 7, o1: 'hello world' })
  })

  test('W-3: loops and helpers over constants unroll', () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
      let last = n
      for (let i = 0; i < 5; i++) last = double.node({ n: last })
      return last
    })
    expect(wf.compile().message.graph?.nodes.map(({ id }) => id)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
  })

  test('Z-6: nodes that nothing depends on are kept', () => {
    const wf = workflow({ env, name: freshName() }, () => void nothing.node({ s: 'x' }))
    expect(wf.compile().message.graph?.nodes).toHaveLength(1)
  })

  test('Z-4: what is called comes once, in the order of its first use', () => {
    const inner = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      double.node({ n }),
    )
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => {
      const a = one.node()
      return inner.node({ n: inner.node({ n: double.node({ n: a }) }) })
    })
    const { message } = wf.compile()
    const names = message.entities.map(({ kind }) =>
      kind.case === 'task' ? kind.value.shortName : kind.case === 'workflow' ? 'inner' : kind.case,
    )
    expect(names).toEqual(['one', 'double', 'inner'])
    expect(message.graph?.nodes.map(({ kind }) => (kind.value as { entity: number }).entity)).toEqual([0, 1, 2, 2])
  })

  test('Z-7: what is compiled is right by the rules of the server', () => {
    const everything = workflow(
      {
        env,
        name: freshName(),
        inputs: { n: z.int(), l: z.array(z.int()) },
        outputs: { a: z.int(), b: z.array(z.int()) },
      },
      ({ n, l }) => {
        const shaped = shape.node({ p: { x: n, y: 'k' }, l })
        const sub = example.node({ a: shaped.rows[0]!.x, b: 'x' })
        const picked = when(gt(n, 1), () => double.node({ n: sub.o0 })).else(() => one.node())
        const pause = sleep('1s')
        chain(pause, nothing.node())
        optional.node({ n: picked })
        return { a: signal('number', z.int()), b: mapOver(double).node({ n: l }) }
      },
    )
    expect(() => checkWorkflow(everything.compile().message)).not.toThrow()
  })

  test('T-8, Z-7: that a task is not to be used any more is told once, with its message', () => {
    const old = env.task({ name: freshName(), deprecated: 'use one', output: z.int() }, () => 1)
    const wf = workflow({ env, name: freshName() }, () => {
      old.node({}, { nodeName: 'first' })
      old.node()
      one.node()
    })
    const [warning, more] = wf.compile().warnings
    expect(warning).toBe(`workflow ${wf.name}, node first: task ${old.name} is deprecated: use one`)
    expect(more).toBeUndefined()
    const [entity] = wf.compile().message.entities
    expect(entity?.kind.case === 'task' && entity.kind.value.taskTemplate?.metadata?.deprecatedErrorMessage).toBe(
      'use one',
    )
  })

  test('Z-7: inputs that nothing takes are told', () => {
    const wf = workflow({ env, name: 'unused', inputs: { n: z.int(), m: z.int() }, output: z.int() }, ({ n }) =>
      double.node({ n }),
    )
    expect(wf.compile().warnings).toEqual(['workflow wf.unused: nothing takes its input m'])
  })
})

describe('TS-10, Z-6: canonical', () => {
  const make = () => {
    const here = new TaskEnvironment({ name: 'canon' })
    const add = here.task({ name: 'add', inputs: { b: z.int(), a: z.int() }, output: z.int() }, ({ a, b }) => a + b)
    return workflow({ env: here, name: 'wf', inputs: { a: z.int() }, output: z.int() }, ({ a }) => {
      const [x, y] = [add.node({ a, b: 1 }), add.node({ b: 2, a })]
      return add.node({ b: y, a: x }, { retries: 2 })
    })
  }
  const [first, second] = [make().compile(), make().compile()]

  test('the same code has the same bytes, and the same digest', () => {
    expect(JSON.stringify(first)).toBe(JSON.stringify(second))
    expect(toBinary(WorkflowSchema, first.message)).toEqual(toBinary(WorkflowSchema, second.message))
    expect(toBinaryDeterministic(WorkflowSchema, first.message)).toEqual(
      toBinaryDeterministic(WorkflowSchema, second.message),
    )
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(first.digest).toBe(second.digest)
  })

  test('compiling again does nothing else', () => {
    const wf = make()
    expect(JSON.stringify(wf.compile())).toBe(JSON.stringify(wf.compile()))
  })

  test('where a line stands makes no difference to the digest, what it says does', () => {
    const other = (add: number) => {
      const here = new TaskEnvironment({ name: 'canon2' })
      const task = here.task({ name: 'add', inputs: { a: z.int() }, output: z.int() }, ({ a }) => a)
      return add
        ? workflow({ env: here, name: 'w', output: z.int() }, () => task.node({ a: add }))
        : workflow({ env: here, name: 'w', output: z.int() }, () => task.node({ a: 1 }))
    }
    expect(other(0).compile().digest).toBe(other(1).compile().digest)
    expect(other(0).compile().digest).not.toBe(other(2).compile().digest)
  })

  test('where it is deployed makes no difference either', () => {
    const wf = make()
    const location = { org: 'o', project: 'p', domain: 'd', version: 'v', bundleUri: 's3://b' }
    const before = wf.compile().digest
    const { taskTemplate } = toTaskSpec(definitionOf(wf), location)
    expect(taskTemplate).toMatchObject({ type: 'workflow', target: { case: undefined } })
    expect(workflowOfTemplate(taskTemplate).entities[0]?.kind.value).toMatchObject({
      taskTemplate: { id: { project: 'p', version: 'v' }, metadata: { codeBundleUri: 's3://b' } },
    })
    expect(wf.compile().digest).toBe(before)
  })
})

describe('outputs', () => {
  const compile = (schemas: object, body: (inputs: any) => unknown) => () =>
    workflow(
      { env, name: freshName(), inputs: { n: z.int(), s: z.string() }, ...schemas } as never,
      body as never,
    ).compile()

  test('W-5: an input can be returned as it is', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => n)
    expect(await wf.run({ n: 3 })).toBe(3)
  })

  test('W-6: constants, lists, records and mixtures', async () => {
    const wf = workflow(
      {
        env,
        name: freshName(),
        inputs: { n: z.int() },
        outputs: { c: z.string(), l: z.array(z.int()), r: z.object({ x: z.int(), y: z.string() }) },
      },
      ({ n }) => ({ c: 'constant', l: [1, n, double.node({ n })], r: { x: n, y: 'k' } }),
    )
    expect(await wf.run({ n: 2 })).toEqual({ c: 'constant', l: [1, 2, 4], r: { x: 2, y: 'k' } })
  })

  test('TS-1: one schema is the output o0, and always one value', async () => {
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.array(z.int()) }, ({ n }) => [n, n])
    expect(wf.compile().message.graph?.outputs.map(({ name }) => name)).toEqual(['o0'])
    expect(await wf.run({ n: 2 })).toEqual([2, 2])
  })

  test('W-9: what a node with named outputs gives can be returned as a whole', async () => {
    const wf = workflow({ env, name: freshName(), outputs: { sum: z.int(), label: z.string() } }, () =>
      both.node({ a: 1 }),
    )
    expect(await wf.run()).toEqual({ sum: 3, label: 'z1' })
  })

  test('and so can an object that a task returns', async () => {
    const make = env.task({ name: freshName(), output: z.object({ a: z.int(), b: z.string() }) }, () => ({
      a: 1,
      b: 'x',
    }))
    const wf = workflow({ env, name: freshName(), outputs: { a: z.int(), b: z.string() } }, () => make.node())
    expect(await wf.run()).toEqual({ a: 1, b: 'x' })
  })

  test('W-8: without outputs a body may return a node that has none', () => {
    expect(compile({}, () => nothing.node())).not.toThrow()
  })

  test.each<[string, object, (inputs: any) => unknown, string]>([
    [
      'W-7: a value of another type',
      { output: z.int() },
      ({ s }) => s,
      'its output: expected integer, got string from input s',
    ],
    ['W-7: nothing for a value', { output: z.int() }, () => undefined, 'its output: expected integer, got'],
    [
      'W-7: nothing for named outputs',
      { outputs: { a: z.int() } },
      () => undefined,
      'its body must return an object of its outputs (a), got nothing',
    ],
    [
      'W-7: one that is missing',
      { outputs: { a: z.int(), b: z.string() } },
      ({ n }) => ({ a: n }),
      'its body returned no b (string)',
    ],
    [
      'W-7: one too many',
      { outputs: { a: z.int() } },
      ({ n }) => ({ a: n, c: n }),
      'it has no output c: it declares a',
    ],
    [
      'W-7: a conditional without an else',
      { output: z.int() },
      ({ n }) => when(gt(n, 1), () => one.node()),
      'when has no else',
    ],
    [
      'W-8: something where nothing is declared',
      {},
      ({ n }) => n,
      'it declares no output, but its body returned something',
    ],
    [
      'P-12: a node that gives nothing',
      { output: z.int() },
      () => nothing.node(),
      'its output: expected integer, got n0, but task wf.nothing returns nothing',
    ],
    [
      'P-6: a part that there is not',
      { outputs: { x: z.int() } },
      () => one.node(),
      'a value of type integer has no .x',
    ],
  ])('refuses %s', (_name, schemas, body, message) => expect(compile(schemas, body)).toThrow(message))
})

describe('W-4, W-22: when it is compiled', () => {
  test('not before it is needed; its interface needs nothing', () => {
    let bodies = 0
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
      bodies++
      return n
    })
    expect(definitionOf(wf).interface.inputs).toHaveLength(1)
    expect(bodies).toBe(0)
    wf.compile()
    wf.compile()
    expect(bodies).toBe(1)
  })

  test('BUG-8: one that is wrong is wrong each time', () => {
    const wf = workflow(
      { env, name: freshName(), inputs: { s: z.string() } },
      ({ s }) => void double.node({ n: s as never }),
    )
    expect(() => wf.compile()).toThrow('expected integer')
    expect(() => wf.compile()).toThrow('expected integer')
  })

  test('W-22: at once, if that is wanted', () => {
    expect(() =>
      workflow(
        { env, name: freshName(), inputs: { s: z.string() }, strict: true },
        ({ s }) => void double.node({ n: s as never }),
      ),
    ).toThrow('expected integer')
  })

  test('TS-3: a body that is asynchronous', () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, (async () => one.node()) as never)
    expect(() => wf.compile()).toThrow('the body of a workflow cannot be asynchronous')
  })

  test('an error of the body is told with the workflow', () => {
    const name = freshName()
    const wf = workflow({ env, name }, () => {
      throw new TypeError('no such thing')
    })
    expect(() => wf.compile()).toThrow(`workflow wf.${name}: its body failed: TypeError: no such thing (`)
  })
})

describe('K-9, TS-3, TS-4: what belongs where', () => {
  test('K-9, O-3: nodes are made in bodies only', () => {
    expect(() => one.node()).toThrow('task wf.one.node() was called outside the body of a workflow')
    expect(() => example.node({ a: 1, b: '' })).toThrow(/NotInGraph|outside the body of a workflow/)
    expect(() => mapOver(double).node({ n: [1] })).toThrow('map over wf.double.node() was called outside the body')
    expect(() => chain()).toThrow('chain was called outside the body')
    expect(() => sleep('1s')).toThrow('sleep was called outside the body')
  })

  test.each<[string, () => unknown, string]>([
    ['a task that is called', () => void one(), 'task wf.one was called in the body of a workflow, where nothing runs'],
    ['a task whose function is called', () => void one.forward(), 'task wf.one was called in the body'],
    ['a workflow that is called', () => void example({ a: 1, b: '' }), 'task wf.my-wf was called in the body'],
  ])('TS-3, BUG-27: %s', (_name, body, message) => {
    expect(() => workflow({ env, name: freshName() }, body as () => void).compile()).toThrow(message)
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['a workflow that is run', () => example.run({ a: 1, b: '' }), 'workflow wf.my-wf was called in the body'],
    ['a run that is started', () => run.local(one), 'run(wf.one) was called in the body of a workflow'],
    ['the sleep of tasks', () => sleepOfTasks('1s'), 'sleep of @tern/sdk was called in the body of a workflow'],
  ])('TS-3: %s', async (_name, start, message) => {
    let running: Promise<unknown> = Promise.resolve()
    workflow({ env, name: freshName() }, () => void (running = start())).compile()
    await expect(running).rejects.toThrow(message)
  })

  test('T-4: options of a run, and of a call, that there are not', async () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => one.node())
    await expect(wf.run({}, { mod: 'local' } as never)).rejects.toThrow('unknown option "mod"; did you mean mode?')
    expect(() => wf({}, { signl: 1 } as never)).toThrow('call of task')
    expect(() => one({}, { signl: 1 } as never)).toThrow('unknown option "signl"; did you mean signal?')
  })

  test('K-5: compiling runs no task', () => {
    ran.length = 0
    workflow({ env, name: freshName(), output: z.int() }, () => double.node({ n: 1 })).compile()
    expect(ran).toEqual([])
  })

  test('TS-4: a reference belongs to one workflow', () => {
    let kept: any
    workflow(
      { env, name: 'theirs', inputs: { n: z.int() }, output: z.int() },
      ({ n }) => (kept = double.node({ n })),
    ).compile()
    const ours = workflow({ env, name: 'ours', output: z.int() }, () => double.node({ n: kept }))
    expect(() => ours.compile()).toThrow(
      'workflow wf.ours, node n0: n0 belongs to the workflow wf.theirs, and was used in wf.ours',
    )
  })

  test('TS-4: a graph that is finished takes no more nodes', async () => {
    let late: Promise<unknown> = Promise.resolve()
    workflow({ env, name: freshName() }, () => {
      late = Promise.resolve().then(() => one.node())
      late.catch(() => undefined)
    }).compile()
    await expect(late).rejects.toThrow('outside the body of a workflow')
  })
})

describe('TS-2, T-4: options', () => {
  test.each<[string, object, string]>([
    [
      'W-2: a failure policy that there is not',
      { failurePolicy: 'never' },
      "failurePolicy \"never\" must be 'failFast' or 'finishExecutable'",
    ],
    ['W-2: an interruptible that is no boolean', { interruptible: 1 }, 'interruptible must be true or false'],
    ['T-4: an option that there is not', { retrys: 1 }, 'unknown option "retrys"'],
    ['TS-2: a name that is none', { name: 'a b' }, 'must be a word of letters'],
    ['TS-2: a name that is taken', { name: 'my-wf' }, 'task wf.my-wf is declared twice'],
    ['one output and several', { output: z.int(), outputs: { a: z.int() } }, 'give either output or outputs, not both'],
    ['no environment', { env: undefined }, 'env must be the TaskEnvironment that it belongs to'],
  ])('%s', (_name, options, message) => {
    expect(() => workflow({ env, name: freshName(), ...options } as never, (() => undefined) as never)).toThrow(message)
  })

  test('a workflow has a body', () => {
    expect(() => workflow({ env, name: freshName() }, undefined as never)).toThrow(
      'the second argument must be its body',
    )
  })

  test('W-2, T-7, W-1: what goes into the graph', () => {
    const wf = workflow(
      { env, name: freshName(), failurePolicy: 'finishExecutable', interruptible: true, docs: 'What it does' },
      () => void one.node(),
    )
    expect(wf.compile().message.graph).toMatchObject({
      failurePolicy: 2,
      interruptible: true,
      description: 'What it does',
    })
    const plain = workflow({ env, name: freshName() }, () => void one.node()).compile().message.graph
    expect(plain).toMatchObject({ failurePolicy: 1 })
    expect(plain?.interruptible).toBeUndefined()
  })
})

describe('W-10, W-11, W-12: a workflow in another', () => {
  const inner = workflow(
    {
      env,
      name: 'inner',
      inputs: { n: z.int(), b: z.string().default('d') },
      outputs: { sum: z.int(), label: z.string() },
    },
    ({ n, b }) => both.node({ a: n, b }),
  )

  test('is part of it: one node, whose nodes are its own', () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => inner.node({ n: 1 }).sum)
    const { message } = wf.compile()
    expect(message.entities.map(({ kind }) => kind.case)).toEqual(['workflow', 'task'])
    expect(message.graph?.nodes).toMatchObject([{ id: 'n0', kind: { case: 'call', value: { entity: 0 } } }])
  })

  test('W-10: its defaults are constants of whoever calls it', () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => inner.node({ n: 1 }).sum)
    expect(wf.compile().message.graph?.nodes[0]?.inputs.map(({ name, value }) => [name, value?.kind.case])).toEqual([
      ['b', 'literal'],
      ['n', 'literal'],
    ])
  })

  test('runs in it, without an action of its own', async () => {
    const wf = workflow(
      { env, name: freshName(), inputs: { n: z.int() }, outputs: { s: z.int(), l: z.string() } },
      ({ n }) => {
        const once = inner.node({ n })
        const twice = inner.node({ n: once.sum, b: once.label })
        return { s: twice.sum, l: twice.label }
      },
    )
    const handle = await run.local(wf, { n: 1 })
    expect(await handle.outputs()).toEqual({ s: 5, l: 'd13' })
  })

  test('W-15: it can be declared in a body', async () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => {
      const local = workflow({ env, name: freshName(), output: z.int() }, () => one.node())
      return double.node({ n: local.node() })
    })
    expect(await wf.run()).toBe(2)
  })

  test('W-21: none contains itself', () => {
    const again: any = workflow({ env, name: 'again', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      again.node({ n }),
    )
    expect(() => again.compile()).toThrow('workflow wf.again contains itself, and would have no end')
    const ping: any = workflow({ env, name: 'ping', output: z.int() }, () => pong.node())
    const pong: any = workflow({ env, name: 'pong', output: z.int() }, () => ping.node())
    expect(() => ping.compile()).toThrow('workflow wf.ping contains itself')
  })

  test('W-21: by way of a dynamic task it may', async () => {
    const count: any = dynamic({ env, name: 'count', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      n === 0 ? one.node() : down.node({ n: n - 1 }),
    )
    const down = workflow({ env, name: 'down', inputs: { n: z.int() }, output: z.int() }, ({ n }) =>
      double.node({ n: count.node({ n }) }),
    )
    expect(await down.run({ n: 2 })).toBe(8)
  })
})

describe('calling it', () => {
  test('K-9: outside of a run it runs here', async () => {
    expect(await example({ a: 1, b: '' })).toEqual({ o0: 3, o1: 'world' })
  })

  test('in a task it is a child action', async () => {
    const caller = env.task({ name: freshName(), output: z.int() }, async () => (await example({ a: 1, b: '' })).o0)
    const handle = await run.local(caller)
    expect(await handle.outputs()).toBe(3)
    expect(handle.actions.map(({ title }) => title)).toEqual(expect.arrayContaining(['wf.my-wf', 'wf.t1', 'wf.t2']))
  })

  test('TS-7: what it gets and gives travels as it would to a server', async () => {
    const later = z.string().transform((s) => s.length)
    const len = env.task({ name: freshName(), inputs: { s: later }, output: z.int() }, ({ s }) => s)
    const wf = workflow({ env, name: freshName(), inputs: { s: later }, output: z.int() }, ({ s }) =>
      len.node({ s: s as never }),
    )
    expect(await wf.run({ s: 'four' })).toBe(4)
  })

  test('B-9: without an input that it needs', async () => {
    await expect(example.run({ a: 1 } as never)).rejects.toThrow('missing input b')
  })
})

describe('failure', () => {
  test('F-9: of a node ends it, with what went wrong and where', async () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () =>
      double.node({ n: broken.node({ s: 'here' }) }),
    )
    await expect(wf.run()).rejects.toThrow(/broken here/)
  })

  test('W-2: at once, or after what can still run', async () => {
    const make = (failurePolicy: 'failFast' | 'finishExecutable') =>
      workflow({ env, name: freshName(), failurePolicy }, () => {
        const bad = broken.node({ s: failurePolicy })
        const slow = one.node()
        nothing.node({ s: `after ${failurePolicy}` }, { after: [slow] })
        nothing.node({ s: 'never' }, { after: bad })
      })
    ran.length = 0
    await expect(make('finishExecutable').run()).rejects.toThrow('broken')
    expect(ran).toEqual(['broken finishExecutable', 'nothing after finishExecutable'])
    ran.length = 0
    await expect(make('failFast').run()).rejects.toThrow('broken')
    expect(ran).not.toContain('nothing never')
  })

  test('TS-7, BUG-25: retries are those of the task, for failures that say so', async () => {
    const wf = (plain: boolean) =>
      workflow({ env, name: freshName(), output: z.int() }, () => flaky.node({ key: String(plain), plain }))
    expect(await wf(false).run()).toBe(2)
    await expect(wf(true).run()).rejects.toThrow('not now')
  })

  test('a workflow that is tried again does again what failed, and nothing else', async () => {
    let tries = 0
    const second = env.task({ name: freshName(), inputs: { n: z.int() }, output: z.int() }, ({ n }) => {
      tries++
      if (tries < 3) throw new Error('not yet')
      return n
    })
    const wf = workflow({ env, name: freshName(), output: z.int(), retries: 2 }, () =>
      second.node({ n: double.node({ n: 21 }) }),
    )
    ran.length = 0
    expect(await wf.run()).toBe(42)
    expect(tries).toBe(3)
    expect(ran).toEqual(['double 21'])
  })

  test('TS-9: and those of the node', async () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => flaky.node({ key: 'none' }, { retries: 0 }))
    await expect(wf.run()).rejects.toThrow('not now')
  })
})

describe('W-16, W-17, W-18, BUG-4: failure handlers', () => {
  const handled: object[] = []
  const cleanup = env.task(
    { name: 'cleanup', inputs: { n: z.int(), s: z.string(), err: nodeFailure, more: z.string().default('m') } },
    (inputs) => void handled.push(inputs),
  )
  const failing = workflow(
    { env, name: 'failing', inputs: { n: z.int(), s: z.string().default('d') }, output: z.int(), onFailure: cleanup },
    ({ n }) => {
      const before = double.node({ n })
      return when(gt(before, 0), () => broken.node({ s: 'x' })).else(() => double.node({ n: before }))
    },
  )

  test('K-6: is called with the inputs and what went wrong, and the workflow fails as it would', async () => {
    handled.length = 0
    await expect(failing.run({ n: 1 })).rejects.toThrow('broken x')
    expect(handled).toEqual([
      {
        n: 1,
        s: 'd',
        more: 'm',
        err: expect.objectContaining({
          failedNodeId: 'n1/then0/n0',
          message: expect.stringContaining('broken x'),
          kind: 'user',
        }),
      },
    ])
  })

  test('is not called when all goes well', async () => {
    handled.length = 0
    expect(await failing.run({ n: -1 })).toBe(-4)
    expect(handled).toEqual([])
  })

  test('stands beside the nodes', () => {
    const { graph } = failing.compile().message
    expect(graph?.nodes.map(({ id }) => id)).toEqual(['n0', 'n1'])
    expect(graph?.onFailure).toMatchObject({ id: 'fn0', kind: { case: 'call' } })
    expect(graph?.onFailure?.inputs.map(({ name, value }) => [name, value?.kind.case])).toEqual([
      ['err', 'error'],
      ['more', 'literal'],
      ['n', 'reference'],
      ['s', 'reference'],
    ])
  })

  test('W-17: of a workflow in another runs first, then that of the other', async () => {
    const outer = workflow(
      { env, name: 'outer-failing', inputs: { n: z.int(), s: z.string() }, output: z.int(), onFailure: cleanup },
      ({ n }) => failing.node({ n }),
    )
    handled.length = 0
    await expect(outer.run({ n: 1, s: 'o' })).rejects.toThrow('broken x')
    expect(handled).toMatchObject([{ s: 'd' }, { s: 'o' }])
  })

  test('F-10: of one that is aborted, and of those inside of it, they are runs of their own', async () => {
    const begun = Promise.withResolvers<void>()
    const waits = env.task({ name: freshName() }, async (_, { signal }) => {
      begun.resolve()
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    })
    const told: string[] = []
    const tell = env.task({ name: freshName(), inputs: { n: z.int(), err: nodeFailure } }, ({ n, err }) => {
      told.push(`${n} ${err.code} ${err.message}`)
    })
    const asWorkflow = workflow({ env, name: freshName(), inputs: { n: z.int() } }, ({ n }) => {
      tell.node({
        n,
        err: { message: 'by a workflow', failedNodeId: '', code: '-', kind: '', attempt: 0, action: '', failures: [] },
      })
    })
    const inside = workflow({ env, name: freshName(), inputs: { n: z.int() }, onFailure: asWorkflow }, () => {
      waits.node()
    })
    const around = workflow({ env, name: freshName(), inputs: { n: z.int() }, onFailure: tell }, ({ n }) => {
      inside.node({ n: double.node({ n }) })
    })
    const handle = await run.local(around, { n: 3 })
    await begun.promise
    await handle.abort('enough')
    await expect.poll(() => told.toSorted()).toEqual(['3 ActionAbortedError enough', '6 - by a workflow'])
    expect(await handle.wait()).toMatchObject({ phase: 'ABORTED' })
  })

  test('BUG-5: one that fails too does not hide what went wrong', async () => {
    const bad = env.task({ name: freshName(), inputs: { n: z.int() } }, () => {
      throw new Error('bad handler')
    })
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int(), onFailure: bad }, () =>
      broken.node({ s: 'first' }),
    )
    await expect(wf.run({ n: 1 })).rejects.toThrow(/broken first.*bad handler/)
  })

  test('may be a workflow', async () => {
    ran.length = 0
    const whole = workflow({ env, name: freshName(), inputs: { n: z.int(), err: nodeFailure } }, ({ err }) =>
      nothing.node({ s: err.failedNodeId }),
    )
    const wf = workflow({ env, name: freshName(), inputs: { n: z.int() }, output: z.int(), onFailure: whole }, () =>
      broken.node(),
    )
    await expect(wf.run({ n: 1 })).rejects.toThrow('broken')
    expect(ran).toContain('nothing n0')
  })

  test.each<[string, object, string]>([
    ['does not take an input', { s: z.string() }, 'it does not take n (integer)'],
    ['takes it as another type', { n: z.string(), s: z.string() }, 'its n is string, that of the workflow integer'],
    [
      'needs something else',
      { n: z.int(), s: z.string(), x: z.int() },
      'it needs x (integer), which the workflow does not have',
    ],
    [
      'takes the error as something else',
      { n: z.int(), s: z.string(), err: z.int() },
      'its err is integer, and must be nodeFailure',
    ],
  ])('W-16: one that %s', (_name, inputs, message) => {
    const handler = env.task({ name: freshName(), inputs } as never, () => {})
    const wf = workflow(
      { env, name: freshName(), inputs: { n: z.int(), s: z.string() }, onFailure: handler as never },
      () => void one.node(),
    )
    expect(() => wf.compile()).toThrow(message)
    expect(() => wf.compile()).toThrow('cannot handle its failures')
  })
})

test('values of many kinds pass through', async () => {
  const inputs = {
    d: z.date(),
    f: z.number(),
    o: z.int().optional(),
    r: z.record(z.string(), z.int()),
    p: z.object({ a: z.date(), b: z.array(z.string()) }),
  }
  const echo = env.task({ name: freshName(), inputs, outputs: inputs }, (given) => given)
  const wf = workflow({ env, name: freshName(), inputs, outputs: inputs }, (refs) => echo.node(refs as never))
  const given = { d: new Date(5), f: 1.5, o: undefined, r: { a: 1 }, p: { a: new Date(7), b: ['x'] } }
  expect(await wf.run(given)).toEqual(given)
  expect(await half({ n: 3 })).toBe(1.5)
  expect(await sum({ l: [1, 2] })).toBe(3)
  expect(await text({ s: 'a' })).toBe('<a>')
})
