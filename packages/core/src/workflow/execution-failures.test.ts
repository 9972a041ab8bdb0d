import type { Entity } from '@tern/idl/graph'
import { FailurePolicy } from '@tern/idl/graph'
import { describe, expect, test } from 'vitest'
import { literalTypes } from '../literal-types.ts'
import { isAbortOfWorkflow } from './abort-reason.ts'
import { Driver, nothing, one } from './test/driver.ts'
import {
  block,
  call,
  called,
  constant,
  decoded,
  errorType,
  type GraphOptions,
  graph,
  int,
  type NodeInit,
  node,
  task,
  type ValueInit,
  workflow,
} from './test/graph-parts.ts'

const finishExecutable = { failurePolicy: FailurePolicy.FINISH_EXECUTABLE }

describe('workflows inside of workflows', () => {
  const inner = (more: GraphOptions['more'] = {}): Entity =>
    called(
      graph([call('n0', 0, { inputs: { x: 'inputs.a' } })], {
        inputs: { a: int },
        outputs: { b: [int, 'n0.y'] },
        more,
      }),
    )

  test('are part of the one that calls them (W-11)', () => {
    const of = workflow(
      [one, inner()],
      [call('n0', 1, { inputs: { a: 'inputs.x' } }), call('n1', 1, { inputs: { a: 'n0.b' } })],
      { inputs: { x: int }, outputs: { out: [int, 'n1.b'] } },
    )
    const run = new Driver(of, { x: 1 })
    expect(run.started.get('n0/n0')).toMatchObject({ group: 'n0' })
    run.ok('n0/n0', { y: 2 })
    expect(run.given('n1/n0')).toEqual({ x: 2 })
    expect(run.ok('n1/n0', { y: 3 }).result).toEqual({ out: 3 })
    expect(run.states).toEqual({ n0: 'succeeded', 'n0/n0': 'succeeded', n1: 'succeeded', 'n1/n0': 'succeeded' })
  })

  test('their failure handlers run first, then those of the workflow around them (W-17)', () => {
    const handler = (entity: number): NodeInit => call('fn0', entity)
    const failing = inner({ onFailure: handler(2) })
    const of = workflow([one, failing, nothing], [call('n0', 1, { inputs: { a: constant(1) } })], {
      more: { onFailure: handler(2) },
    })
    const run = new Driver(of).fail('n0/n0')
    expect(run.order).toEqual(['n0/n0', 'n0/fn0'])
    run.ok('n0/fn0')
    expect(run.order).toEqual(['n0/n0', 'n0/fn0', 'fn0'])
    run.ok('fn0')
    expect(run.failure?.message).toBe('node n0/n0 failed: boom')
  })
})

