import type { HandlerContext } from '@connectrpc/connect'
import { type Caller, callerFrom } from '../identity/caller.ts'
import type { ApiConfig } from './api-parts.ts'

/** Who makes a request, if it says so and callers are believed. */
export function callerOf(context: HandlerContext, config: ApiConfig): Caller | undefined {
  return config.trustForwardedIdentity ? callerFrom(context.requestHeader) : undefined
}
