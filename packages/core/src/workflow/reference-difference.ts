import type { LiteralType, TypedInterface } from '@tern/idl/core'
import { isCastable } from '../castable.ts'
import { describeType } from '../describe-type.ts'
import { acceptsNone } from '../literal-types.ts'
import { typesIn } from './entity-interface.ts'

/** What is declared of a task or a launch plan that is deployed elsewhere. */
export interface DeclaredReference {
  readonly interface?: TypedInterface | undefined
  /** Inputs that calls may leave out. */
  readonly optionalInputs: ReadonlyArray<string>
}

/** What is deployed. */
export interface Referenced {
  readonly inputs: ReadonlyMap<string, LiteralType>
  readonly outputs: ReadonlyMap<string, LiteralType>
  /** Inputs that have values when they are left out. */
  readonly optional: ReadonlySet<string>
  /** Inputs that cannot be given. */
  readonly fixed: ReadonlySet<string>
}

/** How a declared interface differs from that of what is deployed, as far as calls of it would notice; undefined if it does not. */
export function referenceDifference(
  { interface: declared, optionalInputs }: DeclaredReference,
  { inputs, outputs, optional, fixed }: Referenced,
): string | undefined {
  const given = typesIn(declared?.inputs)
  for (const [name, type] of given) {
    const taken = inputs.get(name)
    if (taken === undefined) return fixed.has(name) ? `its input ${name} is fixed` : `it has no input ${name}`
    if (!isCastable(type, taken)) return `its input ${name} is ${describeType(taken)}, and not ${describeType(type)}`
  }
  const left = new Set(optionalInputs)
  for (const [name, type] of inputs) {
    if (optional.has(name) || acceptsNone(type)) continue
    if (!given.has(name)) return `it needs an input ${name}`
    if (left.has(name)) return `its input ${name} has no default, and cannot be left out`
  }
  for (const [name, type] of typesIn(declared?.outputs)) {
    const made = outputs.get(name)
    if (made === undefined) return `it has no output ${name}`
    if (!isCastable(made, type)) return `its output ${name} is ${describeType(made)}, and not ${describeType(type)}`
  }
  return undefined
}