describe('failures', () => {
  const three = [
    call('n0', 0, { inputs: { x: constant(1) } }),
    call('n1', 0, { inputs: { x: constant(2) } }),
    call('n2', 0, { inputs: { x: 'n0.y' } }),
    call('n3', 0, { inputs: { x: 'n1.y' } }),
  ]

  test('the first one aborts what runs (W-2)', () => {
    const run = new Driver(workflow([one], three)).fail('n0')
    expect(run.aborted).toEqual(['n1'])
    expect(run.failure).toMatchObject({ code: 'Error', message: 'node n0 failed: boom', recoverable: true })
    expect(run.states).toEqual({ n0: 'failed', n1: 'aborted' })
    expect(run.fail('n1', 'aborted').failure?.message).toBe('node n0 failed: boom')
  })

  test('with the other policy, what does not depend on it runs first (W-2)', () => {
    const run = new Driver(workflow([one], three, { more: finishExecutable })).fail('n0')
    expect(run.failure).toBeUndefined()
    run.ok('n1', { y: 2 })
    expect(run.order).toEqual(['n0', 'n1', 'n3'])
    run.ok('n3', { y: 2 })
    expect(run.failure?.message).toBe('node n0 failed: boom')
    expect(run.states).toEqual({ n0: 'failed', n1: 'succeeded', n2: 'skipped', n3: 'succeeded' })
  })

  const told = (path: string, message = 'boom') => {
    return { message, failedNodeId: path, code: 'Error', kind: 'user', attempt: 2, action: `action of ${path}` }
  }

  test('a handler is told of all that failed, those inside of branches and workflows too (W-18, Q6)', () => {
    const takes = task({ err: literalTypes.struct({}) }, {}, 'handler')
    const onFailure = call('fn0', 1, { inputs: { err: { kind: { case: 'error', value: {} } } } })
    const two = called(graph([call('n0', 0, { inputs: { x: constant(1) } })], { more: finishExecutable }))
    const always = {
      kind: {
        case: 'comparison',
        value: { operator: 1, left: { value: constant(1).kind }, right: { value: constant(1).kind } },
      },
    }
    const branch = {
      case: 'branch',
      value: {
        cases: [{ condition: always, block: block([call('n0', 0, { inputs: { x: constant(1) } })]) }],
        otherwise: block([]),
      },
    } as never
    const nodes = [call('n0', 0, { inputs: { x: constant(1) } }), call('n1', 2), node('n2', branch)]
    const run = new Driver(workflow([one, takes, two], nodes, { more: { ...finishExecutable, onFailure } }))
    run.fail('n2/then0/n0', 'third').fail('n1/n0', 'second').fail('n0', 'first')
    expect(run.given('fn0')).toEqual({
      err: {
        ...told('n0', 'first'),
        failures: [told('n0', 'first'), told('n1/n0', 'second'), told('n2/then0/n0', 'third')],
      },
    })
    expect(run.ok('fn0').failure?.message).toBe('node n0 failed: first (and so did n1/n0, n2/then0/n0)')
  })

  test('of thousands a handler is told of a hundred', () => {
    const takes = task({ err: literalTypes.struct({}) }, {}, 'handler')
    const onFailure = call('fn0', 1, { inputs: { err: { kind: { case: 'error', value: {} } } } })
    const many = Array.from({ length: 1000 }, (_, i) => call(`n${i}`, 0, { inputs: { x: constant(1) } }))
    const run = new Driver(workflow([one, takes], many, { more: { ...finishExecutable, onFailure } }))
    for (let i = 999; i >= 0; i--) run.fail(`n${i}`)
    expect((run.given('fn0')['err'] as { failures: unknown[] }).failures).toHaveLength(100)
    expect(run.ok('fn0').failure?.message).toBe('node n0 failed: boom (and so did n1, n2, n3 and 996 more)')
  })

  test('of several, the first in the graph is named, in whatever order they came', () => {
    const run = new Driver(workflow([one], three, { more: finishExecutable })).fail('n1', 'second').fail('n0', 'first')
    expect(run.failure?.message).toBe('node n0 failed: first (and so did n1)')
  })

  test('of what the system could not run, no further attempt is made', () => {
    const run = new Driver(workflow([one], three)).fail('n0', 'lost', { kind: 'system', code: 'WorkerLost' })
    expect(run.failure).toMatchObject({ code: 'WorkerLost', recoverable: false })
  })

  test('a handler is told which node failed, and why; the workflow fails all the same (W-16, W-17, W-18)', () => {
    const takes = task({ x: int, error: errorType, details: literalTypes.struct({}) }, {}, 'handler')
    const error: ValueInit = { kind: { case: 'error', value: {} } }
    const onFailure = call('fn0', 1, { inputs: { x: 'inputs.x', error, details: error } })
    const run = new Driver(workflow([one, takes], three, { inputs: { x: int }, more: { onFailure } }), { x: 4 }).fail(
      'n1',
    )
    expect(run.aborted).toEqual(['n0'])
    expect(run.failure).toBeUndefined()
    expect(run.started.get('fn0')).toMatchObject({ isFailureHandler: true })
    expect(run.given('fn0')).toEqual({
      x: 4,
      error: { failedNodeId: 'n1', message: 'boom' },
      details: { ...told('n1'), failures: [told('n1')] },
    })
    expect(run.ok('fn0').failure?.message).toBe('node n1 failed: boom')
  })

  test('the error of a handler stands behind the one that it was called for (BUG-5)', () => {
    const run = new Driver(workflow([one, nothing], three, { more: { onFailure: call('fn0', 1) } }))
    run.fail('n0').fail('fn0', 'and now this')
    expect(run.failure?.message).toBe('node n0 failed: boom (and the failure handler fn0 failed: and now this)')
  })

  test('what was aborted for a failure says so', () => {
    const reason = { code: 'ActionAbortedError', kind: 'user', recoverable: false } as const
    expect(isAbortOfWorkflow({ ...reason, message: 'aborted, since node n0 failed' })).toBe(true)
    expect(isAbortOfWorkflow({ ...reason, message: 'somebody wanted to' })).toBe(false)
  })
})

