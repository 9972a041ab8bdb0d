import {
  FailedPreconditionError,
  InternalError,
  InvalidArgumentError,
  NotFoundError,
  PermissionDeniedError,
  ResourceExhaustedError,
  type TernError,
  UnavailableError,
} from '../errors.ts'

/**
 * Says in our words what the file system refused.
 *
 * @param verb what was tried: `read`, `write`, `list`, `delete`
 */
export function toStorageError(error: unknown, verb: string, path: string): unknown {
  // Only the system's own errors have a number; ours have a code too.
  const { code, errno } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  if (code === undefined || errno === undefined) return error
  return explain(code, verb, path, error) ?? new InternalError(`cannot ${verb} ${path}: ${code}`, { cause: error })
}

// What may be over soon: the disk is full or read-only, its server is away, files or memory are short. What a person has
// to put right first is not among them: missing files, permissions.
const transientCodes = new Set(
  (
    'EROFS ENOSPC EDQUOT EIO EMFILE ENFILE EBUSY EAGAIN EINTR ENOMEM ENOBUFS ETIMEDOUT ESTALE ' +
    'ENODEV ENXIO ENOTCONN EHOSTDOWN EHOSTUNREACH ENETUNREACH ECONNREFUSED ECONNRESET EPIPE'
  ).split(' '),
)

/** Whether a storage, or the file system itself, failed in a way that may pass by itself. */
export function isTransientFault(error: unknown): boolean {
  if (error instanceof UnavailableError) return true
  const { code, cause } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return (code !== undefined && transientCodes.has(code)) || (cause instanceof Error && isTransientFault(cause))
}

// Whatever keeps the storage from working is no fault of the task that wants to use it.
const kind = 'system'

function explain(code: string, verb: string, path: string, cause: unknown): TernError | undefined {
  switch (code) {
    case 'ENOENT':
      return new NotFoundError(`${path} does not exist`, { cause })
    case 'ENOTDIR':
      return new NotFoundError(`${path} does not exist: a part of its path is a file`, { cause })
    case 'EACCES':
    case 'EPERM':
      return new PermissionDeniedError(`cannot ${verb} ${path}: permission denied`, {
        cause,
        kind,
        hint: 'Check the owner and mode of the file and of the directories above it.',
      })
    case 'EROFS':
      return new UnavailableError(`cannot ${verb} ${path}: the file system is read-only`, {
        cause,
        hint: 'It is mounted so, or was made so after an error of the disk.',
      })
    case 'ENOSPC':
      return new ResourceExhaustedError(`cannot ${verb} ${path}: no space left on the device`, {
        cause,
        kind,
        hint: 'Free some space, or move the storage to a larger disk.',
      })
    case 'EDQUOT':
      return new ResourceExhaustedError(`cannot ${verb} ${path}: the disk quota is used up`, { cause, kind })
    case 'EMFILE':
    case 'ENFILE':
      return new UnavailableError(`cannot ${verb} ${path}: too many open files`, { cause })
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new FailedPreconditionError(`cannot ${verb} ${path}: it is a directory`, { cause, kind })
    case 'ENAMETOOLONG':
      return new InvalidArgumentError(`cannot ${verb} ${path}: the name is too long`, { cause })
    default:
      return undefined
  }
}
