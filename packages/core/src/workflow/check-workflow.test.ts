import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  Comparison_Operator as Operator,
  type ConditionSchema,
  type NodeSchema,
  type Workflow,
  WorkflowSchema,
} from '@tern/idl/graph'
import { describe, expect, test } from 'vitest'
import { InvalidArgumentError } from '../errors.ts'
import { literalTypes } from '../literal-types.ts'
import { checkMadeWorkflow, checkWorkflow } from './check-workflow.ts'
import {
  bindings,
  block,
  call,
  called,
  constant,
  errorType,
  graph,
  int,
  ints,
  type NodeInit,
  node,
  ref,
  task,
  text,
  type ValueInit,
  workflow,
} from './test/graph-parts.ts'

const one = task({ x: int }, { y: int })
const handler = task({ error: errorType }, {})

function problemOf(of: Workflow): string {
  try {
    checkWorkflow(of)
    return 'none'
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    return error.message
  }
}

function comparing(left: ValueInit, right: ValueInit): MessageInitShape<typeof ConditionSchema> {
  const [a, b] = [left, right].map(({ kind }) => ({ value: kind }) as never)
  return { kind: { case: 'comparison', value: { operator: Operator.EQ, left: a!, right: b! } } }
}

function branch(id: string, parts: Extract<NonNullable<NodeInit['kind']>, { case: 'branch' }>['value']): NodeInit {
  return node(id, { case: 'branch', value: parts }, { outputs: { out: int } })
}

const always = comparing(constant(1), constant(1))

describe('a graph that is sound', () => {
  test('is accepted with all kinds of nodes', () => {
    const condition = { name: 'go', type: text }
    const of = workflow(
      [one, handler, called(graph([], { inputs: { a: int }, outputs: { b: [int, 'inputs.a'] } }))],
      [
        call('n0', 0, { inputs: { x: 'inputs.x' } }),
        call('n1', 2, { inputs: { a: 'n0.y' } }),
        node('n2', { case: 'map', value: { entity: 0, over: ['x'] } }, { inputs: { x: 'inputs.xs' } }),
        node('n3', { case: 'signal', value: { condition } }, { outputs: { o0: text } }),
        node('n4', { case: 'echo', value: {} }, { inputs: { a: 'n2.y[0]' }, outputs: { a: int } }),
        {
          ...branch('n5', {
            cases: [{ condition: comparing(ref('n3.o0'), constant('a', text)), block: block([], { out: 'n4.a' }) }],
            otherwise: { fail: { message: 'no' } },
          }),
          upstream: ['n3', 'n4'],
        },
      ],
      {
        inputs: { x: int, xs: ints },
        outputs: { out: [int, 'n5.out'] },
        more: { onFailure: call('fn0', 1, { inputs: { error: { kind: { case: 'error', value: {} } } } }) },
      },
    )
    expect(problemOf(of)).toBe('none')
  })

  test('takes a value of one type where a union with it is expected', () => {
    const type = literalTypes.optional(int)
    const takes = task({ x: type }, {})
    expect(
      problemOf(
        workflow(
          [one, takes],
          [call('n0', 0, { inputs: { x: constant(1) } }), call('n1', 1, { inputs: { x: 'n0.y' } })],
        ),
      ),
    ).toBe('none')
  })
})

