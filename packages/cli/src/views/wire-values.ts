import type { Timestamp } from '@bufbuild/protobuf/wkt'
import { formatTimestamp } from '@tern/core'
import type { EnrichedIdentity } from '@tern/idl/common'

/** An instant as ISO 8601 in UTC; null where there is none. */
export function isoTime(timestamp: Timestamp | undefined): string | null {
  return timestamp === undefined ? null : formatTimestamp(timestamp)
}

/** Milliseconds between two instants; null while one is missing. */
export function elapsedMs(start: string | null, end: string | null): number | null {
  return start === null || end === null ? null : Math.max(0, Date.parse(end) - Date.parse(start))
}

/** Text, or null where it is empty. */
export function textOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text
}

/** Who did something, as far as the server knows. */
export function identityName(identity: EnrichedIdentity | undefined): string | null {
  const principal = identity?.principal
  if (principal?.case === 'application') {
    return textOrNull(principal.value.spec?.name) ?? textOrNull(principal.value.id?.subject)
  }
  if (principal?.case !== 'user') return null
  const { spec, id } = principal.value
  return textOrNull(spec?.email) ?? textOrNull(spec?.userHandle) ?? textOrNull(id?.subject)
}
