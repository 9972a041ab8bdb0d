import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { ErrorDocumentSchema } from '@tern/idl/core'
import { TaskErrorSchema } from '@tern/idl/worker'
import { describe, expect, test } from 'vitest'
import { DataValidationError, NonRecoverableError, NotFoundError, TaskFailedError, UnavailableError } from './errors.ts'
import type { TaskFailure } from './task-error.ts'
import {
  fromErrorDocument,
  fromExecutionError,
  fromTaskError,
  fromTaskFailure,
  toErrorDocument,
  toErrorInfo,
  toExecutionError,
  toTaskError,
  toTaskFailure,
} from './task-error.ts'

class BadRow extends Error {}
class Named extends Error {
  override readonly name = 'my.Named'
}
class Final extends NonRecoverableError {}
class VeryFinal extends Final {}

const failure: TaskFailure = {
  code: 'BadRow',
  message: 'row 7 has no date',
  kind: 'user',
  recoverable: true,
  stack: 'BadRow: row 7 has no date\n    at examples/etl.ts:12:5',
  cause: { code: 'RangeError', message: 'Invalid time value', kind: 'user', recoverable: true },
}

describe('what a task threw, as data', () => {
  test.each([
    [new BadRow('x'), 'BadRow'],
    [new Named('x'), 'my.Named'],
    [new TypeError('x'), 'TypeError'],
    [new DOMException('x', 'AbortError'), 'AbortError'],
    [new Final('x'), 'Final'],
    [new VeryFinal('x'), 'VeryFinal'],
    [new NonRecoverableError('x'), 'NonRecoverableError'],
    [new NotFoundError('x'), 'NotFoundError'],
    [new DataValidationError('x'), 'DataValidationError'],
    [new TaskFailedError('x', { code: 'OOMKilled' }), 'OOMKilled'],
    ['text', 'Error'],
    [undefined, 'Error'],
  ])('%o has the code %s', (thrown, code) => {
    expect(toTaskFailure(thrown).code).toBe(code)
  })

  test('can be tried again, unless it says otherwise', () => {
    expect(toTaskFailure(new BadRow('x')).recoverable).toBe(true)
    expect(toTaskFailure(new NotFoundError('x')).recoverable).toBe(true)
    expect(toTaskFailure(new Final('x')).recoverable).toBe(false)
    expect(toTaskFailure(new DataValidationError('x')).recoverable).toBe(false)
  })

  test('F-1: is the platform’s fault when a Tern error says so', () => {
    expect(toTaskFailure(new UnavailableError('x')).kind).toBe('system')
    expect(toTaskFailure(new Error('x')).kind).toBe('user')
  })

  test('keeps the chain of causes', () => {
    const error = new BadRow('row 7', { cause: new RangeError('no date', { cause: 'a text' }) })
    expect(toTaskFailure(error)).toMatchObject({
      code: 'BadRow',
      cause: { code: 'RangeError', message: 'no date', cause: { code: 'Error', message: 'a text' } },
    })
  })

  test('ends when the chain goes in a circle', () => {
    const a = new Error('a')
    a.cause = new Error('b', { cause: a })
    expect(toTaskFailure(a).cause?.cause).toBeUndefined()
  })

  test('cuts a chain that is very long', () => {
    let error = new Error('0')
    for (let i = 1; i < 100; i++) error = new Error(String(i), { cause: error })
    let depth = 0
    for (let at: TaskFailure | undefined = toTaskFailure(error); at !== undefined; at = at.cause) depth++
    expect(depth).toBe(9)
  })

  test('names all errors of an AggregateError', () => {
    const error = new AggregateError([new BadRow('row 1'), new TypeError('row 2')], 'two failed')
    expect(toTaskFailure(error)).toMatchObject({
      message: 'two failed (BadRow: row 1; TypeError: row 2)',
      cause: { code: 'BadRow', message: 'row 1' },
    })
  })

  test.each([
    [{ status: 503 }, '{"status":503}'],
    [42n, '42'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
  ])('%o, which is no error, becomes its text', (thrown, message) => {
    expect(toTaskFailure(thrown)).toEqual({ code: 'Error', message, kind: 'user', recoverable: true })
  })
})

describe('what a parent gets', () => {
  test('says what the child said, and how it came to it', () => {
    const error = fromTaskFailure(failure, 'd4jn31')
    expect(error).toMatchObject({
      message: failure.message,
      code: 'BadRow',
      actionName: 'd4jn31',
      remoteStack: failure.stack,
    })
    expect(error.cause).toMatchObject({ code: 'RangeError', message: 'Invalid time value' })
  })

  test('is passed on under the code of the child', () => {
    expect(toTaskFailure(fromTaskFailure(failure, 'd4jn31'))).toMatchObject({
      code: 'BadRow',
      message: failure.message,
    })
  })
})

describe('on the wire', () => {
  test('the worker protocol keeps everything', () => {
    const bytes = toBinary(TaskErrorSchema, toTaskError(failure))
    expect(fromTaskError(fromBinary(TaskErrorSchema, bytes))).toEqual(failure)
  })

  test('the worker protocol tells the platform’s failures apart', () => {
    expect(fromTaskError(toTaskError({ ...failure, kind: 'system', recoverable: false }))).toMatchObject({
      kind: 'system',
      recoverable: false,
    })
  })

  test('a traceback of Python goes beside the message, as in what Flyte writes', () => {
    const stack = 'Traceback (most recent call last):\n  File "main.py", line 3, in main\nBadRow: row 7'
    expect(toExecutionError({ ...failure, message: 'row 7', stack }).message).toBe('row 7')
    expect(fromTaskError(toTaskError({ ...failure, stack })).stack).toBe(stack)
  })

  test('F-2: the error document keeps code, kind and whether to retry, with the stack in the message', () => {
    const bytes = toBinary(ErrorDocumentSchema, toErrorDocument({ ...failure, recoverable: false }))
    const read = fromErrorDocument(fromBinary(ErrorDocumentSchema, bytes))
    expect(read).toMatchObject({ code: 'BadRow', kind: 'user', recoverable: false })
    expect(read.message).toBe(`${failure.stack}\ncaused by RangeError: Invalid time value`)
  })

  test('an empty error document is still a failure', () => {
    expect(fromErrorDocument(fromBinary(ErrorDocumentSchema, new Uint8Array()))).toMatchObject({ code: 'Unknown' })
  })

  test('an execution error takes the task’s part of a joined code', () => {
    const error = toExecutionError({ ...failure, code: 'server|OOMKilled' }, '/data/error.pb')
    expect(error).toMatchObject({ errorUri: '/data/error.pb', kind: 1 })
    expect(fromExecutionError(error)).toMatchObject({ code: 'OOMKilled', kind: 'user', recoverable: true })
  })

  test('a child that the system could not run is not worth another attempt of its parent', () => {
    const lost = { code: 'WorkerLost', message: 'm', kind: 'system', recoverable: true } as const
    expect(toTaskFailure(fromTaskFailure(lost, 'child'))).toMatchObject({ kind: 'system', recoverable: false })
    expect(toTaskFailure(fromTaskFailure({ ...lost, kind: 'user' }, 'child'))).toMatchObject({ recoverable: true })
  })

  test('memory that ran out is an error that Flyte’s clients look for among those of users', () => {
    const error = toExecutionError({ code: 'OOMKilled', message: 'm', kind: 'system', recoverable: true })
    expect(error.kind).toBe(1)
    expect(toErrorInfo({ code: 'OOMKilled', message: 'm', kind: 'system', recoverable: true }).kind).toBe(2)
  })

  test('clients are shown code and message', () => {
    expect(toErrorInfo(failure)).toMatchObject({ message: 'BadRow: row 7 has no date', kind: 1 })
    expect(toErrorInfo({ ...failure, kind: 'system' }).kind).toBe(2)
  })
})
