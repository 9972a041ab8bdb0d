import type { ServiceImpl } from '@connectrpc/connect'
import { UnauthenticatedError } from '@tern/core'
import type { IdentityService } from '@tern/idl/auth'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'

export function createIdentityService({ config }: ApiDomain): ServiceImpl<typeof IdentityService> {
  return {
    userInfo(_request, context) {
      const caller = callerOf(context, config)
      if (caller === undefined) throw nobody()
      return {
        subject: caller.subject,
        name: `${caller.givenName} ${caller.familyName}`.trim(),
        givenName: caller.givenName,
        familyName: caller.familyName,
        email: caller.email,
      }
    },
  }
}

function nobody(): UnauthenticatedError {
  return new UnauthenticatedError('this server does not know who you are: it asks nobody to log in', {
    hint: 'Everything works without. A proxy before it can name its users in the header x-auth-request-user.',
  })
}
