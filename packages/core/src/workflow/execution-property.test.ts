import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  Comparison_Operator as Operator,
  type ConditionSchema,
  EntitySchema,
  FailurePolicy,
  type Workflow,
} from '@tern/idl/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkWorkflow } from './check-workflow.ts'
import type { NodeState } from './effects.ts'
import { WorkflowExecution } from './execution.ts'
import {
  block,
  call,
  constant,
  decoded,
  graph,
  inputs,
  int,
  type NodeInit,
  node,
  outputs,
  ref,
  task,
  type ValueInit,
  workflow,
} from './test/graph-parts.ts'

// Graphs of integers, drawn at random. The task adds one to its input, or fails where it is told to.

type Kind = 'call' | 'echo' | 'map' | 'branch' | 'sub'

interface Drawn {
  readonly kind: Kind
  /** Of which earlier node it takes its input; none for the workflow's. */
  readonly from: number
  /** Behind which earlier node it is put, too. */
  readonly behind: number
  readonly fails: boolean
}

interface Plan {
  readonly nodes: ReadonlyArray<Drawn>
  readonly x: number
  readonly policy: FailurePolicy
  readonly hasHandler: boolean
  /** The workflows inside of it have failure handlers. */
  readonly hasInnerHandlers: boolean
}

const one = task({ x: int }, { y: int })
const subs = [{}, { onFailure: call('fn0', 2) }].map((more) =>
  create(EntitySchema, {
    kind: {
      case: 'workflow',
      value: graph([call('n0', 0, { inputs: { x: 'inputs.x' } }), call('n1', 0, { inputs: { x: 'n0.y' } })], {
        inputs: { x: int },
        outputs: { y: [int, 'n1.y'] },
        more,
      }),
    },
  }),
)
const handler = task({}, {}, 'handler')

const drawn: fc.Arbitrary<Drawn> = fc.record({
  kind: fc.constantFrom<Kind>('call', 'echo', 'map', 'branch', 'sub'),
  from: fc.nat(100),
  behind: fc.nat(100),
  fails: fc.integer({ min: 0, max: 9 }).map((roll) => roll === 0),
})

const plans: fc.Arbitrary<Plan> = fc.record({
  nodes: fc.array(drawn, { minLength: 1, maxLength: 25 }),
  x: fc.integer({ min: -5, max: 5 }),
  policy: fc.constantFrom(FailurePolicy.FAIL_IMMEDIATELY, FailurePolicy.FINISH_EXECUTABLE),
  hasHandler: fc.boolean(),
  hasInnerHandlers: fc.boolean(),
})

/** Where a node takes its input from: the workflow, or one before it. */
function sourceOf({ from }: Drawn, index: number): number {
  return index === 0 ? -1 : (from % (index + 1)) - 1
}

function outputOf(plan: Plan, index: number): string {
  if (index < 0) return 'inputs.x'
  const kind = plan.nodes[index]!.kind
  return `n${index}.${kind === 'echo' ? 'x' : kind === 'map' ? 'y[1]' : 'y'}`
}

function toNode(plan: Plan, index: number): NodeInit {
  const drawnNode = plan.nodes[index]!
  const id = `n${index}`
  const from = outputOf(plan, sourceOf(drawnNode, index))
  const behind = index === 0 ? [] : [`n${drawnNode.behind % index}`]
  const given = { inputs: { x: from }, upstream: behind }
  switch (drawnNode.kind) {
    case 'call':
      return call(id, 0, given)
    case 'sub':
      return call(id, 1, given)
    case 'echo':
      return node(id, { case: 'echo', value: {} }, { ...given, outputs: { x: int } })
    case 'map': {
      const items: ValueInit = { kind: { case: 'list', value: { items: [constant(1), ref(from), constant(3)] } } }
      const made = node(
        id,
        { case: 'map', value: { entity: 0, over: ['x'], concurrency: 2 } },
        { inputs: { x: items } },
      )
      return { ...made, upstream: [...new Set([...behind, ...nodesIn(from)])] }
    }
    case 'branch': {
      const made = node(
        id,
        {
          case: 'branch',
          value: {
            cases: [
              {
                condition: isPositive(from),
                block: block([{ ...call('n0', 0, { inputs: { x: from } }), upstream: [] }], { y: `${id}/then0/n0.y` }),
              },
            ],
            otherwise: block([], { y: from }),
          },
        },
        { outputs: { y: int }, upstream: behind },
      )
      return { ...made, upstream: [...new Set([...behind, ...nodesIn(from)])] }
    }
  }
}

function nodesIn(reference: string): string[] {
  return reference.startsWith('inputs.') ? [] : [reference.split('.')[0]!]
}

function isPositive(reference: string): MessageInitShape<typeof ConditionSchema> {
  const left = { value: ref(reference).kind } as never
  const right = { value: constant(0).kind } as never
  return { kind: { case: 'comparison', value: { operator: Operator.GT, left, right } } }
}

function toWorkflow(plan: Plan): Workflow {
  return workflow(
    [one, subs[plan.hasInnerHandlers ? 1 : 0]!, handler],
    plan.nodes.map((_, index) => toNode(plan, index)),
    {
      inputs: { x: int },
      outputs: Object.fromEntries(
        plan.nodes.map((_, index) => [`o${index}`, [int, outputOf(plan, index)] as const] as const),
      ),
      more: {
        failurePolicy: plan.policy,
        ...(plan.hasHandler && { onFailure: call('fn0', 2) }),
      },
    },
  )
}

