import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TaskEnvironment } from '../authoring/task-environment.ts'
import { deployedTask } from '../authoring/deployed-task.ts'
import { type AnyNode, chain, gt, sleep, when, workflow } from '../workflows.ts'
import { toNodeId } from './node-id.ts'
import { both, double, env, flaky, freshName, nothing, one, text } from './test/tasks.ts'

function compile(body: (inputs: { n: any }) => unknown) {
  return workflow({ env, name: freshName(), inputs: { n: z.int() } }, (given) => void body(given)).compile()
}

function nodes(body: (inputs: { n: any }) => unknown) {
  return compile(body).message.graph?.nodes ?? []
}

describe('N-2, TS-5: ids', () => {
  test('count in the order in which nodes are made', () => {
    expect(nodes(() => [one.node(), double.node({ n: 1 }), one.node()]).map(({ id }) => id)).toEqual(['n0', 'n1', 'n2'])
  })

  test.each([
    ['simple', 'simple'],
    ['a.b_c', 'a-b-c'],
    ['camelCase', 'camel-case'],
    ['Camel', 'camel'],
    ['aJSONValue', 'a-j-s-o-n-value'],
    ['what is ü?', 'whatis'],
    ['--a--', 'a'],
    ['t'.repeat(63), 't'.repeat(63)],
    ['t'.repeat(64), `da4b348ebe-${'t'.repeat(52)}`],
  ])('N-3: %s becomes %s', (name, id) => expect(toNodeId(name)).toBe(id))

  test('N-3: a name of its own', () => {
    expect(nodes(() => [one.node({}, { nodeName: 'First_One' }), one.node()]).map(({ id }) => id)).toEqual([
      'first-one',
      'n1',
    ])
  })

  test.each<[string, () => unknown, string]>([
    [
      'N-3: two that are the same',
      () => [one.node({}, { nodeName: 'a.b' }), one.node({}, { nodeName: 'a_b' })],
      'two nodes have the id a-b (task wf.one and task wf.one, first at packages/sdk/src/workflows/nodes.test.ts:',
    ],
    [
      'N-3: one that is a number of another',
      () => [one.node({}, { nodeName: 'n1' }), one.node()],
      'two nodes have the id n1',
    ],
    ['N-4: a reserved one', () => one.node({}, { nodeName: 'end_node' }), 'the id end-node is reserved'],
    ['N-4: that of a failure handler', () => one.node({}, { nodeName: 'fn0' }), 'the id fn0 is reserved'],
    [
      'N-1: one without a letter or digit',
      () => one.node({}, { nodeName: '---' }),
      'the nodeName "---" has no letter or digit in it',
    ],
  ])('refuses %s', (_name, body, message) => expect(() => compile(body)).toThrow(message))
})