describe('what is wrong is named, with its node', () => {
  const x = { inputs: { x: constant(1) } }

  test.each<[string, MessageInitShape<typeof NodeSchema>[], string]>([
    ['an input that is not bound', [call('n0', 0)], 'node n0: input x, integer, is not bound'],
    [
      'an unknown input',
      [call('n0', 0, { inputs: { x: constant(1), z: constant(1) } })],
      'node n0: there is no input z; there is x',
    ],
    [
      'a constant of another type',
      [call('n0', 0, { inputs: { x: constant('a', text) } })],
      'node n0: input x: expected integer',
    ],
    ['an id that is none', [call('N_0', 0, x)], 'N_0 is no id for a node'],
    ['a reserved id', [call('efn', 0, x)], 'efn is no id for a node'],
    ['the same id twice', [call('n0', 0, x), call('n0', 0, x)], 'node n0: another node has the same id'],
    ['an entity that there is not', [call('n0', 7, x)], 'node n0: it calls entity 7, which there is not'],
    [
      'an upstream node that there is not',
      [call('n0', 0, { ...x, upstream: ['n9'] })],
      'it waits for n9, which is no node beside it',
    ],
    [
      'an output that there is not',
      [call('n0', 0, x), call('n1', 0, { inputs: { x: 'n0.z' } })],
      'node n1: z is no output of n0; there is y',
    ],
    [
      'a reference to what is not upstream',
      [call('n0', 0, x), { ...call('n1', 0, { inputs: { x: 'n0.y' } }), upstream: [] }],
      'it refers to n0, which is not upstream of n1',
    ],
    [
      'a reference to nowhere',
      [{ ...call('n1', 0, { inputs: { x: 'n7.y' } }), upstream: [] }],
      'it refers to n7, which is no node beside it or around it',
    ],
    [
      'a path to nowhere',
      [call('n0', 0, x), call('n1', 0, { inputs: { x: 'n0.y[0]' } })],
      'node n1: n0.y[0]: integer has no item 0',
    ],
    [
      'another type',
      [
        node('n0', { case: 'echo', value: {} }, { inputs: { a: constant('a', text) }, outputs: { a: text } }),
        call('n1', 0, { inputs: { x: 'n0.a' } }),
      ],
      'node n1: input x is integer, and n0.a is string',
    ],
    [
      'an error outside of a handler',
      [call('n0', 0, { inputs: { x: { kind: { case: 'error', value: {} } } } })],
      'only a failure handler is given an error',
    ],
    [
      'a map over what is no list',
      [node('n0', { case: 'map', value: { entity: 0, over: ['x'] } }, { inputs: { x: constant(1) } })],
      'node n0: input x: expected',
    ],
    [
      'a map over nothing',
      [node('n0', { case: 'map', value: { entity: 0 } }, x)],
      'a map needs an input that it is over',
    ],
    [
      'a map over an unknown input',
      [node('n0', { case: 'map', value: { entity: 0, over: ['z'] } }, x)],
      'it is over z, which is no input; there is x',
    ],
    [
      'a ratio that is none',
      [
        node(
          'n0',
          { case: 'map', value: { entity: 0, over: ['x'], minSuccess: { case: 'minSuccessRatio', value: 2 } } },
          { inputs: { x: constant([1], ints) } },
        ),
      ],
      'min_success_ratio 2 is not from 0 to 1',
    ],
    [
      'a branch without cases',
      [branch('n0', { otherwise: block([], { out: constant(1) }) })],
      'a branch needs a case with a condition',
    ],
    [
      'a branch without its last case',
      [branch('n0', { cases: [{ condition: always, block: block([], { out: constant(1) }) }] })],
      'the branch has no last case',
    ],
    [
      'a case without an output',
      [branch('n0', { cases: [{ condition: always, block: block([]) }], otherwise: block([], { out: constant(1) }) })],
      'node n0/then0: output out, integer, is not bound',
    ],
    [
      'a condition on a list',
      [
        branch('n0', {
          cases: [{ condition: comparing(ref('inputs.xs'), constant(1)), block: block([], { out: constant(1) }) }],
          otherwise: block([], { out: constant(1) }),
        }),
      ],
      ': only primitive values can be',
    ],
    [
      'different kinds compared',
      [
        branch('n0', {
          cases: [{ condition: comparing(ref('inputs.s'), ref('inputs.x')), block: block([], { out: constant(1) }) }],
          otherwise: block([], { out: constant(1) }),
        }),
      ],
      'its condition compares text with number',
    ],
    [
      'the same gate twice',
      [
        node('n0', { case: 'signal', value: { condition: { name: 'go', type: int } } }, { outputs: { o0: int } }),
        node('n1', { case: 'signal', value: { condition: { name: 'go', type: int } } }, { outputs: { o0: int } }),
      ],
      'node n1: another node asks for go',
    ],
    [
      'a gate of another type',
      [node('n0', { case: 'signal', value: { condition: { name: 'go', type: text } } }, { outputs: { o0: int } })],
      'what it asks for is not integer',
    ],
    ['a node that is nothing', [{ id: 'n0' }], 'it is of a kind that is not known here'],
  ])('%s', (_, nodes, message) => {
    expect(problemOf(workflow([one], nodes, { inputs: { x: int, s: text, xs: ints } }))).toContain(message)
  })

  test('nodes inside of a case may refer to what is around the branch, which waits for it', () => {
    const inside = call('n0', 0, { inputs: { x: 'n0.y' } })
    const of = (upstream: string[]) =>
      workflow(
        [one],
        [
          call('n0', 0, x),
          {
            ...branch('n1', {
              cases: [{ condition: always, block: block([{ ...inside, upstream: [] }], { out: 'n1/then0/n0.y' }) }],
              otherwise: block([], { out: constant(1) }),
            }),
            upstream,
          },
        ],
      )
    expect(problemOf(of(['n0']))).toBe('none')
    expect(problemOf(of([]))).toContain('node n1/then0/n0: it refers to n0, which is not upstream of n1')
  })

  test('a circle, node by node', () => {
    const nodes = [
      call('n0', 0, { inputs: { x: 'n2.y' } }),
      call('n1', 0, { inputs: { x: 'n0.y' } }),
      call('n2', 0, { inputs: { x: 'n1.y' } }),
    ]
    expect(problemOf(workflow([one], nodes))).toMatch(/it waits for itself: n\d → n\d → n\d → n\d/)
  })

  test('a workflow that contains itself', () => {
    const self = called(graph([call('n0', 0)]))
    expect(problemOf(workflow([self], [call('n0', 0)]))).toContain('contains itself: wf → wf')
  })

  test('a failure handler that refers to nodes, or is no call', () => {
    const takesInt = call('fn0', 0, { inputs: { x: ref('n0.y') } })
    const nodes = [call('n0', 0, x)]
    expect(problemOf(workflow([one], nodes, { more: { onFailure: { ...takesInt, upstream: [] } } }))).toContain(
      "a failure handler is given the workflow's inputs and the error",
    )
    const echo = node('fn0', { case: 'echo', value: {} })
    expect(problemOf(workflow([one], nodes, { more: { onFailure: echo } }))).toContain('a failure handler calls one')
    expect(problemOf(workflow([one], nodes, { more: { onFailure: call('n0', 0, x) } }))).toContain('has the id')
  })

  test('overrides that its task does not take', () => {
    const overrides = { retries: { retries: 1 } }
    const sub = called(graph([]))
    const of = workflow([sub], [node('n0', { case: 'call', value: { entity: 0, overrides } })])
    expect(problemOf(of)).toContain('a workflow that is part of this one has no options to override')
  })

  test('where it stands in the source', () => {
    const source = { file: 'src/flow.ts', line: 12 }
    expect(problemOf(workflow([one], [call('n0', 0, { source })]))).toContain('node n0 (src/flow.ts:12): input x')
  })

  test('an interface that is another than that of the task', () => {
    const of = workflow([], [], { outputs: { a: [int, constant(1)] } })
    const other = workflow([], [], { outputs: { a: [text, constant('a', text)] } }).graph?.interface
    expect(() => checkWorkflow(of, other)).toThrow(
      'outputs.a of the graph differs from that of the task: integer and string',
    )
  })

  test('a workflow without a graph', () => {
    expect(problemOf(create(WorkflowSchema, { format: 1 }))).toContain('has no graph')
  })
})

