import { describe, expect, test, vi } from 'vitest'
import * as errors from './errors.ts'

const { DataValidationError, InvalidArgumentError, isNonRecoverableError, isRecoverableError, isTernError } = errors

const wireErrors = [
  [errors.InvalidArgumentError, 'invalid_argument'],
  [errors.NotFoundError, 'not_found'],
  [errors.AlreadyExistsError, 'already_exists'],
  [errors.FailedPreconditionError, 'failed_precondition'],
  [errors.AbortedError, 'aborted'],
  [errors.UnavailableError, 'unavailable'],
  [errors.UnimplementedError, 'unimplemented'],
  [errors.ResourceExhaustedError, 'resource_exhausted'],
  [errors.PermissionDeniedError, 'permission_denied'],
  [errors.UnauthenticatedError, 'unauthenticated'],
  [errors.InternalError, 'internal'],
] as const

describe('Tern errors', () => {
  test('F-8: go over the wire under their own code', () => {
    for (const [Type, code] of wireErrors) {
      const error = new Type('broken')
      expect([error.code, error.connectCode]).toEqual([code, code])
    }
  })

  test('carry name, message, hint and cause', () => {
    const cause = new Error('below')
    const error = new InvalidArgumentError('run.name "X" is wrong', { field: 'run.name', hint: 'Use y.', cause })
    expect(error).toMatchObject({
      name: 'InvalidArgumentError',
      field: 'run.name',
      hint: 'Use y.',
      cause,
      kind: 'user',
    })
    expect(String(error)).toBe('InvalidArgumentError: run.name "X" is wrong')
  })

  test('have no cause when none is given', () => {
    expect(Object.hasOwn(new InvalidArgumentError('x'), 'cause')).toBe(false)
  })

  test('say which calls are worth repeating', () => {
    expect(new errors.UnavailableError('x').retryable).toBe(true)
    expect(new errors.NotFoundError('x').retryable).toBe(false)
  })

  test('are recognised across copies of the package', async () => {
    // Loaded again, it is a copy, as a task bundle has one.
    vi.resetModules()
    const copy = await import('./errors.ts')
    const foreign = new copy.NonRecoverableError('x')
    expect(foreign).not.toBeInstanceOf(errors.TernError)
    expect(isTernError(foreign)).toBe(true)
    expect(isNonRecoverableError(foreign)).toBe(true)
    expect(isRecoverableError(foreign)).toBe(false)
  })

  test('are told from other errors', () => {
    for (const other of [new Error('x'), undefined, null, 'x', { code: 'not_found' }])
      expect(isTernError(other)).toBe(false)
  })

  test('keep their brand in subclasses', () => {
    class BadRow extends errors.NonRecoverableError {}
    class Flaky extends errors.RecoverableError {}
    expect(isNonRecoverableError(new BadRow('x'))).toBe(true)
    expect(isRecoverableError(new Flaky('x'))).toBe(true)
  })

  test('of children name the child', () => {
    expect(new errors.TaskTimeoutError('slow', { actionName: 'c1' })).toMatchObject({
      code: 'TaskTimeoutError',
      actionName: 'c1',
    })
    expect(new errors.ActionAbortedError('stopped', { actionName: 'c1' })).toMatchObject({
      connectCode: 'aborted',
      actionName: 'c1',
    })
    expect(new DataValidationError('x', { path: 'inputs.a' })).toMatchObject({
      path: 'inputs.a',
      connectCode: 'invalid_argument',
    })
  })
})
