import type { ServiceImpl } from '@connectrpc/connect'
import { UnimplementedError } from '@tern/core'
import type { AuthMetadataService } from '@tern/idl/auth'
import { originOf } from '../request-origin.ts'

/** Says how to log in: not at all, as long as no authorization server is configured. */
export function createAuthMetadataService(): ServiceImpl<typeof AuthMetadataService> {
  return {
    getOAuth2Metadata() {
      throw noAuthorizationServer()
    },
    getPublicClientConfig(_request, context) {
      return { authorizationMetadataKey: 'authorization', dataplaneDomain: originOf(context) }
    },
  }
}

export function noAuthorizationServer(): UnimplementedError {
  return new UnimplementedError('no authorization server is configured: this server needs no login')
}
