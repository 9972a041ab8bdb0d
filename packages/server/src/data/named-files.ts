import { decodeMsgpack, isRecord } from '@tern/core'
import type { Literal } from '@tern/idl/core'
import type { NamedLiteral } from '@tern/idl/task'

/**
 * Whether values refer to a file, or a folder, by its URI: to itself, or to what it is in. What nobody refers to is not to be
 * read by way of them, so that a path that leads out of a folder is not of it.
 */
export function namesFile(literals: Iterable<NamedLiteral>, uri: string): boolean {
  if (uri.split(/[/\\]/).includes('..')) return false
  for (const { value } of literals) if (value !== undefined && refersTo(value, uri)) return true
  return false
}

function refersTo({ value }: Literal, uri: string): boolean {
  if (value.case === 'collection') return value.value.literals.some((item) => refersTo(item, uri))
  if (value.case === 'map') return Object.values(value.value.literals).some((item) => refersTo(item, uri))
  if (value.case !== 'scalar') return false
  const scalar = value.value.value
  switch (scalar.case) {
    case 'blob':
    case 'structuredDataset':
      return isSameOrBelow(uri, scalar.value.uri)
    case 'union':
      return scalar.value.value !== undefined && refersTo(scalar.value.value, uri)
    case 'generic':
      return hasReference(scalar.value, uri)
    case 'binary':
      return scalar.value.tag === 'msgpack' && hasReference(decoded(scalar.value.value), uri)
    default:
      return false
  }
}

/** Inside a struct, files have a `path` and tables a `uri`, beside a `format`. */
function hasReference(value: unknown, uri: string): boolean {
  if (Array.isArray(value)) return value.some((item) => hasReference(item, uri))
  if (!isRecord(value)) return false
  const { path, uri: own, format } = value
  const named = typeof path === 'string' ? path : own
  if (typeof named === 'string' && format !== undefined && isSameOrBelow(uri, named)) return true
  return Object.values(value).some((item) => hasReference(item, uri))
}

function decoded(bytes: Uint8Array): unknown {
  try {
    return decodeMsgpack(bytes)
  } catch {
    return undefined
  }
}

function isSameOrBelow(uri: string, named: string): boolean {
  const base = named.replace(/\/+$/, '')
  return base !== '' && (uri === named || uri === base || uri.startsWith(`${base}/`))
}
