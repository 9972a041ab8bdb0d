import { Code, ConnectError } from '@connectrpc/connect'
import {
  AbortedError,
  AlreadyExistsError,
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  isTernError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  UnauthenticatedError,
  UnavailableError,
  UnimplementedError,
} from '@tern/core'
import type { Configuration } from './configuration.ts'

/** Says in Tern's errors what a call was refused with. Errors of other kinds, such as an abort, stay as they are. */
export function fromRpcError(error: unknown, configuration: Configuration): unknown {
  if (isTernError(error) || !(error instanceof ConnectError)) return error
  if (isUnreachable(error)) return unreachable(error, configuration)
  const message = error.rawMessage
  const options = { cause: error }
  switch (error.code) {
    case Code.InvalidArgument:
    case Code.OutOfRange:
      return new InvalidArgumentError(message, options)
    case Code.NotFound:
      return new NotFoundError(message, options)
    case Code.AlreadyExists:
      return new AlreadyExistsError(message, options)
    case Code.FailedPrecondition:
      return new FailedPreconditionError(message, options)
    case Code.Aborted:
      return new AbortedError(message, options)
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return new UnavailableError(message, options)
    case Code.Unimplemented:
      return new UnimplementedError(`${configuration.endpoint} does not offer this: ${message}`, options)
    case Code.ResourceExhausted:
      return new ResourceExhaustedError(message, options)
    case Code.PermissionDenied:
      return new PermissionDeniedError(message, options)
    case Code.Unauthenticated:
      return new UnauthenticatedError(message, {
        ...options,
        hint: 'Give a token: set TERN_TOKEN, or pass it to configure().',
      })
    case Code.Canceled:
      return error.cause instanceof Error && error.cause.name === 'AbortError' ? error.cause : error
    default:
      return new InternalError(`${configuration.endpoint} answered: ${message}`, options)
  }
}

/** Whether no server answered at all. */
export function isUnreachable(error: ConnectError): boolean {
  return isFetchFailure(error) || nodeErrorCodes(error).some((code) => unreachableCodes.has(code))
}

// Browsers do not tell pages why: nobody answers, or what answers does not let this page call it.
function isFetchFailure({ cause }: ConnectError): boolean {
  return cause instanceof TypeError && page() !== undefined
}

/** Where the page comes from that this runs in, if it runs in one. */
function page(): string | undefined {
  return (globalThis as { readonly location?: { readonly origin: string } }).location?.origin
}

/**
 * Whether the connection broke while the call was under way, so that nobody knows how far it came. In a page that may be so
 * whenever no answer came.
 */
export function isBroken(error: ConnectError): boolean {
  return isFetchFailure(error) || nodeErrorCodes(error).some((code) => brokenCodes.has(code))
}

const brokenCodes = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED'])

const unreachableCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])

function unreachable(error: ConnectError, { endpoint, isConfigured, source }: Configuration): UnavailableError {
  const origin = isConfigured ? `set by ${source}` : 'the default endpoint'
  return new UnavailableError(`no server answers at ${endpoint} (${origin})`, {
    cause: error,
    hint:
      page() === undefined
        ? 'Start one with `tern start`, or run without a server: `tern run --local`, or run.local() in code.'
        : `Start one that lets this page call it: tern start --allow-origin ${page()}`,
  })
}

function nodeErrorCodes(error: Error): string[] {
  const codes: string[] = []
  let current: unknown = error
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    // When a host has several addresses, the reasons for each stand side by side.
    for (const reason of [current, ...((current as AggregateError).errors ?? [])] as { code?: unknown }[]) {
      if (typeof reason.code === 'string') codes.push(reason.code)
    }
    current = current.cause
  }
  return codes
}