describe('N-6: what a node does otherwise', () => {
  test('N-7, N-8, N-9, N-10: retries, times, cache and the like are the node’s', () => {
    const [node] = nodes(() =>
      double.node(
        { n: 1 },
        { retries: 3, timeout: '5m', interruptible: true, cache: { version: '1' }, queue: 'q', name: 'shown' },
      ),
    )
    expect(node).toMatchObject({
      name: 'shown',
      kind: {
        case: 'call',
        value: {
          overrides: {
            retries: { retries: 3 },
            timeout: { seconds: 300n },
            interruptible: true,
            cache: { enabled: true, version: '1' },
            queue: 'q',
          },
        },
      },
    })
  })

  test('N-7: no limit is a limit of nothing', () => {
    const [node] = nodes(() => double.node({ n: 1 }, { timeout: 0 }))
    expect(node?.kind.value).toMatchObject({ overrides: { timeout: { seconds: 0n } } })
  })

  test('the rest makes it another task, once', () => {
    const { message } = compile(({ n }) => {
      double.node({ n }, { resources: { cpu: 2 } })
      double.node({ n }, { resources: { cpu: 2 } })
      double.node({ n })
    })
    expect(message.graph?.nodes.map(({ kind }) => (kind.value as { entity: number }).entity)).toEqual([0, 0, 1])
    const [other, own] = message.entities.map(({ kind }) =>
      kind.case === 'task' && kind.value.taskTemplate?.target.case === 'container'
        ? kind.value.taskTemplate.target.value.resources?.requests
        : undefined,
    )
    expect(other).toMatchObject([{ value: '2' }])
    expect(own).toEqual([])
  })

  test('BUG-6, BUG-7, N-11, P-11: the task itself stays as it is, and nodes do not share what is theirs', () => {
    const all = nodes(({ n }) => [
      double.node({ n }, { retries: 1, timeout: '1m' }),
      double.node({ n }, { retries: 2 }),
    ])
    expect(all.map(({ kind }) => kind.value)).toMatchObject([
      { overrides: { retries: { retries: 1 }, timeout: { seconds: 60n } } },
      { overrides: { retries: { retries: 2 } } },
    ])
    expect(all[1]?.kind.value).not.toHaveProperty('overrides.timeout')
  })

  test('N-5: the failures that are retried are those that say so, unless the task says otherwise', () => {
    const configOf = (body: () => unknown) =>
      compile(body).message.entities.map(({ kind }) => kind.case === 'task' && kind.value.taskTemplate?.config)
    const any = env.task({ name: freshName(), retries: { count: 2, on: 'any' } }, () => {})
    expect(configOf(() => [flaky.node({ key: 'a' }), any.node(), one.node({}, { retries: 1 }), one.node()])).toEqual([
      { 'retry-on': 'recoverable' },
      {},
      { 'retry-on': 'recoverable' },
      {},
    ])
  })

  test.each<[string, (inputs: { n: any }) => unknown, string]>([
    ['N-12: a reference', ({ n }) => one.node({}, { retries: n }), 'the option retries cannot be a reference'],
    [
      'N-12: a reference inside',
      ({ n }) => one.node({}, { resources: { cpu: n } }),
      'the option resources cannot be a reference',
    ],
    [
      'N-12: as the name of the node',
      ({ n }) => one.node({}, { nodeName: n }),
      'the option nodeName cannot be a reference',
    ],
    ['N-8: too many retries', () => one.node({}, { retries: 11 }), 'retries 11 must be a whole number from 0 to 10'],
    ['N-7: a length of time that is none', () => one.node({}, { timeout: 'soon' as never }), 'soon'],
    [
      'N-6, T-4: an option that there is not',
      () => one.node({}, { retrys: 1 } as never),
      'a node of task wf.one does not take the option retrys; did you mean retries? (packages/sdk/src/workflows/nodes.test.ts:',
    ],
    [
      'N-6: options that are none',
      () => one.node({}, 3 as never),
      'the options of a node of task wf.one must be an object',
    ],
    [
      'N-6: a name that is no text',
      () => one.node({}, { name: 7 } as never),
      'the option name of a node of task wf.one',
    ],
    [
      'T-4: a workflow’s node that is misspelt',
      () => inner.node({}, { nodename: 'x' } as never),
      'workflow wf.inner-of-nodes does not take the option nodename; did you mean nodeName?',
    ],
    [
      'N-15: options of tasks for a workflow',
      () => inner.node({}, { retries: 1 } as never),
      'workflow wf.inner-of-nodes does not take the option retries',
    ],
  ])('refuses %s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  const inner = workflow({ env, name: 'inner-of-nodes' }, () => void one.node())
})

describe('the order of nodes', () => {
  const upstream = (body: (inputs: { n: any }) => unknown) => nodes(body).map((node) => node.upstream.join(' '))

  test('P-10, O-4, N-14: one behind another without data, however often it is said', () => {
    expect(
      upstream(() => {
        const [a, b] = [nothing.node(), one.node()]
        chain(b, a)
        chain(b, a)
      }),
    ).toEqual(['n1', ''])
  })

  test('O-5: each of a step after all of the step before', () => {
    expect(
      upstream(() => {
        const [a, b, c, d] = [one.node(), nothing.node(), one.node(), one.node()] as [
          AnyNode,
          AnyNode,
          AnyNode,
          AnyNode,
        ]
        chain(a, [b, c], d)
      }),
    ).toEqual(['', 'n0', 'n0', 'n1 n2'])
  })

  test('an option says the same, also of parts of what a node gives', () => {
    expect(
      upstream(() => {
        const a = both.node({ a: 1 })
        const s = sleep('1s', { after: a.label })
        one.node({}, { after: [a, s] })
      }),
    ).toEqual(['', 'n0', 'n0 n1'])
  })

  test('a node in a branch keeps the whole conditional waiting', () => {
    const [, branch] = nodes(({ n }) => {
      const a = one.node()
      when(gt(n, 1), () => chain(a, double.node({ n }))).else(() => undefined)
    })
    expect(branch?.upstream).toEqual(['n0'])
  })

  test('BUG-9: upstream nodes are in the order in which they were made', () => {
    expect(
      upstream(() => {
        const all = Array.from({ length: 12 }, () => one.node())
        one.node({}, { after: all.toReversed() })
      }).at(-1),
    ).toBe('n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11')
  })

  test('O-6: nodes that wait for each other are found, all of them named', () => {
    expect(() =>
      compile(({ n }) => {
        const a = double.node({ n })
        const b = double.node({ n: a }, { nodeName: 'mid' })
        const c = double.node({ n: b })
        chain(c, a)
      }),
    ).toThrow(/nodes wait for each other: n0 → mid → n2 → n0 \(.*nodes\.test\.ts/)
  })

  test('O-6: in a branch too', () => {
    expect(() =>
      compile(({ n }) =>
        when(gt(n, 1), () => {
          const [a, b] = [nothing.node(), nothing.node()]
          chain(a, b)
          chain(b, a)
        }).else(() => undefined),
      ),
    ).toThrow('n0/then0/n0 → n0/then0/n1 → n0/then0/n0')
  })

  test.each<[string, (inputs: { n: any }) => unknown, string]>([
    ['a value', () => chain(one.node(), 5 as never), 'chain takes what .node() and the like return'],
    ['an input after a node', ({ n }) => chain(one.node(), n), 'an input of the workflow cannot come after a node'],
    ['a value before a node', () => one.node({}, { after: 'n0' as never }), 'only what .node() and the like return'],
  ])('refuses %s', (_name, body, message) => expect(() => compile(body)).toThrow(message))

  test('an input comes before every node', () => {
    expect(upstream(({ n }) => chain(n, one.node()))).toEqual([''])
  })
})

describe('R-1, R-2: deployed tasks', () => {
  const far = deployedTask({
    name: 'far.away',
    version: 'v1',
    inputs: { n: z.int(), s: z.string().optional() },
    outputs: { o0: z.string(), o1: z.int() },
  })

  test('are called by name, with the interface that they are said to have', () => {
    const { message } = compile(({ n }) => text.node({ s: far.node({ n }).o0 }))
    expect(message.entities[0]?.kind).toMatchObject({
      case: 'deployedTask',
      value: {
        name: 'far.away',
        version: 'v1',
        optionalInputs: ['s'],
        interface: {
          inputs: { variables: [{ key: 'n' }, { key: 's' }] },
          outputs: { variables: [{ key: 'o0' }, { key: 'o1' }] },
        },
      },
    })
  })

  test('are found where they are said to be', () => {
    const placed = deployedTask({ name: 'far.away', project: 'ml', domain: 'production' })
    expect(compile(() => placed.node()).message.entities[0]?.kind).toMatchObject({
      value: { name: 'far.away', project: 'ml', domain: 'production', version: '' },
    })
  })

  test('B-12: what is left out, its deployment has a default for', () => {
    const [node] = nodes(({ n }) => far.node({ n }))
    expect(node?.inputs.map(({ name }) => name)).toEqual(['n'])
    expect(() => compile(() => far.node({} as never))).toThrow('input n of task far.away (integer) was not given')
  })

  test('R-2: their interface is checked as any other', () => {
    expect(() => compile(({ n }) => double.node({ n: far.node({ n }).o0 as never }))).toThrow(
      'expected integer, got string',
    )
  })

  test('R-3: in this process they cannot run', async () => {
    const wf = workflow({ env, name: freshName(), output: z.int() }, () => far.node({ n: 1 }).o1)
    await expect(wf.run()).rejects.toThrow('task far.away is deployed on a server, and its code is not here')
  })
})

test('an environment is where a task comes from, not the workflow that uses it', () => {
  const other = new TaskEnvironment({ name: 'other-of-nodes' })
  const task = other.task({ name: 'there', output: z.int() }, () => 1)
  expect(compile(() => task.node()).message.entities[0]?.kind.value).toMatchObject({
    environment: { name: 'other-of-nodes' },
  })
})
