import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type Status, StatusSchema } from '@tern/idl/rpc'
import type { Logger } from 'pino'
import { OwnedElsewhereError } from '../../engine/owned-elsewhere.ts'
import { toConnectError } from '../interceptors/errors.ts'
import { requestIdKey } from '../request-context.ts'

/** How work went, for services that answer errors in a message: the codes are those of errors, 0 that all is well. */
export async function outcomeOf(
  work: () => Promise<void>,
  context: { readonly logger: Logger; readonly call: HandlerContext },
): Promise<Status> {
  try {
    await work()
    return toStatus(undefined, context)
  } catch (error) {
    return toStatus(error, context)
  }
}

/** The outcome that an error is; undefined for none. */
export function toStatus(
  error: unknown,
  { logger, call }: { readonly logger: Logger; readonly call: HandlerContext },
): Status {
  if (error === undefined) return create(StatusSchema)
  // For another server to say.
  if (error instanceof OwnedElsewhereError) throw error
  const rpc = `${call.service.typeName}/${call.method.name}`
  const { code, rawMessage } = toConnectError(error, { logger, requestId: call.values.get(requestIdKey), rpc })
  return create(StatusSchema, { code, message: rawMessage })
}
