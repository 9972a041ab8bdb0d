import { Code, ConnectError } from '@connectrpc/connect'

/** What went wrong with a call, as it is told to a person. */
export interface Problem {
  readonly kind: 'missing' | 'absent' | 'denied' | 'unreachable' | 'unsupported' | 'refused' | 'failed'
  readonly title: string
  /** What the server said. */
  readonly message: string
  readonly code: string
}

const titles: Readonly<Record<Problem['kind'], string>> = {
  missing: 'Not found',
  absent: 'This server does not have it',
  denied: 'You may not see this',
  unreachable: 'The server cannot be reached',
  unsupported: 'This server does not have that',
  refused: 'That cannot be done',
  failed: 'Something went wrong',
}

// What servers say here is about addresses.
const unsupported = 'It is another Flyte backend, or an older Tern. Everything else works.'

export function toProblem(error: unknown): Problem {
  const { code, rawMessage } = ConnectError.from(error)
  const kind = kindOf(code, rawMessage)
  const message = kind === 'unsupported' ? unsupported : rawMessage
  return { kind, title: titles[kind], message, code: Code[code] ?? 'Unknown' }
}

/** Whether the same call may work later without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  return toProblem(error).kind === 'unreachable'
}

function kindOf(code: Code, message: string): Problem['kind'] {
  switch (code) {
    case Code.NotFound:
      return 'missing'
    case Code.PermissionDenied:
    case Code.Unauthenticated:
      return 'denied'
    case Code.Unavailable:
    case Code.DeadlineExceeded:
    case Code.Canceled:
      return 'unreachable'
    case Code.InvalidArgument:
    case Code.FailedPrecondition:
    case Code.AlreadyExists:
    case Code.OutOfRange:
      return 'refused'
    case Code.Unimplemented:
      return 'unsupported'
    case Code.Unknown:
      // What a browser says about a server that does not answer has no code.
      return /fetch|network|load failed|connection|aborted/i.test(message) ? 'unreachable' : 'failed'
    default:
      return 'failed'
  }
}
