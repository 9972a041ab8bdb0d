import type { Literal } from '@tern/idl/core'
import { fromLiteral } from '../from-literal.ts'
import { setOwn } from '../plain-object.ts'
import { ValueError } from './execution-failures.ts'

/**
 * A value as it stands in a structured one.
 *
 * @param stored gives one that is kept in storage
 */
export function plainOf(literal: Literal, stored: (uri: string) => unknown): unknown {
  const { value } = literal
  switch (value.case) {
    case 'collection':
      return value.value.literals.map((item) => plainOf(item, stored))
    case 'map': {
      const record: Record<string, unknown> = {}
      for (const [key, item] of Object.entries(value.value.literals)) setOwn(record, key, plainOf(item, stored))
      return record
    }
    case 'offloadedMetadata':
      return stored(value.value.uri)
    default:
      return plainScalar(literal, stored)
  }
}

function plainScalar(literal: Literal, stored: (uri: string) => unknown): unknown {
  const scalar = literal.value.case === 'scalar' ? literal.value.value.value : undefined
  if (scalar?.case === 'union') return scalar.value.value === undefined ? null : plainOf(scalar.value.value, stored)
  if (scalar?.case === 'blob') {
    const { uri, metadata } = scalar.value
    const name = uri.slice(uri.replace(/\/+$/, '').lastIndexOf('/') + 1)
    return { path: uri, name, format: metadata?.type?.format ?? '', hash: literal.hash === '' ? null : literal.hash }
  }
  try {
    return fromLiteral(literal)
  } catch (error) {
    throw new ValueError(error instanceof Error ? error.message : String(error))
  }
}
