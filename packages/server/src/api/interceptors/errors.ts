import { Code, ConnectError, type Interceptor } from '@connectrpc/connect'
import { type ConnectCodeName, isTernError, type TernError } from '@tern/core'
import type { Logger } from 'pino'
import { requestIdKey } from '../request-context.ts'

/** The one place where errors become what the wire says. What nobody meant to throw is logged, and not shown. */
export function mapErrors(logger: Logger): Interceptor {
  return (next) => async (request) => {
    const requestId = request.contextValues.get(requestIdKey)
    const rpc = `${request.service.typeName}/${request.method.name}`
    const map = (error: unknown) => {
      // Of a broken connection those learn who still write to it, and there is nobody left to answer.
      if (isBrokenConnection(error) && request.signal.aborted) return new ConnectError('broken off', Code.Canceled)
      return toConnectError(error, { logger, requestId, rpc })
    }
    try {
      const response = await next(request)
      return response.stream ? { ...response, message: mapStreamErrors(response.message, map) } : response
    } catch (error) {
      throw map(error)
    }
  }
}

async function* mapStreamErrors<T>(messages: AsyncIterable<T>, map: (error: unknown) => unknown): AsyncIterable<T> {
  try {
    yield* messages
  } catch (error) {
    throw map(error)
  }
}

function isBrokenConnection(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'write'
}

/** Where an error occurred. */
export interface ErrorContext {
  readonly logger: Logger
  readonly requestId: string
  readonly rpc: string
}

/** The error that a service's error is on the wire. */
export function toConnectError(error: unknown, { logger, requestId, rpc }: ErrorContext): ConnectError {
  // The protocol's own errors: a message that cannot be read, a deadline that has passed, an RPC that is not there.
  if (error instanceof ConnectError) return error
  if (isTernError(error)) {
    if (error.connectCode === 'internal') logger.error({ err: error, requestId, rpc }, 'internal error')
    return new ConnectError(messageOf(error), codes[error.connectCode], undefined, undefined, error)
  }
  logger.error({ err: error, requestId, rpc }, 'internal error')
  return new ConnectError(`internal error (request ${requestId})`, Code.Internal, undefined, undefined, error)
}

function messageOf(error: TernError): string {
  return error.hint === undefined ? error.message : `${error.message}. ${error.hint}`
}

const codes: Readonly<Record<ConnectCodeName, Code>> = {
  canceled: Code.Canceled,
  // Clients take it for a request to log in.
  unknown: Code.Internal,
  invalid_argument: Code.InvalidArgument,
  deadline_exceeded: Code.DeadlineExceeded,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  permission_denied: Code.PermissionDenied,
  resource_exhausted: Code.ResourceExhausted,
  failed_precondition: Code.FailedPrecondition,
  aborted: Code.Aborted,
  out_of_range: Code.OutOfRange,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
  unavailable: Code.Unavailable,
  data_loss: Code.DataLoss,
  unauthenticated: Code.Unauthenticated,
}
