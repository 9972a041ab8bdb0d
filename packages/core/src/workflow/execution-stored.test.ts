import { create, toBinary } from '@bufbuild/protobuf'
import { type Literal, LiteralSchema, type LiteralType } from '@tern/idl/core'
import { Comparison_Operator as Operator } from '@tern/idl/graph'
import { OutputsSchema } from '@tern/idl/task'
import { describe, expect, test } from 'vitest'
import { literalTypes } from '../literal-types.ts'
import { toLiteral } from '../to-literal.ts'
import { add, Driver, one } from './test/driver.ts'
import {
  block,
  call,
  called,
  constant,
  graph,
  int,
  ints,
  node,
  type NodeInit,
  ref,
  task,
  type ValueInit,
  workflow,
} from './test/graph-parts.ts'

// a task may leave a value in storage and give a note of where, which a graph reads when it looks inside.

const uri = '/data/large.pb'
const stored = (value: unknown, type: LiteralType): Uint8Array => toBinary(LiteralSchema, toLiteral(value, type))

function note(at = uri): Literal {
  const value = { $typeName: 'flyteidl2.core.LiteralOffloadedMetadata', uri: at, sizeBytes: 1n } as const
  return { $typeName: 'flyteidl2.core.Literal', value: { case: 'offloadedMetadata', value }, hash: '', metadata: {} }
}

function noted(name: string, value: Literal = note()): Uint8Array {
  return toBinary(OutputsSchema, create(OutputsSchema, { literals: [{ name, value }] }))
}

const person = literalTypes.struct({
  title: 'Person',
  type: 'object',
  properties: { age: { type: 'integer' } },
  required: ['age'],
})
const large = task({}, { list: ints, person, table: literalTypes.map(ints), number: int }, 'large')

function reading(nodes: NodeInit[], outputs: NonNullable<Parameters<typeof graph>[1]>['outputs'] = {}): Driver {
  return new Driver(workflow([large, one, add], [call('n0', 0), ...nodes], { outputs }))
}

describe('X-29: values that are kept in storage', () => {
  test.each<[string, string, unknown, LiteralType, number]>([
    ['an item of a list', 'n0.list[1]', [4, 5], ints, 5],
    ['a property', 'n0.person.age', { age: 6 }, person, 6],
    ['an item deep inside', 'n0.table.a[0]', { a: [7] }, literalTypes.map(ints), 7],
  ])('%s is read when a node needs it', (_, reference, value, type, expected) => {
    const run = reading([call('n1', 1, { inputs: { x: reference } })])
    run.okBytes('n0', noted(reference.split(/[.[]/)[1]!))
    expect(run.reads).toEqual([uri])
    expect(run.order).toEqual(['n0'])
    run.found(uri, stored(value, type))
    expect(run.given('n1')).toEqual({ x: expected })
  })

  test('what is only handed on is not read', () => {
    const takes = task({ list: ints }, {}, 'takes')
    const run = new Driver(workflow([large, takes], [call('n0', 0), call('n1', 1, { inputs: { list: 'n0.list' } })]))
    run.okBytes('n0', noted('list'))
    expect(run.order).toEqual(['n0', 'n1'])
    expect(run.reads).toEqual([])
  })

  test('it is read once, however many look at it', () => {
    const run = reading([0, 1, 2].map((i) => call(`n${i + 1}`, 1, { inputs: { x: `n0.list[${i}]` } })))
    run.okBytes('n0', noted('list')).found(uri, stored([7, 8, 9], ints))
    expect(run.reads).toEqual([uri])
    expect(['n1', 'n2', 'n3'].map((key) => run.given(key)['x'])).toEqual([7, 8, 9])
  })

  test('a condition looks at it', () => {
    const operand = (value: ValueInit) => ({ value: value.kind! })
    const condition = {
      kind: {
        case: 'comparison',
        value: { operator: Operator.GT, left: operand(ref('n0.number')), right: operand(constant(3)) },
      },
    }
    const branch = {
      case: 'branch',
      value: {
        cases: [{ condition, block: block([call('n0', 1, { inputs: { x: constant(1) } })]) }],
        otherwise: block([]),
      },
    } as never
    const run = reading([node('n1', branch, { upstream: ['n0'] })]).okBytes('n0', noted('number'))
    expect(run.found(uri, stored(4, int)).order).toEqual(['n0', 'n1/then0/n0'])
  })

  test('a map is over it', () => {
    const kind = { case: 'map' as const, value: { entity: 1, over: ['x'] } }
    const nodes = [node('n1', kind, { inputs: { x: 'n0.list' } })]
    const run = reading(nodes)
      .okBytes('n0', noted('list'))
      .found(uri, stored([1, 2], ints))
    expect(run.order).toEqual(['n0', 'n1[0]', 'n1[1]'])
    expect(run.given('n1[1]')).toEqual({ x: 2 })
  })

  test('the outputs of a workflow, and of one inside of another, lead into it', () => {
    const inner = called(graph([call('n0', 0)], { outputs: { out: [int, 'n0.list[1]'] } }))
    const run = new Driver(workflow([large, inner], [call('n0', 1)], { outputs: { out: [int, 'n0.out'] } }))
    run.okBytes('n0/n0', noted('list'))
    expect(run.result).toBeUndefined()
    expect(run.found(uri, stored([1, 2], ints)).result).toEqual({ out: 2 })

    const whole = reading([], { out: [int, 'n0.list[0]'] }).okBytes('n0', noted('list'))
    expect(whole.result).toBeUndefined()
    expect(whole.found(uri, stored([3], ints)).result).toEqual({ out: 3 })
  })

  test('a record takes it in', () => {
    const record: ValueInit = {
      kind: { case: 'record', value: { fields: [{ name: 'list', value: ref('n0.list') }] } },
    }
    const takes = task({ p: literalTypes.struct({}) }, {}, 'takes')
    const run = new Driver(
      workflow([large, takes], [call('n0', 0), call('n1', 1, { inputs: { p: record }, upstream: ['n0'] })]),
    )
    run.okBytes('n0', noted('list')).found(uri, stored([1, 2], ints))
    expect(run.given('n1')).toEqual({ p: { list: [1, 2] } })
  })

  test('one that cannot be read fails the node that needs it', () => {
    const run = reading([call('n1', 1, { inputs: { x: 'n0.list[1]' } })]).okBytes('n0', noted('list'))
    expect(run.found(uri, { refused: 'it does not exist' }).failure).toMatchObject({
      code: 'WorkflowValueError',
      message: `node n1 failed: the value that is kept in storage at ${uri} cannot be read: it does not exist`,
    })
  })

  test('a node that was aborted meanwhile stays so', () => {
    const run = reading([call('n1', 1, { inputs: { x: 'n0.list[1]' } }), call('n2', 1, { inputs: { x: constant(1) } })])
    run.okBytes('n0', noted('list')).fail('n2')
    expect(run.failure?.message).toBe('node n2 failed: boom')
    expect(run.found(uri, stored([1, 2], ints)).order).toEqual(['n0', 'n2'])
  })
})
