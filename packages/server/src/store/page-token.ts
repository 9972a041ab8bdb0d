import { InvalidArgumentError } from '@tern/core'
import { digestOf } from './specs.ts'

/** The place after which the next page of a list begins: the values of the last row in the fields it is ordered by. */
export type PageKey = ReadonlyArray<string | number>

/**
 * Writes the place as an opaque token that is good for the same query only.
 *
 * @param query what the pages have in common: the list, its scope, its filters and its order
 */
export function encodePageToken(query: string, key: PageKey): string {
  return Buffer.from(JSON.stringify([digest(query, key), ...key])).toString('base64url')
}

// Of the place too: one that was tampered with may be no value of the fields, which a database would be upset about.
function digest(query: string, key: PageKey): string {
  return digestOf(JSON.stringify([query, ...key]))
}

/** Throws InvalidArgumentError for what is no token, or a token of another query. */
export function decodePageToken(query: string, token: string): PageKey {
  const [own, ...key] = parse(token)
  if (own !== digest(query, key)) {
    throw new InvalidArgumentError('token belongs to another query', {
      field: 'request.token',
      hint: 'Send a token with the same scope, filters and order as the request that it came from.',
    })
  }
  return key
}

function parse(token: string): PageKey {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (Array.isArray(parts) && parts.every(isKeyPart)) return parts
  } catch {
    // Not one of ours, as below.
  }
  throw new InvalidArgumentError(`token ${JSON.stringify(token.slice(0, 100))} is not a page token`, {
    field: 'request.token',
  })
}

function isKeyPart(part: unknown): part is string | number {
  return typeof part === 'string' || typeof part === 'number'
}