/** What the nodes come to, worked out one after the other; null for one that fails or waits for one that did. */
function expected(plan: Plan): ReadonlyArray<number | null> {
  const values: (number | null)[] = []
  plan.nodes.forEach((each, index) => {
    const source = sourceOf(each, index)
    const x = source < 0 ? plan.x : values[source]!
    const behind = index === 0 ? 0 : values[each.behind % index]
    values.push(x === null || behind === null ? null : valueOf(each, x))
  })
  return values
}

function valueOf({ kind, fails }: Drawn, x: number): number | null {
  if (kind === 'echo' || (kind === 'branch' && x <= 0)) return x
  if (fails) return null
  return kind === 'sub' ? x + 2 : x + 1
}

interface Outcome {
  readonly values: Record<string, unknown> | undefined
  readonly failure: string | undefined
  /** In their order. */
  readonly started: ReadonlySet<string>
  readonly states: ReadonlyMap<string, NodeState>
}

/** Ends what was started in an order that is drawn, and watches that nothing is asked that may not be. */
function execute(plan: Plan, order: ReadonlyArray<number>): Outcome {
  const execution = new WorkflowExecution(toWorkflow(plan), inputs({ x: plan.x }, {}))
  const open: { readonly key: string; readonly inputs: Uint8Array }[] = []
  const started = new Set<string>()
  let values: Record<string, unknown> | undefined
  let failure: string | undefined
  const take = (effects: ReturnType<WorkflowExecution['start']>): void => {
    for (const effect of effects) {
      expect(values ?? failure).toBeUndefined()
      if (effect.type === 'start') {
        expect(started).not.toContain(effect.key)
        started.add(effect.key)
        open.push(effect)
      } else if (effect.type === 'abort') {
        const at = open.findIndex(({ key }) => key === effect.key)
        expect(at).toBeGreaterThanOrEqual(0)
        open.splice(at, 1)
      } else if (effect.type === 'succeed') values = decoded(effect.outputs)
      else if (effect.type === 'fail') failure = effect.failure.message
    }
    if ((values ?? failure) !== undefined) expect(open).toEqual([])
  }
  take(execution.start(0))
  for (let turn = 0; open.length > 0; turn++) {
    const [next] = open.splice((order[turn % order.length] ?? 0) % open.length, 1)
    take(execution.ended(next!.key, endOf(plan, next!), turn))
  }
  const states = new Map([...execution.statuses()].map(({ path, state }) => [path, state]))
  return { values, failure, started, states }
}

function endOf(plan: Plan, { key, inputs: given }: { readonly key: string; readonly inputs: Uint8Array }) {
  const fails = !key.endsWith('fn0') && plan.nodes[Number(/^n(\d+)/.exec(key)?.[1])]?.fails === true
  if (fails) return { failure: { code: 'Error', message: 'boom', kind: 'user', recoverable: true } as const }
  return { outputs: key.endsWith('fn0') ? new Uint8Array() : outputs({ y: Number(decoded(given)['x']) + 1 }) }
}

function failedNode({ failure }: Outcome): string | undefined {
  return failure?.slice(0, failure.indexOf(' failed'))
}

const orders = fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 })

test('whatever the order in which its nodes end, a graph comes to what its nodes come to one after the other', () => {
  fc.assert(
    fc.property(plans, orders, (plan, order) => {
      const values = expected(plan)
      const outcome = execute(plan, order)
      if (values.includes(null)) {
        expect(outcome.values).toBeUndefined()
        expect(outcome.failure).toMatch(/^node n\d+(\/n\d|\/then0\/n0)? failed: /)
        expect(outcome.started.has('fn0')).toBe(plan.hasHandler)
      } else {
        expect(outcome.failure).toBeUndefined()
        expect(outcome.values).toEqual(Object.fromEntries(values.map((value, index) => [`o${index}`, value])))
        expect(outcome.started.has('fn0')).toBe(false)
      }
    }),
    { numRuns: 300 },
  )
})

test('with the policy to finish what can be, every node runs that does not wait for one that failed, and the same one is named', () => {
  fc.assert(
    fc.property(plans, orders, orders, (drawnPlan, first, second) => {
      const plan = { ...drawnPlan, policy: FailurePolicy.FINISH_EXECUTABLE }
      const [a, b] = [execute(plan, first), execute(plan, second)]
      // Which item of a map comes first to fail is another question.
      expect(failedNode(a)).toBe(failedNode(b))
      expect([...a.started].filter((key) => !key.includes('[')).sort()).toEqual(
        [...b.started].filter((key) => !key.includes('[')).sort(),
      )
      const values = expected(plan)
      plan.nodes.forEach(({ kind }, index) => {
        if (values[index] !== null && kind === 'call') expect(a.started).toContain(`n${index}`)
      })
    }),
    { numRuns: 200 },
  )
})

test('the failure handler of a workflow inside is called if that began and did not end well, before the one around it', () => {
  fc.assert(
    fc.property(plans, orders, (drawnPlan, order) => {
      const plan = { ...drawnPlan, hasInnerHandlers: true }
      const { started, states } = execute(plan, order)
      const asked = [...started]
      plan.nodes.forEach(({ kind }, index) => {
        if (kind !== 'sub') return
        const path = `n${index}`
        const needsIt = started.has(`${path}/n0`) && states.get(path) !== 'succeeded'
        expect(started.has(`${path}/fn0`)).toBe(needsIt)
        if (!needsIt || !plan.hasHandler) return
        expect(states.get(`${path}/fn0`)).toBe('succeeded')
        expect(asked.indexOf(`${path}/fn0`)).toBeLessThan(asked.indexOf('fn0'))
      })
    }),
    { numRuns: 300 },
  )
})

test('what is drawn is sound', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const of = toWorkflow(plan)
      checkWorkflow(of)
      expect(of.graph?.nodes).toHaveLength(plan.nodes.length)
    }),
    { numRuns: 100 },
  )
})
