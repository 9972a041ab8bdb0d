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
        hint: 'Check the owner and mode of the file and of the directories above it.',
      })
    case 'EROFS':
      return new PermissionDeniedError(`cannot ${verb} ${path}: the file system is read-only`, { cause })
    case 'ENOSPC':
      return new ResourceExhaustedError(`cannot ${verb} ${path}: no space left on the device`, {
        cause,
        hint: 'Free some space, or move the storage to a larger disk.',
      })
    case 'EDQUOT':
      return new ResourceExhaustedError(`cannot ${verb} ${path}: the disk quota is used up`, { cause })
    case 'EMFILE':
    case 'ENFILE':
      return new UnavailableError(`cannot ${verb} ${path}: too many open files`, { cause })
    case 'EISDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return new FailedPreconditionError(`cannot ${verb} ${path}: it is a directory`, { cause })
    case 'ENAMETOOLONG':
      return new InvalidArgumentError(`cannot ${verb} ${path}: the name is too long`, { cause })
    default:
      return undefined
  }
}
