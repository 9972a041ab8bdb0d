import { randomUUID } from 'node:crypto'
import { createContextKey } from '@connectrpc/connect'

/** Names a request in logs and in the messages of internal errors: what the client sent, or a new one. */
export const requestIdKey = createContextKey('', { description: 'request id' })

const acceptable = /^[\x21-\x7e]{1,128}$/

/** The request id that a client sent, if it can stand in a log; otherwise a new one. */
export function toRequestId(sent: string | undefined): string {
  return sent !== undefined && acceptable.test(sent) ? sent : randomUUID()
}