describe('the handler of a workflow inside of another, when that is aborted (W-17, F-10)', () => {
  const somebody = { code: 'ActionAbortedError', message: 'enough', kind: 'user', recoverable: false } as const
  const handling = (name: string): Entity => task({ x: int }, {}, name)
  const whole = (entity: number) => call('fn0', entity, { inputs: { x: 'inputs.x' } })
  const within = (nodes: NodeInit[], entity: number): Entity =>
    called(graph(nodes, { inputs: { x: int }, more: { onFailure: whole(entity) } }))
  const entities = [
    one,
    handling('innermost'),
    handling('middle'),
    handling('outer'),
    within([call('n0', 0, { inputs: { x: 'inputs.x' } })], 1),
    within([call('n0', 4, { inputs: { x: 'inputs.x' } })], 2),
  ]
  const nodes = [call('n0', 0, { inputs: { x: 'inputs.x' } }), call('n1', 5, { inputs: { x: 'inputs.x' } })]
  const nested = workflow(entities, nodes, { inputs: { x: int }, more: { onFailure: whole(3) } })

  test('since another node has failed: from inside to outside, each after the one before', () => {
    const run = new Driver(nested, { x: 7 })
    expect(run.order).toEqual(['n0', 'n1/n0/n0'])
    run.fail('n0')
    expect(run.aborted).toEqual(['n1/n0/n0'])
    expect(run.order.slice(2)).toEqual(['n1/n0/fn0'])
    expect(run.given('n1/n0/fn0')).toEqual({ x: 7 })
    expect(run.ok('n1/n0/fn0').order.slice(3)).toEqual(['n1/fn0'])
    expect(run.ok('n1/fn0').order.slice(4)).toEqual(['fn0'])
    expect(run.failure).toBeUndefined()
    expect(run.ok('fn0').failure?.message).toBe('node n0 failed: boom')
    expect(run.states).toMatchObject({ n0: 'failed', n1: 'aborted', 'n1/n0': 'aborted', 'n1/n0/fn0': 'succeeded' })
  })

  test('one that fails does not keep the others from being called', () => {
    const run = new Driver(nested, { x: 7 }).fail('n0').fail('n1/n0/fn0').ok('n1/fn0').fail('fn0', 'and this')
    expect(run.failure?.message).toBe('node n0 failed: boom (and the failure handler fn0 failed: and this)')
  })

  test('one that is called already goes on, and is waited for', () => {
    const run = new Driver(nested, { x: 7 }).fail('n1/n0/n0', 'inside')
    expect(run.order.slice(2)).toEqual(['n1/n0/fn0'])
    run.fail('n0')
    expect(run.aborted).toEqual([])
    expect(run.ok('n1/n0/fn0').order.slice(3)).toEqual(['n1/fn0'])
    expect(run.ok('n1/fn0').order.slice(4)).toEqual(['fn0'])
    expect(run.ok('fn0').failure?.message).toBe('node n0 failed: boom')
  })

  test('inside of a case of a conditional too', () => {
    const always = {
      kind: {
        case: 'comparison',
        value: { operator: 1, left: { value: constant(1).kind }, right: { value: constant(1).kind } },
      },
    }
    const branch = {
      case: 'branch',
      value: { cases: [{ condition: always, block: block(nodes.map((each) => ({ ...each }))) }], otherwise: block([]) },
    } as never
    const run = new Driver(workflow(entities, [node('n0', branch)], { inputs: { x: int } }), { x: 7 })
    run.fail('n0/then0/n0')
    expect(run.order.slice(2)).toEqual(['n0/then0/n1/n0/fn0'])
    run.ok('n0/then0/n1/n0/fn0').ok('n0/then0/n1/fn0')
    expect(run.failure?.message).toBe('node n0/then0/n0 failed: boom')
  })

  test('from outside: all of them are to be called, and told why', () => {
    const run = new Driver(nested, { x: 7 })
    const effects = run.execution.handlersOnAbort(somebody)
    expect(effects.map(({ key }) => key)).toEqual(['n1/n0/fn0', 'n1/fn0', 'fn0'])
    expect(effects.every(({ isFailureHandler }) => isFailureHandler)).toBe(true)
    expect(effects.map(({ inputs }) => decoded(inputs))).toEqual([{ x: 7 }, { x: 7 }, { x: 7 }])
  })

  test('from outside: those of workflows that are over, or not begun, are not', () => {
    const chained = [nodes[1]!, { ...nodes[1]!, id: 'n2', upstream: ['n1'] }]
    const run = new Driver(workflow(entities, chained, { inputs: { x: int } }), { x: 7 })
    expect(run.execution.handlersOnAbort(somebody).map(({ key }) => key)).toEqual(['n1/n0/fn0', 'n1/fn0'])
    const later = new Driver(workflow(entities, chained, { inputs: { x: int } }), { x: 7 }).ok('n1/n0/n0', { y: 1 })
    expect(later.execution.handlersOnAbort(somebody).map(({ key }) => key)).toEqual(['n2/n0/fn0', 'n2/fn0'])
    expect(later.ok('n2/n0/n0', { y: 1 }).execution.handlersOnAbort(somebody)).toEqual([])
  })
})

describe('policies inside of each other (W-2, D-9)', () => {
  const pair = (more: GraphOptions['more'] = {}): Entity =>
    called(
      graph([call('n0', 0, { inputs: { x: constant(1) } }), call('n1', 0, { inputs: { x: constant(2) } })], { more }),
    )

  test('one that finishes what it can, in one that fails at once', () => {
    const nodes = [call('n0', 1), call('n1', 0, { inputs: { x: constant(3) } })]
    const run = new Driver(workflow([one, pair(finishExecutable)], nodes)).fail('n0/n0')
    expect(run.aborted).toEqual([])
    run.ok('n0/n1', { y: 1 })
    expect(run.aborted).toEqual(['n1'])
    expect(run.failure?.message).toBe('node n0/n0 failed: boom')
  })

  test('one that fails at once, in one that finishes what it can', () => {
    const nodes = [call('n0', 1), call('n1', 0, { inputs: { x: constant(3) } })]
    const run = new Driver(workflow([one, pair()], nodes, { more: finishExecutable })).fail('n0/n0')
    expect(run.aborted).toEqual(['n0/n1'])
    expect(run.failure).toBeUndefined()
    expect(run.ok('n1', { y: 1 }).failure?.message).toBe('node n0/n0 failed: boom')
  })
})
