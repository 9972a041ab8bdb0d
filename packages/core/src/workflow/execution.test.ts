import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { Workflow } from '@tern/idl/graph'
import { Comparison_Operator as Operator, type ConditionSchema } from '@tern/idl/graph'
import { NamedParameterSchema, OutputsSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { binaryLiteral } from '../literal-messages.ts'
import { literalTypes } from '../literal-types.ts'
import { toLiteral } from '../to-literal.ts'
import { WorkflowExecution } from './execution.ts'
import { add, Driver, nothing, one } from './test/driver.ts'
import {
  bindings,
  block,
  call,
  constant,
  inputs,
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
import { createWorkflow, workflowToLiteral } from './workflow-wire.ts'

describe('nodes and their values', () => {
  test('run as soon as those that they wait for have ended, and give the outputs of the workflow (W-6)', () => {
    const of = workflow(
      [add],
      [
        call('n0', 0, { inputs: { a: 'inputs.x', b: constant(2) } }),
        call('n1', 0, { inputs: { a: 'inputs.x', b: constant(3) } }),
        call('n2', 0, { inputs: { a: 'n0.sum', b: 'n1.sum' } }),
      ],
      { inputs: { x: int }, outputs: { total: [int, 'n2.sum'], same: [int, 'inputs.x'] } },
    )
    const run = new Driver(of, { x: 1 })
    expect(run.order).toEqual(['n0', 'n1'])
    expect(run.given('n1')).toEqual({ a: 1, b: 3 })
    run.ok('n1', { sum: 4 })
    expect(run.order).toHaveLength(2)
    run.ok('n0', { sum: 3 })
    expect(run.given('n2')).toEqual({ a: 3, b: 4 })
    expect(run.ok('n2', { sum: 7 }).result).toEqual({ total: 7, same: 1 })
  })

  test('are in the order of the interface, with the defaults of those that are left out (B-8)', () => {
    const entity = task({ b: int, a: int, c: int }, {})
    if (entity.kind.case !== 'task') throw new Error('no task')
    const parameter = { behavior: { case: 'default' as const, value: toLiteral(9, int) } }
    entity.kind.value.defaultInputs.push(create(NamedParameterSchema, { name: 'c', parameter }))
    const run = new Driver(workflow([entity], [call('n0', 0, { inputs: { a: constant(1), b: constant(2) } })]))
    expect(Object.entries(run.given('n0'))).toEqual([
      ['b', 2],
      ['a', 1],
      ['c', 9],
    ])
  })

  test('chained nodes wait without any data (O-4)', () => {
    const run = new Driver(workflow([nothing], [call('n0', 0), call('n1', 0, { upstream: ['n0'] })]))
    expect(run.order).toEqual(['n0'])
    expect(run.ok('n0').order).toEqual(['n0', 'n1'])
    expect(run.ok('n1').result).toEqual({})
  })

  test('lists and maps mix constants and references at any depth (B-4)', () => {
    const type = literalTypes.map(ints)
    const list: ValueInit = {
      kind: { case: 'list', value: { items: [constant(1), ref('inputs.x'), ref('inputs.xs[1]')] } },
    }
    const value: ValueInit = { kind: { case: 'map', value: { entries: bindings({ k: list, l: 'inputs.xs' }) } } }
    const of = workflow([], [], { inputs: { x: int, xs: ints }, outputs: { out: [type, value] } })
    expect(new Driver(of, { x: 5, xs: [6, 7] }, { xs: ints }).result).toEqual({ out: { k: [1, 5, 7], l: [6, 7] } })
  })

  test('records become structured values, by their schema', () => {
    const type = literalTypes.struct({
      type: 'object',
      properties: { score: { type: 'number' }, tags: { type: 'array', items: { type: 'string' } } },
    })
    const value: ValueInit = {
      kind: { case: 'record', value: { fields: bindings({ score: 'inputs.x', tags: 'inputs.tags' }) } },
    }
    const tags = literalTypes.list(text)
    const of = workflow([], [], { inputs: { x: int, tags }, outputs: { out: [type, value] } })
    const run = new Driver(of, { x: 2, tags: ['a'] }, { tags })
    expect(run.result).toEqual({ out: { score: 2, tags: ['a'] } })
  })

  test('a union says which of its variants the value is (B-5)', () => {
    const type = literalTypes.optional(int)
    const variant = type.type.case === 'unionType' ? type.type.value.variants[0]! : int
    const value: ValueInit = { kind: { case: 'union', value: { value: ref('inputs.x'), type: variant } } }
    const of = workflow([], [], { inputs: { x: int }, outputs: { out: [type, value] } })
    expect(new Driver(of, { x: 2 }).result).toEqual({ out: 2 })
  })

  test.each([
    ['inputs.rows[1].name', 'b'],
    ['inputs.rows[0].size', 1.5],
    ['inputs.byKey.k[0]', 'z'],
    ['inputs.rows[0].note', null],
    ['inputs.rows[1].at', new Date('2026-01-02T03:04:05Z')],
  ])('the path %s is followed (P-8)', (path, expected) => {
    const row = literalTypes.struct({
      type: 'object',
      properties: { name: { type: 'string' }, size: { type: 'number' } },
    })
    const types = { rows: literalTypes.list(row), byKey: literalTypes.map(literalTypes.list(text)) }
    const type =
      typeof expected === 'number'
        ? literalTypes.float()
        : expected instanceof Date
          ? literalTypes.datetime()
          : expected === null
            ? literalTypes.optional(text)
            : text
    const of = workflow([], [], { inputs: types, outputs: { out: [type, path] } })
    const rows = [
      { name: 'a', size: 1.5 },
      { name: 'b', size: 2, at: '2026-01-02T03:04:05.000Z' },
    ]
    expect(new Driver(of, { rows, byKey: { k: ['z'] } }, types).result).toEqual({ out: expected })
  })

  test.each([
    ['inputs.xs[2]', 'inputs.xs[2]: inputs.xs has no [2]: the list has 2 items'],
    ['inputs.xs.a', 'a list has no .a'],
    ['inputs.s.b', 'there is none in { a }'],
  ])('the path %s that leads nowhere fails the workflow', (path, message) => {
    const types = { xs: ints, s: literalTypes.struct({}) }
    const of = workflow([one], [call('n0', 0, { inputs: { x: path } })], { inputs: types })
    const run = new Driver(of, { xs: [1, 2], s: { a: 1 } }, types)
    expect(run.failure).toMatchObject({ code: 'WorkflowValueError', recoverable: false })
    expect(run.failure?.message).toContain(message)
    expect(run.failure?.message).toMatch(/^node n0 failed: /)
  })

  test('an input that is optional, and left out, is null', () => {
    const type = literalTypes.optional(int)
    const of = workflow([], [], { inputs: { x: type }, outputs: { out: [type, 'inputs.x'] } })
    expect(new Driver(of).result).toEqual({ out: null })
  })
})

describe('nodes that need nothing started', () => {
  function chain(length: number): Workflow {
    const nodes = Array.from({ length }, (_, i) =>
      node(
        `n${i}`,
        { case: 'echo', value: {} },
        {
          inputs: { x: i === 0 ? 'inputs.x' : `n${i - 1}.x` },
          outputs: { x: int },
        },
      ),
    )
    return workflow([], nodes, { inputs: { x: int }, outputs: { x: [int, `n${length - 1}.x`] } })
  }

  test('Q-9: echo nodes give what they are given', () => {
    expect(new Driver(chain(3), { x: 4 }).result).toEqual({ x: 4 })
  })

  test('ten thousand of them, one behind the other, are no recursion', () => {
    expect(new Driver(chain(10_000), { x: 4 }).result).toEqual({ x: 4 })
  })

  test('many references into one list take it apart once', () => {
    const xs = Array.from({ length: 5_000 }, (_, i) => i)
    const items = xs.map((i) => ref(`inputs.xs[${i}]`))
    const value: ValueInit = { kind: { case: 'list', value: { items } } }
    const of = workflow([], [], { inputs: { xs: ints }, outputs: { out: [ints, value] } })
    expect(new Driver(of, { xs }, { xs: ints }).result).toEqual({ out: xs })
  })
})

describe('conditionals', () => {
  function compare(
    operator: Operator,
    left: string | ValueInit,
    right: string | ValueInit,
  ): MessageInitShape<typeof ConditionSchema> {
    const operand = (value: string | ValueInit) => {
      const { kind } = typeof value === 'string' ? ref(value) : value
      return { value: kind } as never
    }
    return { kind: { case: 'comparison' as const, value: { operator, left: operand(left), right: operand(right) } } }
  }

  function branch(id: string, upstream: readonly string[] = []): NodeInit {
    return node(
      id,
      {
        case: 'branch',
        value: {
          cases: [
            {
              condition: {
                kind: {
                  case: 'all',
                  value: {
                    conditions: [
                      compare(Operator.GT, 'inputs.x', constant(1)),
                      compare(Operator.LT, 'inputs.x', constant(5)),
                    ],
                  },
                },
              },
              block: block(
                [
                  call('n0', 0, { inputs: { x: 'inputs.x' } }),
                  call('n1', 0, { inputs: { x: `${id}/then0/n0.y` }, upstream: ['n0'] }),
                ],
                { out: `${id}/then0/n1.y` },
              ),
            },
            {
              condition: compare(Operator.EQ, 'inputs.x', constant(7)),
              block: { fail: { message: 'seven is bad luck' } },
            },
          ],
          otherwise: block([], { out: constant(0) }),
        },
      },
      { outputs: { out: int }, upstream },
    )
  }

  function branching(x: number): Driver {
    const of = workflow([one], [branch('n0'), call('n1', 0, { inputs: { x: 'n0.out' } })], {
      inputs: { x: int },
      outputs: { out: [int, 'n1.y'] },
    })
    return new Driver(of, { x })
  }

  test('the first case that holds is done, with all its nodes; nodes behind it see its value (C-9, C-18)', () => {
    const run = branching(3)
    expect(run.order).toEqual(['n0/then0/n0'])
    expect(run.started.get('n0/then0/n0')).toMatchObject({ group: 'n0/then0' })
    run.ok('n0/then0/n0', { y: 30 })
    expect(run.given('n0/then0/n1')).toEqual({ x: 30 })
    run.ok('n0/then0/n1', { y: 31 })
    expect(run.given('n1')).toEqual({ x: 31 })
  })

  test('the nodes of other cases are skipped, and nothing of them is started (K-4)', () => {
    const run = branching(9)
    expect(run.order).toEqual(['n1'])
    expect(run.given('n1')).toEqual({ x: 0 })
    expect(run.states).toEqual({ n0: 'succeeded', 'n0/then0/n0': 'skipped', 'n0/then0/n1': 'skipped', n1: 'running' })
    expect([...run.execution.statuses()][0]?.taken).toBe('else')
  })

  test('a case may fail the workflow (C-10, C-11)', () => {
    expect(branching(7).failure).toMatchObject({ code: 'BranchFailed', message: 'node n0 failed: seven is bad luck' })
  })

  test('a node that fails inside a case fails the branch, and names itself', () => {
    const run = branching(3).fail('n0/then0/n0')
    expect(run.failure?.message).toBe('node n0/then0/n0 failed: boom')
    expect(run.states).toEqual({ n0: 'failed', 'n0/then0/n0': 'failed' })
  })

  test.each([
    [Operator.EQ, constant(2), constant(2), true],
    [Operator.EQ, constant(2), constant(2.5, literalTypes.float()), false],
    [Operator.LT, constant(2), constant(2.5, literalTypes.float()), true],
    [Operator.NE, constant('a', text), constant('b', text), true],
    [Operator.GE, constant('b', text), constant('a', text), true],
    [Operator.LE, constant(new Date(5), literalTypes.datetime()), constant(new Date(6), literalTypes.datetime()), true],
    [
      Operator.GT,
      constant({ milliseconds: 5 }, literalTypes.duration()),
      constant({ milliseconds: 6 }, literalTypes.duration()),
      false,
    ],
    [Operator.LT, constant('2026-01-02', text), constant(new Date('2026-01-03'), literalTypes.datetime()), true],
    [Operator.GE, constant({ milliseconds: 6 }, literalTypes.duration()), constant('5ms', text), true],
    [Operator.EQ, constant(null, literalTypes.none()), constant(2), false],
    [Operator.NE, constant(null, literalTypes.none()), constant(2), true],
    [Operator.EQ, constant(true, literalTypes.boolean()), constant(true, literalTypes.boolean()), true],
  ])('primitive values compare by their operator %#', (operator, left, right, expected) => {
    const of = workflow(
      [],
      [
        node(
          'n0',
          {
            case: 'branch',
            value: {
              cases: [{ condition: compare(operator, left, right), block: block([], { out: constant(1) }) }],
              otherwise: block([], { out: constant(0) }),
            },
          },
          { outputs: { out: int } },
        ),
      ],
      { outputs: { out: [int, 'n0.out'] } },
    )
    expect(new Driver(of).result).toEqual({ out: expected ? 1 : 0 })
  })

  test.each([
    [Operator.EQ, constant('a', text), constant(2), 'a constant, a text, cannot be compared with a constant, a number'],
    [Operator.LT, constant(null, literalTypes.none()), constant(2), 'a none, cannot be compared'],
    [Operator.LT, constant(true, literalTypes.boolean()), constant(true, literalTypes.boolean()), 'a boolean'],
    [Operator.EQ, constant([1], ints), constant(2), 'is no primitive value'],
  ])('others cannot be compared (P-9) %#', (operator, left, right, message) => {
    const of = workflow(
      [],
      [
        node('n0', {
          case: 'branch',
          value: { cases: [{ condition: compare(operator, left, right), block: block([]) }], otherwise: block([]) },
        }),
      ],
    )
    expect(new Driver(of).failure?.message).toContain(message)
  })

  test('or and not look no further than they need to', () => {
    const bad = compare(Operator.LT, constant('a', text), constant(2))
    const yes = compare(Operator.EQ, constant(1), constant(1))
    const any = { kind: { case: 'any' as const, value: { conditions: [yes, bad] } } }
    const of = workflow(
      [],
      [
        node(
          'n0',
          {
            case: 'branch',
            value: {
              cases: [{ condition: { kind: { case: 'not', value: any } }, block: block([], { out: constant(1) }) }],
              otherwise: block([], { out: constant(0) }),
            },
          },
          { outputs: { out: int } },
        ),
      ],
      { outputs: { out: [int, 'n0.out'] } },
    )
    expect(new Driver(of).result).toEqual({ out: 0 })
  })
})

describe('gates', () => {
  const condition = { name: 'ok', type: literalTypes.boolean() }

  function approving(): Driver {
    const kind = { case: 'approval', value: { condition } } as const
    const of = workflow([], [node('n0', kind, { inputs: { x: 'inputs.x' }, outputs: { x: int } })], {
      inputs: { x: int },
      outputs: { out: [int, 'n0.x'] },
    })
    return new Driver(of, { x: 3 })
  }

  test('an approval passes its value on (G-1)', () => {
    const run = approving()
    expect(run.started.get('n0')?.what).toMatchObject({ kind: 'condition', condition: { name: 'ok' } })
    expect(run.ok('n0', { value: true }, { value: literalTypes.boolean() }).result).toEqual({ out: 3 })
  })

  test('a no fails it', () => {
    const run = approving().ok('n0', { value: false }, { value: literalTypes.boolean() })
    expect(run.failure).toMatchObject({ code: 'ApprovalRejected', message: 'node n0 failed: ok was not approved' })
  })

  test('a signal gives what it was given (G-1)', () => {
    const kind = { case: 'signal', value: { condition: { name: 'go', type: text } } } as const
    const of = workflow([], [node('n0', kind, { outputs: { o0: text } })], { outputs: { out: [text, 'n0.o0'] } })
    expect(new Driver(of).ok('n0', { anything: 'now' }, { anything: text }).result).toEqual({ out: 'now' })
  })

  test('a sleep node waits as long as its input says', () => {
    const duration = constant({ milliseconds: 1500 }, literalTypes.duration())
    const of = workflow([], [node('n0', { case: 'sleep', value: {} }, { inputs: { duration } })])
    const run = new Driver(of)
    expect(run.started.get('n0')?.what).toEqual({ kind: 'sleep' })
    expect(run.ok('n0').result).toEqual({})
  })
})

describe('dynamic nodes', () => {
  function dynamic(): Driver {
    const of = workflow(
      [task({ n: int }, {}, 'maker')],
      [node('n0', { case: 'dynamic', value: { entity: 0 } }, { inputs: { n: 'inputs.n' }, outputs: { total: int } })],
      { inputs: { n: int }, outputs: { out: [int, 'n0.total'] } },
    )
    return new Driver(of, { n: 2 })
  }

  function made(of: Workflow): Uint8Array {
    const literals = [
      { name: 'graph', value: workflowToLiteral(createWorkflow({ entities: of.entities, graph: of.graph! })) },
    ]
    return toBinary(OutputsSchema, create(OutputsSchema, { literals }))
  }

  test('what they make becomes part of the workflow (D-2)', () => {
    const run = dynamic()
    const of = workflow([one], [call('n0', 0, { inputs: { x: constant(1) } })], { outputs: { total: [int, 'n0.y'] } })
    run.okBytes('n0', made(of))
    expect(run.order).toEqual(['n0', 'n0/n0'])
    expect(run.states).toEqual({ n0: 'running', 'n0/n0': 'running' })
    expect([...run.execution.statuses()][0]?.made?.graph?.nodes).toHaveLength(1)
    expect(run.ok('n0/n0', { y: 5 }).result).toEqual({ out: 5 })
  })

  test('without nodes they give their outputs at once (D-3)', () => {
    const of = workflow([], [], { outputs: { total: [int, constant(8)] } })
    expect(dynamic().okBytes('n0', made(of)).result).toEqual({ out: 8 })
  })

  test('what is no graph, or gives something else, fails them', () => {
    const binary = [{ name: 'graph', value: binaryLiteral(new Uint8Array([1]), 'x') }]
    const none = toBinary(OutputsSchema, create(OutputsSchema, { literals: binary }))
    expect(dynamic().okBytes('n0', none).failure?.code).toBe('DynamicGraphInvalid')
    const of = workflow([], [], { outputs: { total: [text, constant('a', text)] } })
    expect(dynamic().okBytes('n0', made(of)).failure?.message).toContain('gives total as')
  })
})

test('the context of the inputs goes on to all nodes, but for what a trigger put there', () => {
  const of = workflow([one], [call('n0', 0, { inputs: { x: constant(1) } })])
  const context = inputs({}, {})
  const given = new Uint8Array([
    ...context,
    ...contextEntry('who', 'me'),
    ...contextEntry('_u_kickoff_time_input_arg', 'at'),
  ])
  const [effect] = new WorkflowExecution(of, given).start(0)
  expect(effect?.type === 'start' && new TextDecoder().decode(effect.inputs)).toContain('who')
  expect(effect?.type === 'start' && new TextDecoder().decode(effect.inputs)).not.toContain('kickoff')
})

function contextEntry(key: string, value: string): number[] {
  const pair = [0x0a, key.length, ...Buffer.from(key), 0x12, value.length, ...Buffer.from(value)]
  return [0x12, pair.length, ...pair]
}
