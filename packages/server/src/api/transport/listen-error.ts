import { TernError } from '@tern/core'

/** The server's address cannot be bound. */
export class ListenError extends TernError {
  override readonly name = 'ListenError'
  readonly code = 'failed_precondition'
  readonly connectCode = 'failed_precondition'

  static from(cause: unknown, { host, port }: { readonly host: string; readonly port: number }): ListenError {
    const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`
    switch (code) {
      case 'EADDRINUSE':
        return new ListenError(`cannot listen on ${address}: the port is in use`, {
          cause,
          hint: 'Another Tern server may be running there: use it, stop it, or choose another port with --port.',
        })
      case 'EACCES':
        return new ListenError(`cannot listen on ${address}: permission denied`, {
          cause,
          hint: 'Ports below 1024 are reserved; choose another one with --port.',
        })
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
        return new ListenError(`cannot listen on ${address}: this machine does not have that address`, {
          cause,
          hint: 'Give one of its own addresses with --host, such as 127.0.0.1.',
        })
      default:
        return new ListenError(`cannot listen on ${address}: ${String(cause)}`, {
          cause,
        })
    }
  }
}