test('what a dynamic node makes has no inputs, and its outputs', () => {
  const outputs = create(WorkflowSchema, {
    graph: graph([], { outputs: { a: [int, constant(1)] } }),
  }).graph?.interface?.outputs
  expect(() => checkMadeWorkflow(workflow([], []), outputs)).toThrow('has no output a')
  expect(() => checkMadeWorkflow(workflow([], [], { inputs: { z: int } }), undefined)).toThrow('has inputs (z)')
  expect(() => checkMadeWorkflow(workflow([], [], { outputs: { a: [text, constant('a', text)] } }), outputs)).toThrow(
    'gives a as string, and not as integer',
  )
})

test('ten thousand nodes are checked without circling', () => {
  const nodes = Array.from({ length: 10_000 }, (_, i) =>
    call(`n${i}`, 0, { inputs: { x: i === 0 ? constant(1) : `n${i - 1}.y` } }),
  )
  expect(problemOf(workflow([one], nodes))).toBe('none')
})

test('bindings of records are looked into', () => {
  const struct = literalTypes.struct({ type: 'object' })
  const value: ValueInit = { kind: { case: 'record', value: { fields: bindings({ a: 'n9.y' }) } } }
  expect(problemOf(workflow([], [], { outputs: { out: [struct, value] } }))).toContain('it refers to n9')
})
