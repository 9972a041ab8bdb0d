import { Code, ConnectError } from '@connectrpc/connect'

/** Whether a server does not know the method that was called: it is a Flyte backend of another kind. */
export function isUnimplemented(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Unimplemented
}
