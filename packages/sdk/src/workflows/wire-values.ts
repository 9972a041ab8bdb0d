import type { Literal, LiteralType } from '@tern/idl/core'
import type { Binding, PathSegment, Reference, Value } from '@tern/idl/graph'
import type { RefData } from './references.ts'

// Built as plain objects, which is what `create` makes of these messages too, at many times the cost.

export function literalValue(value: Literal): Value {
  return valueOf({ case: 'literal', value })
}

export function toReference(ref: RefData): Value {
  return valueOf({ case: 'reference', value: referenceOf(ref) })
}

export function referenceOf({ node, output, path }: RefData): Reference {
  const segments = path.map((step): PathSegment => {
    const kind: PathSegment['kind'] =
      typeof step === 'number' ? { case: 'index', value: step } : { case: 'key', value: step }
    return { $typeName: 'tern.workflow.v1.PathSegment', kind }
  })
  return { $typeName: 'tern.workflow.v1.Reference', node: node?.path ?? '', output, path: segments }
}

export function listValue(items: Value[]): Value {
  return valueOf({ case: 'list', value: { $typeName: 'tern.workflow.v1.ListValue', items } })
}

/** @param entries sorted by name */
export function mapValue(entries: Binding[]): Value {
  return valueOf({ case: 'map', value: { $typeName: 'tern.workflow.v1.MapValue', entries } })
}

/** @param fields sorted by name */
export function recordValue(fields: Binding[]): Value {
  return valueOf({ case: 'record', value: { $typeName: 'tern.workflow.v1.RecordValue', fields } })
}

export function unionValue(value: Value, type: LiteralType): Value {
  return valueOf({ case: 'union', value: { $typeName: 'tern.workflow.v1.UnionValue', value, type } })
}

export function errorValue(): Value {
  return valueOf({ case: 'error', value: { $typeName: 'tern.workflow.v1.ErrorValue' } })
}

function valueOf(kind: Value['kind']): Value {
  return { $typeName: 'tern.workflow.v1.Value', kind }
}
