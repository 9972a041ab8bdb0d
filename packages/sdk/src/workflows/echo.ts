import type { CallInputs, Simplify } from '../authoring/inference.ts'
import type { OutputOf, Schemas } from '../types/standard-schema.ts'
import { bindInterface } from '../types/task-interface.ts'
import { addCallNode } from './call-node.ts'
import { GraphError } from './errors.ts'
import { requireGraph } from './graph-scope.ts'
import type { NodeTarget } from './node-kind.ts'
import { checkNodeOptions, readOptions } from './node-options.ts'
import type { BindableInputs, NodeOptions, Ref } from './reference-types.ts'

/** What an echo node gives: what it is given. */
export type Echoed<S extends Schemas> = Simplify<{ -readonly [K in keyof S]: OutputOf<S[K]> }>

/**
 * A node that gives what it is given, at no cost: it puts values together under one name, for what comes behind it and for people
 * who look at the graph.
 *
 *     const plan = echo({ rows: z.int(), site: z.string() }, { rows: data.rows, site: 'oslo' }, { nodeName: 'plan' })
 *     train.node({ rows: plan.rows })
 */
export function echo<S extends Schemas>(
  schemas: S,
  values: BindableInputs<CallInputs<S>>,
  options: NodeOptions = {},
): Ref<Echoed<S>> {
  const scope = requireGraph('echo', echo)
  return readOptions(scope, options, echo, () => {
    checkNodeOptions('echo', options)
    if (typeof schemas !== 'object' || schemas === null || Object.keys(schemas).length === 0) {
      throw new GraphError('echo needs the schemas of its values, such as { n: z.int() }')
    }
    const declared = bindInterface('echo', { inputs: schemas, outputs: schemas }, 'node')
    const toKind: NodeTarget['toKind'] = () => ({ case: 'echo', value: {} })
    const target = { what: 'echo', options, declaresOutputs: true, toKind }
    return addCallNode({ target, interface: declared, given: values, callee: echo }) as Ref<Echoed<S>>
  })
}
