import type { ServiceImpl } from '@connectrpc/connect'
import { UnauthenticatedError } from '@tern/core'
import type { IdentityService } from '@tern/idl/auth'
import { callerOf } from '../caller-of.ts'
import type { ApiDomain } from '../domain.ts'

export function createIdentityService({ config }: ApiDomain): ServiceImpl<typeof IdentityService> {
  return {
    userInfo(_request, context) {
      const caller = callerOf(context, config)
      if (caller === undefined) throw new UnauthenticatedError('the request does not say who makes it')
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
