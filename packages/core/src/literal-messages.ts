import type { Blob, Literal, Primitive, Scalar } from '@tern/idl/core'

// Literals are built as plain objects, which is what `create` makes of these messages too, at many times the cost.

function literalOf(value: Literal['value'], hash = ''): Literal {
  return { $typeName: 'flyteidl2.core.Literal', value, hash, metadata: {} }
}

export function scalarLiteral(value: Scalar['value'], hash = ''): Literal {
  return literalOf({ case: 'scalar', value: { $typeName: 'flyteidl2.core.Scalar', value } }, hash)
}

export function primitiveLiteral(value: Primitive['value']): Literal {
  return scalarLiteral({ case: 'primitive', value: { $typeName: 'flyteidl2.core.Primitive', value } })
}

export function noneLiteral(): Literal {
  return scalarLiteral({ case: 'noneType', value: { $typeName: 'flyteidl2.core.Void' } })
}

export function binaryLiteral(value: Uint8Array, tag: string): Literal {
  return scalarLiteral({ case: 'binary', value: { $typeName: 'flyteidl2.core.Binary', value, tag } })
}

export function collectionLiteral(literals: Literal[]): Literal {
  return literalOf({ case: 'collection', value: { $typeName: 'flyteidl2.core.LiteralCollection', literals } })
}

export function mapLiteral(literals: { [key: string]: Literal }): Literal {
  return literalOf({ case: 'map', value: { $typeName: 'flyteidl2.core.LiteralMap', literals } })
}

export function blobLiteral(blob: Blob, hash: string): Literal {
  return scalarLiteral({ case: 'blob', value: blob }, hash)
}
