import type { LiteralType } from '@tern/idl/core'
import type { EntityInterface } from './entity-interface.ts'
import type { ListRun, NodeRun } from './execution-state.ts'
import type { BindingPlan } from './graph-plan.ts'
import { joined, type LiteralBytes, namedEntry, type NamedBytes } from './literal-bytes.ts'
import type { StoredValues } from './stored-values.ts'
import { Values } from './values.ts'
import { contextOf } from './workflow-inputs.ts'

/** The values that are bound in one execution of a workflow. */
export class NodeValues {
  readonly resolver: Values
  readonly #context: Uint8Array

  /** @param inputs of the workflow, serialized: their context goes on to all that is started */
  constructor(inputs: Uint8Array, stored: StoredValues) {
    this.resolver = new Values(stored)
    this.#context = contextOf(inputs)
  }

  /** The values of a node's bindings, in the order of the types. Those that a map is over are lists of them. */
  inputs(
    { plan, list }: NodeRun,
    types: ReadonlyMap<string, LiteralType>,
    over?: ReadonlySet<string>,
  ): Map<string, LiteralBytes> {
    return this.bound(plan.inputs, list, types, over)
  }

  /** The values of bindings, in the order of the types. Throws ValueError. */
  bound(
    bindings: ReadonlyArray<BindingPlan>,
    list: ListRun,
    types: ReadonlyMap<string, LiteralType>,
    over?: ReadonlySet<string>,
  ): Map<string, LiteralBytes> {
    const values = new Map<string, LiteralBytes>()
    for (const { name, value } of bindings) {
      const type = types.get(name)
      const isList = over?.has(name) === true && type !== undefined
      values.set(name, this.resolver.resolve(value, list, isList ? listOf(type) : type))
    }
    return inOrderOf(types, values)
  }

  /** With the defaults of those that are not bound. */
  complete(inputs: NamedBytes, { defaults, inputs: types }: EntityInterface): NamedBytes {
    const missing = defaults.filter(({ name }) => !inputs.has(name))
    if (missing.length === 0) return inputs
    const complete = new Map(inputs)
    for (const { name, bytes } of missing) complete.set(name, bytes)
    return inOrderOf(types, complete)
  }

  /** Serialized flyteidl2.task.Inputs. */
  serialized(inputs: NamedBytes): Uint8Array {
    const entries: Uint8Array[] = []
    for (const [name, value] of inputs) entries.push(namedEntry(name, value))
    return this.withContext(joined(entries))
  }

  withContext(inputs: Uint8Array): Uint8Array {
    return this.#context.length === 0 ? inputs : joined([inputs, this.#context])
  }
}

function listOf(type: LiteralType): LiteralType {
  return { $typeName: 'flyteidl2.core.LiteralType', type: { case: 'collectionType', value: type } }
}

function inOrderOf(types: ReadonlyMap<string, unknown>, values: Map<string, LiteralBytes>): Map<string, LiteralBytes> {
  if (values.size < 2) return values
  const ordered = new Map<string, LiteralBytes>()
  for (const name of types.keys()) {
    const value = values.get(name)
    if (value !== undefined) ordered.set(name, value)
  }
  for (const [name, value] of values) if (!ordered.has(name)) ordered.set(name, value)
  return ordered
}
