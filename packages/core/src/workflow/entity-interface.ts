import { toBinary } from '@bufbuild/protobuf'
import { LiteralSchema, type LiteralType, type TypedInterface } from '@tern/idl/core'
import type { Entity, Workflow } from '@tern/idl/graph'
import { acceptsNone } from '../literal-types.ts'
import type { LiteralBytes } from './literal-bytes.ts'

/** What an entity takes and gives, in the order of its interface. */
export interface EntityInterface {
  readonly inputs: ReadonlyMap<string, LiteralType>
  readonly outputs: ReadonlyMap<string, LiteralType>
  /** Inputs that a call may leave out. */
  readonly optional: ReadonlySet<string>
  /** What they are then, where the entity says so. */
  readonly defaults: ReadonlyArray<{ readonly name: string; readonly bytes: LiteralBytes }>
}

const noType: LiteralType = { $typeName: 'flyteidl2.core.LiteralType', type: { case: undefined } }
const interfaces = new WeakMap<Entity, EntityInterface>()

/** Undefined for an entity that there is not. */
export function interfaceOf({ entities }: Workflow, index: number): EntityInterface | undefined {
  const entity = entities[index]
  if (entity === undefined) return undefined
  const known = interfaces.get(entity)
  if (known !== undefined) return known
  const read = readInterface(entity)
  interfaces.set(entity, read)
  return read
}

function readInterface({ kind }: Entity): EntityInterface {
  switch (kind.case) {
    case 'task':
      return toInterface(kind.value.taskTemplate?.interface, {
        optional: kind.value.defaultInputs.flatMap(({ name, parameter }) =>
          parameter?.behavior.case === 'required' && parameter.behavior.value ? [] : [name],
        ),
        defaults: kind.value.defaultInputs.flatMap(({ name, parameter }) =>
          parameter?.behavior.case === 'default'
            ? [{ name, bytes: toBinary(LiteralSchema, parameter.behavior.value) }]
            : [],
        ),
      })
    case 'deployedTask':
    case 'launchPlan':
      return toInterface(kind.value.interface, { optional: kind.value.optionalInputs })
    default:
      return toInterface(kind.value?.interface, { optional: [] })
  }
}

function toInterface(
  typed: TypedInterface | undefined,
  {
    optional,
    defaults = [],
  }: { readonly optional: ReadonlyArray<string>; readonly defaults?: EntityInterface['defaults'] },
): EntityInterface {
  const inputs = typesIn(typed?.inputs)
  const nullable = [...inputs].flatMap(([name, type]) => (acceptsNone(type) ? [name] : []))
  return { inputs, outputs: typesIn(typed?.outputs), optional: new Set([...optional, ...nullable]), defaults }
}

/** The types of variables, in their order. */
export function typesIn(variables: TypedInterface['inputs']): Map<string, LiteralType> {
  return new Map((variables?.variables ?? []).map(({ key, value }) => [key, value?.type ?? noType]))
}
