import type { EnrichedIdentity } from '@tern/idl/common'

/** Who did something, for people; empty for nobody known. */
export function identityText(identity: EnrichedIdentity | undefined): string {
  switch (identity?.principal.case) {
    case 'user': {
      const { id, spec } = identity.principal.value
      return spec?.email || `${spec?.firstName ?? ''} ${spec?.lastName ?? ''}`.trim() || (id?.subject ?? '')
    }
    case 'application': {
      const { id, spec } = identity.principal.value
      return spec?.name || (id?.subject ?? '')
    }
    default:
      return ''
  }
}
